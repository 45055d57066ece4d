//! Every platform: this process through sysinfo, with `getrusage` and `getrlimit` where they are.
//!
//! Only lifetime totals and sizes are taken from sysinfo, never its CPU percentages and
//! deltas: those depend on the order and pace of refreshes.

use std::{
    io,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use sysinfo::{MemoryRefreshKind, Pid, Process, ProcessRefreshKind, ProcessesToUpdate, System};

#[cfg(unix)]
use super::unix;
use super::{CpuReading, Demand, Failures, RawIo, RawLimits, RawProcess, Reader};
use crate::Error;

/// Reads this process through sysinfo.
#[derive(Debug)]
pub(super) struct Portable {
    pid: u32,
    system: System,
    start: Option<Start>,
}

/// The start of the process by the wall clock, and its age on a clock that nobody sets.
#[derive(Debug, Clone, Copy)]
struct Start {
    wall: SystemTime,
    age: Duration,
    aged_at: Instant,
}

impl Portable {
    /// # Errors
    ///
    /// Where sysinfo does not know the platform.
    pub(super) fn new() -> Result<Self, Error> {
        let unsupported = |error| {
            Error::unsupported("read this process through the portable backend").because(error)
        };
        let system = System::new().map_err(unsupported)?;
        Ok(Self { pid: std::process::id(), system, start: None })
    }

    /// Begins anew in a forked child.
    fn follow_fork(&mut self) {
        if self.pid != std::process::id()
            && let Ok(anew) = Self::new()
        {
            *self = anew;
        }
    }

    fn refresh(&mut self) -> Option<&Process> {
        let pid = Pid::from_u32(self.pid);
        let kind =
            ProcessRefreshKind::nothing().with_cpu().with_memory().with_disk_usage().with_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
        self.system.process(pid)
    }
}

impl Reader for Portable {
    fn process(&mut self, _: Demand, failures: &mut Failures) -> RawProcess {
        self.follow_fork();
        let mut raw = RawProcess { pid: self.pid, cpu: self.cpu(), ..RawProcess::default() };
        #[cfg(unix)]
        {
            raw.usage = failures.keep("getrusage", unix::usage());
            raw.max_fds = failures.keep("getrlimit", unix::max_fds()).flatten();
            raw.address_space_max = failures.keep("getrlimit", unix::address_space_max()).flatten();
        }
        let start = self.start;
        let Some(process) = self.refresh() else {
            failures.note("this process through sysinfo", io::ErrorKind::NotFound);
            return raw;
        };
        raw.resident = Some(process.memory());
        raw.address_space = Some(process.virtual_memory());
        raw.open_fds = open_fds(process);
        // Known on Linux alone, where the main thread is not in the list.
        raw.threads = process.tasks().map(|tasks| tasks.len() as u64 + 1);
        let disk = process.disk_usage();
        raw.io = RawIo {
            read_bytes: Some(disk.total_read_bytes),
            write_bytes: Some(disk.total_written_bytes),
            ..RawIo::default()
        };
        let start = start.or_else(|| Start::at(process.start_time()));
        self.start = start;
        raw.start = start.map(|start| start.wall);
        raw.uptime = start.map(|start| start.age + start.aged_at.elapsed());
        raw
    }

    fn limits(&mut self, failures: &mut Failures) -> RawLimits {
        self.system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let cpus = failures.keep("the available parallelism", std::thread::available_parallelism());
        RawLimits {
            cpu_cores: cpus.map(|cpus| cpus.get() as f64),
            machine_memory: Some(self.system.total_memory()).filter(|&bytes| bytes > 0),
            ..RawLimits::default()
        }
    }

    #[cfg(unix)]
    fn cpu(&mut self) -> Option<CpuReading> {
        let before = now();
        let usage = unix::usage().ok()?;
        let took = now().saturating_sub(before);
        Some(CpuReading { used: usage.user.saturating_add(usage.system), at: before + took / 2 })
    }

    #[cfg(not(unix))]
    fn cpu(&mut self) -> Option<CpuReading> {
        self.follow_fork();
        let at = now();
        let used = Duration::from_millis(self.refresh()?.accumulated_cpu_time());
        Some(CpuReading { used, at })
    }
}

/// Monotonic time from an arbitrary origin.
fn now() -> Duration {
    crate::clock::Moment::now().monotonic
}

impl Start {
    /// sysinfo gives whole seconds since the epoch; 0 where it does not know.
    fn at(seconds: u64) -> Option<Self> {
        let wall = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).filter(|_| seconds > 0)?;
        let age = SystemTime::now().duration_since(wall).unwrap_or_default();
        Some(Self { wall, age, aged_at: Instant::now() })
    }
}

/// The open descriptors without resmon's own, as far as sysinfo knows them.
#[cfg(target_os = "linux")]
fn open_fds(process: &Process) -> Option<u64> {
    // One of them is the folder that sysinfo opened to count the others.
    let own = 1 + super::linux::held_descriptors();
    process.open_files().map(|count| (count as u64).saturating_sub(own))
}

/// The open descriptors, as far as sysinfo knows them.
#[cfg(not(target_os = "linux"))]
fn open_fds(process: &Process) -> Option<u64> {
    process.open_files().map(|count| count as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_this_process() {
        let mut portable = Portable::new().unwrap();
        let mut failures = Failures::default();
        let raw = portable.process(Demand::Asked, &mut failures);
        assert!(failures.into_error().is_none());
        assert!(raw.resident.unwrap() > 0);
        assert!(raw.start.unwrap() <= SystemTime::now());
        assert!(portable.limits(&mut Failures::default()).machine_memory.unwrap() > 1 << 20);
    }

    #[test]
    fn a_process_that_is_not_there_is_an_error_and_no_value() {
        // No pid is so large; the check for a fork would mend it, so the step after it is tried.
        let mut portable = Portable { pid: u32::MAX / 2, ..Portable::new().unwrap() };
        assert!(portable.refresh().is_none());
    }

    #[test]
    fn an_unknown_start_is_absent() {
        assert!(Start::at(0).is_none());
        assert!(Start::at(u64::MAX).is_none());
    }
}
