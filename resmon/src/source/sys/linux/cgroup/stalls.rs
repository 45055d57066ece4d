//! For how long the work of a control group waited: its own pressure files, version 2 alone.

use std::{ffi::CString, path::Path};

use super::{
    super::{
        file::{KeptFile, kept},
        machine::pressure::{Totals, totals},
    },
    files::value,
};
use crate::source::sys::{Failures, machine::RawPressure};

#[derive(Debug)]
pub(super) struct StallFiles {
    cpu: KeptFile<CString>,
    memory: KeptFile<CString>,
    io: KeptFile<CString>,
}

impl StallFiles {
    /// None for the outermost group, whose files tell of the machine: it is the one without
    /// events.
    pub(super) fn of(folder: &Path) -> Option<Self> {
        let file = |name: &str| kept(&folder.join(name));
        folder.join("cgroup.events").exists().then(|| Self {
            cpu: file("cpu.pressure"),
            memory: file("memory.pressure"),
            io: file("io.pressure"),
        })
    }

    /// A kernel that counts none, or has it switched off, has no such files or none to read.
    pub(super) fn read(&mut self, failures: &mut Failures) -> RawPressure {
        let mut read = |file| -> Totals { value(file, totals, failures).unwrap_or_default() };
        let (cpu, memory, io) = (read(&mut self.cpu), read(&mut self.memory), read(&mut self.io));
        RawPressure {
            cpu_waiting: cpu.some,
            memory_waiting: memory.some,
            memory_stalled: memory.full,
            io_waiting: io.some,
            io_stalled: io.full,
        }
    }
}
