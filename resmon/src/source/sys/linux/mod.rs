//! Linux: this process as the kernel tells it, through files kept open.

pub(super) mod cgroup;
mod due;
mod fds;
mod file;
mod footprint;
pub(super) mod machine;
mod mountinfo;
mod parse;
mod runqueue;
mod slow;
mod start;
mod text;
mod threads;

use std::{
    ffi::CStr,
    io,
    time::{Duration, Instant},
};

use rustix::{
    process::getpid,
    time::{ClockId, clock_gettime},
};

use self::{
    cgroup::Limits, due::Tiers, fds::Descriptors, file::KeptFile, footprint::Rollup,
    runqueue::RunQueue, slow::Slow, start::Start, threads::Threads,
};
use super::{
    CpuReading, Demand, Failures, RawFootprint, RawIo, RawLimits, RawProcess, Reader, unix,
};

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
    tiers: Tiers,
    statm: KeptFile<&'static CStr>,
    io: KeptFile<&'static CStr>,
    threads: Threads,
    start: Start,
    slow: Slow,
    descriptors: Descriptors,
    limits: Limits,
    queue: RunQueue,
    rollup: Rollup,
    counts: Counts,
}

/// What the kernel counts for this process, as it was last read.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    io: RawIo,
    threads: Option<u64>,
    open_fds: Option<u64>,
}

impl ProcFiles {
    pub(super) fn new() -> Self {
        Self {
            pid: getpid().as_raw_pid().unsigned_abs(),
            tiers: Tiers::default(),
            statm: KeptFile::new(c"/proc/self/statm"),
            io: KeptFile::new(c"/proc/self/io"),
            threads: Threads::new(),
            start: Start::default(),
            slow: Slow::new(),
            descriptors: Descriptors::new(),
            limits: Limits::new(),
            queue: RunQueue::new(),
            rollup: Rollup::new(),
            counts: Counts::default(),
        }
    }

    /// Begins anew in a forked child.
    fn follow_fork(&mut self) {
        if getpid().as_raw_pid().unsigned_abs() != self.pid {
            *self = Self::new();
        }
    }

    fn read_counts(&mut self, failures: &mut Failures) {
        self.counts = Counts {
            io: parsed::<_, 512>(&mut self.io, known_io, failures).unwrap_or_default(),
            threads: self.threads.count(failures),
            // Last, so that the files opened until now are all counted as resmon's own.
            open_fds: failures.keep("/proc/self/fd", self.descriptors.count()),
        };
    }
}

impl Reader for ProcFiles {
    fn process(&mut self, demand: Demand, failures: &mut Failures) -> RawProcess {
        self.follow_fork();
        let now = Instant::now();
        let due = self.tiers.due(demand, now);

        let mut raw = RawProcess { pid: self.pid, cpu: Some(cpu_now()), ..RawProcess::default() };
        raw.usage = failures.keep("getrusage", unix::usage());
        if let Some((virtual_pages, resident_pages)) =
            parsed::<_, 256>(&mut self.statm, parse::statm, failures)
        {
            let page_size = rustix::param::page_size() as u64;
            raw.resident = resident_pages.checked_mul(page_size);
            raw.address_space = virtual_pages.checked_mul(page_size);
        }
        if due.slow {
            self.slow.read(failures);
            self.limits.read(self.pid, failures);
        }
        self.slow.put(&mut raw);
        raw.run_queue_wait = self.queue.wait(now, failures);
        if due.counts {
            self.read_counts(failures);
        }
        Counts { io: raw.io, threads: raw.threads, open_fds: raw.open_fds } = self.counts;
        if let Some(ticks) = self.threads.start_ticks() {
            (raw.start, raw.uptime) = self.start.since(self.pid, ticks);
        }
        raw
    }

    fn limits(&mut self, _: &mut Failures) -> RawLimits {
        self.limits.last()
    }

    fn cpu(&mut self) -> Option<CpuReading> {
        Some(cpu_now())
    }

    fn footprint(&mut self, budget: Duration) -> io::Result<RawFootprint> {
        self.follow_fork();
        let statm = parsed::<_, 256>(&mut self.statm, parse::statm, &mut Failures::default());
        let pages = statm.map_or(u64::MAX, |(_, resident)| resident);
        self.rollup.read(pages.saturating_mul(rustix::param::page_size() as u64), budget)
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
    use super::{due::SELDOM, *};

    #[test]
    fn one_unreadable_file_takes_only_its_own_figures() {
        let mut files = ProcFiles::new();
        files.io = KeptFile::new(c"/proc/self/no_such_file");
        let mut failures = Failures::default();
        let raw = files.process(Demand::Asked, &mut failures);
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
        assert_eq!(files.process(Demand::Asked, &mut failures).resident, None);
        assert!(failures.into_error().is_some());
    }

    #[test]
    fn slow_figures_are_read_now_and_then() {
        let mut files = ProcFiles::new();
        let first = files.process(Demand::Asked, &mut Failures::default());
        assert!(first.resident_peak.is_some() && first.oom_score.is_some());
        let touched = std::hint::black_box(vec![1_u8; 8 << 20]);
        for _ in 1..SELDOM {
            let raw = files.process(Demand::Asked, &mut Failures::default());
            assert_eq!(raw.resident_peak, first.resident_peak);
        }
        assert!(
            files.process(Demand::Asked, &mut Failures::default()).resident_peak
                > first.resident_peak
        );
        drop(touched);
    }

    #[test]
    fn readers_do_not_count_one_anothers_descriptors() {
        let mut first = ProcFiles::new();
        let _ = first.process(Demand::Asked, &mut Failures::default());
        let more: Vec<_> = std::iter::repeat_with(ProcFiles::new)
            .take(20)
            .map(|mut files| {
                let _ = files.process(Demand::Asked, &mut Failures::default());
                files
            })
            .collect();
        // Tests beside this one open files as well, but not a hundred.
        let before = first.process(Demand::Asked, &mut Failures::default()).open_fds.unwrap();
        drop(more);
        let after = first.process(Demand::Asked, &mut Failures::default()).open_fds.unwrap();
        assert!(before.abs_diff(after) < 60, "{before} {after}");
    }
}
