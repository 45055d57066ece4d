//! The machine as Linux tells it: files kept open, each read when it is due.

mod cpu;
mod disks;
#[cfg(test)]
mod hostile;
mod memory;
mod mounts;
mod network;
pub(super) mod pressure;
mod space;
mod temperatures;

use std::{
    ffi::CString,
    io,
    path::Path,
    time::{Duration, Instant},
};

use self::{pressure::Totals, space::Filesystems, temperatures::Temperatures};
use super::{
    clock,
    due::Due,
    file::{KeptFile, kept},
    parse::number,
    text::{Buffer, nth},
};
use crate::source::sys::{
    Failures, Roots,
    machine::{MachineReader, RawFiles, RawMachine, RawPressure, Space},
};

/// How often disks and interfaces are read at most.
const COUNTS: Duration = Duration::from_millis(900);
/// How often load, pressure, sockets and file handles are read at most.
const REST: Duration = Duration::from_millis(4_900);
/// How often file systems and sensors are read at most.
const SLOW: Duration = Duration::from_secs(10);

/// Reads the machine through `/proc` and `/sys`.
#[derive(Debug)]
pub(crate) struct MachineFiles {
    roots: Roots,
    buffer: Buffer,
    stat: KeptFile<CString>,
    meminfo: KeptFile<CString>,
    loadavg: KeptFile<CString>,
    diskstats: KeptFile<CString>,
    net_dev: KeptFile<CString>,
    snmp: KeptFile<CString>,
    sockstat: KeptFile<CString>,
    file_nr: KeptFile<CString>,
    pressure: [KeptFile<CString>; 3],
    filesystems: Filesystems,
    temperatures: Temperatures,
    counts: Due,
    rest: Due,
    slow: Due,
    machine: RawMachine,
}

impl MachineFiles {
    pub(crate) fn new(roots: Roots) -> Self {
        let of_machine = |file: &str| kept(&roots.proc(file));
        let of_process = |file: &str| kept(&roots.of_process(file));
        Self {
            buffer: Buffer::default(),
            stat: of_machine("stat"),
            meminfo: of_machine("meminfo"),
            loadavg: of_machine("loadavg"),
            diskstats: of_machine("diskstats"),
            net_dev: of_process("net/dev"),
            snmp: of_process("net/snmp"),
            sockstat: of_process("net/sockstat"),
            file_nr: of_machine("sys/fs/file-nr"),
            pressure: ["cpu", "memory", "io"].map(|what| of_machine(&format!("pressure/{what}"))),
            filesystems: Filesystems::new(roots.clone(), space::statvfs),
            temperatures: Temperatures::find(&roots.sys("class/hwmon")),
            counts: Due::default(),
            rest: Due::default(),
            slow: Due::default(),
            machine: RawMachine::default(),
            roots,
        }
    }

    fn read_cheap(&mut self, failures: &mut Failures) {
        let Self { buffer, machine, .. } = self;
        let ticks = rustix::param::clock_ticks_per_second();
        let stat = parsed(buffer, &mut self.stat, |text| cpu::stat(text, ticks, machine), failures);
        if stat.is_none() {
            cpu::forget(machine);
        }
        let memory = parsed(buffer, &mut self.meminfo, memory::meminfo, failures);
        machine.memory = memory.unwrap_or_default();
    }

    fn read_counts(&mut self, failures: &mut Failures) {
        let Self { buffer, machine, .. } = self;
        machine.disks.clear();
        machine.networks.clear();
        machine.counted_at = clock(rustix::time::ClockId::Monotonic);
        let disks = |text: &[u8]| disks::diskstats(text, &mut machine.disks);
        parsed(buffer, &mut self.diskstats, disks, failures);
        let networks = |text: &[u8]| network::dev(text, &mut machine.networks);
        parsed(buffer, &mut self.net_dev, networks, failures);
    }

    fn read_rest(&mut self, failures: &mut Failures) {
        let Self { buffer, machine, .. } = self;
        // The kernel itself takes a new mean every five seconds.
        machine.load = parsed(buffer, &mut self.loadavg, cpu::load, failures);
        machine.tcp.established = parsed(buffer, &mut self.snmp, network::established, failures);
        machine.tcp.in_use = parsed(buffer, &mut self.sockstat, network::sockets_in_use, failures);
        let files =
            |text: &[u8]| Some(RawFiles { allocated: nth(text, 0)?, maximum: nth(text, 2)? });
        machine.files = parsed(buffer, &mut self.file_nr, files, failures);
        let mut totals = |file: &mut KeptFile<CString>| {
            parsed(buffer, file, pressure::totals, failures).unwrap_or_default()
        };
        let [cpu, memory, io] = &mut self.pressure;
        let (cpu, memory, io): (Totals, Totals, Totals) = (totals(cpu), totals(memory), totals(io));
        machine.pressure = RawPressure {
            cpu_waiting: cpu.some,
            memory_waiting: memory.some,
            memory_stalled: memory.full,
            io_waiting: io.some,
            io_stalled: io.full,
        };
    }
}

impl MachineReader for MachineFiles {
    fn read(&mut self, failures: &mut Failures) -> &RawMachine {
        let now = Instant::now();
        self.read_cheap(failures);
        if self.counts.is_due(now, COUNTS) {
            self.read_counts(failures);
        }
        if self.rest.is_due(now, REST) {
            self.read_rest(failures);
        }
        if self.slow.is_due(now, SLOW) {
            self.filesystems.read(&mut self.machine.filesystems, failures);
            self.temperatures.read(&mut self.machine.temperatures);
        }
        &self.machine
    }

    fn refresh(&mut self) {
        (self.counts, self.rest, self.slow) = Default::default();
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        space::statvfs(&self.roots.at(path))
    }
}

/// Reads a file and takes it apart. That it is not there, or is switched off, is no failure:
/// this kernel or container does not have it.
fn parsed<T>(
    buffer: &mut Buffer,
    file: &mut KeptFile<CString>,
    parse: impl FnOnce(&[u8]) -> Option<T>,
    failures: &mut Failures,
) -> Option<T> {
    let unknown = || io::Error::new(io::ErrorKind::InvalidData, "unknown format");
    let read = buffer.read(file).and_then(|text| parse(text).ok_or_else(unknown));
    read.map_err(|error| {
        let absent = [io::ErrorKind::NotFound, io::ErrorKind::Unsupported];
        if !absent.contains(&error.kind()) {
            failures.note(&file.name(), error);
        }
    })
    .ok()
}

/// What programs can have without swapping.
pub(super) fn available_memory(
    buffer: &mut Buffer,
    meminfo: &mut KeptFile<CString>,
) -> Option<u64> {
    memory::meminfo(buffer.read(meminfo).ok()?)?.available
}

/// A number of ticks as time.
fn number_of(field: &[u8], ticks_per_second: u64) -> Option<Duration> {
    let ticks: u64 = number(field)?;
    let (seconds, rest) = (ticks / ticks_per_second, ticks % ticks_per_second);
    Some(
        Duration::from_secs(seconds)
            + Duration::from_secs(rest) / u32::try_from(ticks_per_second).ok()?,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_tells_what_every_linux_tells() {
        let mut files = MachineFiles::new(Roots::default());
        let mut failures = Failures::default();
        let machine = files.read(&mut failures).clone();
        assert!(failures.into_error().is_none());
        assert!(!machine.cpus.is_empty() && !machine.networks.is_empty());
        assert!(machine.memory.total > machine.memory.free);
        assert!(machine.load.is_some() && machine.boot.is_some() && machine.files.is_some());
        assert!(machine.filesystems.iter().any(|f| f.mountpoint == "/" && f.space.is_some()));
        assert!(machine.tcp.established.is_some() && machine.tcp.in_use.is_some());
    }

    #[test]
    fn files_are_read_when_they_are_due_and_not_before() {
        let mut files = MachineFiles::new(Roots::default());
        let first = files.read(&mut Failures::default()).counted_at;
        assert_eq!(files.read(&mut Failures::default()).counted_at, first);
        files.counts = Due::default();
        assert!(files.read(&mut Failures::default()).counted_at > first);
    }

    #[test]
    fn a_root_without_files_is_empty_and_no_failure() {
        let nowhere = Path::new("/no/such/place");
        let mut files = MachineFiles::new(Roots::of(nowhere, nowhere, nowhere));
        let mut failures = Failures::default();
        let machine = files.read(&mut failures);
        assert!(machine.cpus.is_empty() && machine.memory.total.is_none());
        let error = failures.into_error().unwrap().to_string();
        assert!(error.ends_with("read /no/such/place/1/mountinfo"), "{error}");
    }
}
