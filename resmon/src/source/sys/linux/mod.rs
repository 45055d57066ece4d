//! Linux: this process as the kernel tells it, through files kept open.

pub(super) mod cgroup;
mod fds;
mod file;
pub(super) mod machine;
mod mountinfo;
mod parse;
mod slow;
mod start;
mod text;
mod threads;

use std::{ffi::CStr, io, time::Duration};

use rustix::{
    process::getpid,
    time::{ClockId, clock_gettime},
};

use self::{
    cgroup::Limits,
    fds::Descriptors,
    file::KeptFile,
    slow::{SLOW, Slow},
    start::Start,
    threads::Threads,
};
use super::{CpuReading, Failures, RawIo, RawLimits, RawProcess, Reader, unix};

/// How many file descriptors resmon's readers hold in this process.
#[cfg(feature = "system")]
pub(super) fn held_descriptors() -> u64 {
    file::held()
}

/// Reads this process through `/proc/self` and system calls.
#[derive(Debug)]
pub(super) struct ProcFiles {
    /// Whose files these are: a descriptor of `/proc/self/…` opened before a fork tells of
    /// the parent for ever.
    pid: u32,
    samples: u64,
    statm: KeptFile<&'static CStr>,
    io: KeptFile<&'static CStr>,
    threads: Threads,
    start: Start,
    slow: Slow,
    descriptors: Descriptors,
    limits: Limits,
}

impl ProcFiles {
    pub(super) fn new() -> Self {
        Self {
            pid: getpid().as_raw_pid().unsigned_abs(),
            samples: 0,
            statm: KeptFile::new(c"/proc/self/statm"),
            io: KeptFile::new(c"/proc/self/io"),
            threads: Threads::new(),
            start: Start::default(),
            slow: Slow::new(),
            descriptors: Descriptors::new(),
            limits: Limits::new(),
        }
    }

    /// Begins anew in a forked child.
    fn follow_fork(&mut self) {
        if getpid().as_raw_pid().unsigned_abs() != self.pid {
            *self = Self::new();
        }
    }
}

impl Reader for ProcFiles {
    fn process(&mut self, failures: &mut Failures) -> RawProcess {
        self.follow_fork();
        let slow = self.samples.is_multiple_of(SLOW);
        self.samples += 1;

        let mut raw = RawProcess { pid: self.pid, cpu: Some(cpu_now()), ..RawProcess::default() };
        raw.usage = failures.keep("getrusage", unix::usage());
        if let Some((virtual_pages, resident_pages)) =
            parsed::<_, 256>(&mut self.statm, parse::statm, failures)
        {
            let page = rustix::param::page_size() as u64;
            raw.resident = resident_pages.checked_mul(page);
            raw.address_space = virtual_pages.checked_mul(page);
        }
        raw.io = parsed::<_, 512>(&mut self.io, known_io, failures).unwrap_or_default();
        raw.threads = self.threads.count(failures);
        if let Some(ticks) = self.threads.start_ticks() {
            (raw.start, raw.uptime) = self.start.since(self.pid, ticks);
        }
        if slow {
            self.slow.read(failures);
        }
        self.slow.put(&mut raw);
        // Last, so that the files opened above are all counted as resmon's own.
        raw.open_fds = failures.keep("/proc/self/fd", self.descriptors.count());
        raw
    }

    /// A fork is noticed by [`process`](Reader::process), which every caller reads first.
    fn limits(&mut self, failures: &mut Failures) -> RawLimits {
        self.limits.read(self.pid, failures)
    }

    fn cpu(&mut self) -> Option<CpuReading> {
        Some(cpu_now())
    }
}

/// Reads a file into a buffer of `N` bytes and takes it apart; both can fail.
fn parsed<T, const N: usize>(
    file: &mut KeptFile<&'static CStr>,
    parse: impl FnOnce(&[u8]) -> Option<T>,
    failures: &mut Failures,
) -> Option<T> {
    let mut buffer = [0; N];
    let value = file.read(&mut buffer).and_then(|text| {
        parse(text).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unknown format"))
    });
    value.map_err(|error| failures.note(&file.name(), error)).ok()
}

fn known_io(text: &[u8]) -> Option<RawIo> {
    let io = parse::io(text);
    (io != RawIo::default()).then_some(io)
}

/// The process's CPU clock, and the time at which it was read.
///
/// The two clocks are read one after the other, and the thread may lose its CPU in between:
/// then other threads' work would fall out of the window. The narrowest of a few tries counts.
fn cpu_now() -> CpuReading {
    const NARROW: Duration = Duration::from_micros(20);

    let mut best = cpu_between();
    for _ in 0..3 {
        if best.1 <= NARROW {
            break;
        }
        let next = cpu_between();
        if next.1 < best.1 {
            best = next;
        }
    }
    best.0
}

/// A reading of the CPU clock, and how long it took.
fn cpu_between() -> (CpuReading, Duration) {
    let before = clock(ClockId::Monotonic);
    let used = clock(ClockId::ProcessCPUTime);
    let took = clock(ClockId::Monotonic).saturating_sub(before);
    (CpuReading { used, at: before + took / 2 }, took)
}

fn clock(id: ClockId) -> Duration {
    let time = clock_gettime(id);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unreadable_file_takes_only_its_own_figures() {
        let mut files = ProcFiles::new();
        files.io = KeptFile::new(c"/proc/self/no_such_file");
        let mut failures = Failures::default();
        let raw = files.process(&mut failures);
        assert_eq!(raw.io, RawIo::default());
        assert!(raw.resident.is_some() && raw.threads.is_some() && raw.open_fds.is_some());
        let error = failures.into_error().unwrap();
        assert!(error.to_string().ends_with("read /proc/self/no_such_file"), "{error}");
    }

    #[test]
    fn a_file_of_another_format_is_an_error_and_no_value() {
        let mut files = ProcFiles::new();
        files.statm = KeptFile::new(c"/proc/self/status");
        let mut failures = Failures::default();
        assert_eq!(files.process(&mut failures).resident, None);
        assert!(failures.into_error().is_some());
    }

    #[test]
    fn slow_figures_are_read_at_every_tenth_sample() {
        let mut files = ProcFiles::new();
        let first = files.process(&mut Failures::default());
        assert!(first.resident_peak.is_some() && first.oom_score.is_some());
        let touched = std::hint::black_box(vec![1_u8; 8 << 20]);
        for _ in 1..SLOW {
            let raw = files.process(&mut Failures::default());
            assert_eq!(raw.resident_peak, first.resident_peak);
        }
        assert!(files.process(&mut Failures::default()).resident_peak > first.resident_peak);
        drop(touched);
    }

    #[test]
    fn readers_do_not_count_one_anothers_descriptors() {
        let mut first = ProcFiles::new();
        let _ = first.process(&mut Failures::default());
        let more: Vec<_> = std::iter::repeat_with(ProcFiles::new)
            .take(20)
            .map(|mut files| {
                let _ = files.process(&mut Failures::default());
                files
            })
            .collect();
        // Tests beside this one open files as well, but not a hundred.
        let before = first.process(&mut Failures::default()).open_fds.unwrap();
        drop(more);
        let after = first.process(&mut Failures::default()).open_fds.unwrap();
        assert!(before.abs_diff(after) < 60, "{before} {after}");
    }
}
