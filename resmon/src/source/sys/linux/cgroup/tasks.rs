//! Processes and threads of a control group, and how many it may have.

use std::{ffi::CString, path::Path};

use super::{
    super::{
        file::{KeptFile, kept},
        parse::single,
        text::{Buffer, lines},
    },
    files::{Bound, is_gone, value},
};
use crate::source::sys::{Failures, container::GroupTasks};

/// The files of a group that tell of them; the same in both versions.
#[derive(Debug, Default)]
pub(super) struct TaskFiles {
    processes: Option<KeptFile<CString>>,
    /// Of the controller `pids`, which counts threads in spite of its name.
    threads: Option<[KeptFile<CString>; 2]>,
    buffer: Buffer,
}

impl TaskFiles {
    /// The files in the group of any controller, and in that of `pids`.
    pub(super) fn of(any: Option<&Path>, pids: Option<&Path>) -> Self {
        Self {
            processes: any.map(|folder| kept(&folder.join("cgroup.procs"))),
            threads: pids.map(|f| ["pids.current", "pids.max"].map(|name| kept(&f.join(name)))),
            buffer: Buffer::default(),
        }
    }

    /// Reads them: the list of a group with many processes is long.
    pub(super) fn read(&mut self, failures: &mut Failures) -> GroupTasks {
        let mut tasks = GroupTasks::default();
        if let Some([current, most]) = &mut self.threads {
            tasks.threads = value(current, single, failures);
            tasks.most_threads = value(most, most_threads, failures).and_then(Bound::at);
        }
        if let Some(file) = &mut self.processes {
            match self.buffer.read(file) {
                Ok(text) => {
                    let count = lines(text).count() as u64;
                    tasks.processes = Some(count).filter(|count| *count > 0);
                }
                Err(error) if is_gone(&error) => {}
                Err(error) => failures.note(&file.name(), error),
            }
        }
        tasks
    }
}

/// Parses `pids.max`: `max`, or a number.
fn most_threads(text: &[u8]) -> Option<Bound<u64>> {
    if text.trim_ascii() == b"max" { Some(Bound::None) } else { single(text).map(Bound::At) }
}
