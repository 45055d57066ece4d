//! Reading what the platform says: plain values in, no judgement. The only place that knows platforms.

pub(crate) mod container;
#[cfg(target_os = "linux")]
mod linux;
pub(crate) mod machine;
#[cfg(any(feature = "system", not(target_os = "linux")))]
mod portable;
#[cfg(any(feature = "system", not(target_os = "linux")))]
mod portable_machine;
mod roots;
pub(crate) mod rows;
#[cfg(unix)]
mod unix;

use std::{
    io,
    time::{Duration, SystemTime},
};

use machine::MachineReader;
pub(crate) use roots::Roots;

use super::Backend;
use crate::Error;

/// The name of this machine.
#[cfg(all(feature = "server", target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "other platforms may not tell")]
pub(super) fn host_name() -> Option<String> {
    Some(rustix::system::uname().nodename().to_string_lossy().into_owned())
}

/// The name of this machine.
#[cfg(all(feature = "server", not(target_os = "linux")))]
pub(super) fn host_name() -> Option<String> {
    sysinfo::System::host_name()
}

/// What one reading of this process gave. What could not be read is `None`.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawProcess {
    pub(crate) pid: u32,
    pub(crate) cpu: Option<CpuReading>,
    pub(crate) usage: Option<Usage>,
    pub(crate) resident: Option<u64>,
    pub(crate) resident_peak: Option<u64>,
    pub(crate) address_space: Option<u64>,
    pub(crate) address_space_max: Option<u64>,
    pub(crate) swap: Option<u64>,
    pub(crate) open_fds: Option<u64>,
    pub(crate) max_fds: Option<u64>,
    pub(crate) threads: Option<u64>,
    pub(crate) start: Option<SystemTime>,
    pub(crate) uptime: Option<Duration>,
    pub(crate) io: RawIo,
    pub(crate) oom_score: Option<i64>,
    pub(crate) run_queue_wait: Option<Duration>,
}

/// Resident memory by what of it is shared with other processes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawFootprint {
    pub(crate) proportional: u64,
    pub(crate) unique: u64,
}

/// CPU time of the process and the monotonic time at which it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CpuReading {
    pub(crate) used: Duration,
    pub(crate) at: Duration,
}

/// What `getrusage` counts, over all threads, living and ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) user: Duration,
    pub(crate) system: Duration,
    pub(crate) voluntary_switches: u64,
    pub(crate) involuntary_switches: u64,
    pub(crate) minor_faults: u64,
    pub(crate) major_faults: u64,
}

/// Bytes and calls of reading and writing, counted since the process started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RawIo {
    pub(crate) read_bytes: Option<u64>,
    pub(crate) write_bytes: Option<u64>,
    pub(crate) cancelled_write_bytes: Option<u64>,
    pub(crate) read_chars: Option<u64>,
    pub(crate) write_chars: Option<u64>,
    pub(crate) read_calls: Option<u64>,
    pub(crate) write_calls: Option<u64>,
}

/// What may bind this process at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct RawLimits {
    /// CPUs this process may use; a quota may allow a fraction of one.
    pub(crate) cpu_cores: Option<f64>,
    /// The least hard memory limit of every visible cgroup.
    pub(crate) cgroup_memory: Option<u64>,
    /// The least memory size of every visible cgroup above which it is slowed down.
    pub(crate) cgroup_high: Option<u64>,
    /// All memory of the machine.
    pub(crate) machine_memory: Option<u64>,
}

impl RawLimits {
    /// The hard limit that is met first.
    pub(crate) fn nearest_memory(&self) -> Option<u64> {
        self.cgroup_memory.into_iter().chain(self.machine_memory).min()
    }
}

/// Who wants a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Somebody who asks for it now and wants what is so now.
    Asked,
    /// A monitor, whose ticks may follow fast upon one another.
    Ticking,
}

/// One way to read this process.
pub(crate) trait Reader: Send + Sync + std::fmt::Debug {
    /// Reads every figure; what failed is noted in `failures` and left out.
    fn process(&mut self, demand: Demand, failures: &mut Failures) -> RawProcess;

    /// What binds the process; asked for after [`process`](Self::process).
    fn limits(&mut self, failures: &mut Failures) -> RawLimits;

    /// Reads the CPU clock alone.
    fn cpu(&mut self) -> Option<CpuReading>;

    /// Reads what memory is shared, where that is likely to be done within `budget`.
    fn footprint(&mut self, _budget: Duration) -> io::Result<RawFootprint> {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "only the native backend, for Linux, reads it",
        ))
    }
}

/// Starts the chosen way of reading.
pub(crate) fn reader(backend: Backend) -> Result<Box<dyn Reader>, Error> {
    match backend {
        #[cfg(target_os = "linux")]
        Backend::Native => Ok(Box::new(linux::ProcFiles::new())),
        #[cfg(any(feature = "system", not(target_os = "linux")))]
        Backend::Portable => Ok(Box::new(portable::Portable::new()?)),
        #[cfg(any(not(target_os = "linux"), not(feature = "system")))]
        other => {
            let reason =
                "the native backend is for Linux, the portable one needs the feature `system`";
            Err(Error::unsupported(format!("read through the {other} backend")).because(reason))
        }
    }
}

/// Starts the chosen way of reading the machine.
pub(crate) fn machine_reader(
    backend: Backend,
    roots: &Roots,
) -> Result<Box<dyn MachineReader>, Error> {
    match backend {
        #[cfg(target_os = "linux")]
        Backend::Native => Ok(Box::new(linux::machine::MachineFiles::new(roots.clone()))),
        _ if !roots.are_own() => {
            let reason = "only the native backend, for Linux, reads from other roots";
            Err(Error::unsupported("read a machine that is mounted").because(reason))
        }
        #[cfg(any(feature = "system", not(target_os = "linux")))]
        Backend::Portable => Ok(Box::new(portable_machine::PortableMachine::new()?)),
        #[cfg(any(not(target_os = "linux"), not(feature = "system")))]
        other => {
            let reason =
                "the native backend is for Linux, the portable one needs the feature `system`";
            Err(Error::unsupported(format!("read through the {other} backend")).because(reason))
        }
    }
}

/// Starts reading the control groups of this process, or of a host's first, where there are any.
pub(crate) fn container_reader(
    backend: Backend,
    roots: &Roots,
) -> Box<dyn container::ContainerReader> {
    match backend {
        #[cfg(target_os = "linux")]
        Backend::Native => Box::new(linux::cgroup::ContainerFiles::new(roots.clone())),
        _ => {
            let _ = roots;
            Box::<container::NoContainer>::default()
        }
    }
}

/// Files that could not be read in one pass. Allocates only when there are any.
#[derive(Debug, Default)]
pub(crate) struct Failures(Vec<(String, io::Error)>);

impl Failures {
    pub(crate) fn note(&mut self, what: &str, error: impl Into<io::Error>) {
        self.0.push((what.to_owned(), error.into()));
    }

    /// Keeps the value, or notes why there is none.
    pub(crate) fn keep<T>(&mut self, what: &str, result: io::Result<T>) -> Option<T> {
        result.map_err(|error| self.note(what, error)).ok()
    }

    /// One error that names everything that failed, with the first cause.
    pub(crate) fn into_error(self) -> Option<Error> {
        if self.0.is_empty() {
            return None;
        }
        let mut names: Vec<_> = self.0.iter().map(|(what, _)| what.as_str()).collect();
        names.dedup();
        let attempt = format!("read {}", names.join(", "));
        let (_, cause) = self.0.into_iter().next()?;
        Some(Error::read(attempt).because(cause))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_names_every_file_that_failed() {
        let mut failures = Failures::default();
        assert_eq!(failures.keep("/proc/self/statm", Ok(1)), Some(1));
        failures.note("/proc/self/io", io::ErrorKind::PermissionDenied);
        failures.note("/proc/self/stat", io::ErrorKind::NotFound);
        let error = failures.into_error().unwrap();
        assert_eq!(
            format!("{error:?}"),
            "cannot read /proc/self/io, /proc/self/stat: permission denied"
        );
        assert!(Failures::default().into_error().is_none());
    }

    #[test]
    fn the_nearest_limit_is_the_least_hard_one() {
        let mut limits = RawLimits { machine_memory: Some(8), ..RawLimits::default() };
        assert_eq!(limits.nearest_memory(), Some(8));
        limits.cgroup_memory = Some(4);
        limits.cgroup_high = Some(2);
        assert_eq!(limits.nearest_memory(), Some(4));
        assert_eq!(RawLimits::default().nearest_memory(), None);
    }
}
