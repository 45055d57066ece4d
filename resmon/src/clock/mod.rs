//! Time: cheap ticks for calls, moments for samples, and a clock that tests set by hand.

mod manual;
pub(crate) mod ticks;

use std::time::{Duration, SystemTime};

pub use manual::ManualClock;

/// One reading of every clock a sample needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Time that stands still while the machine is suspended, from an arbitrary origin.
    pub(crate) monotonic: Duration,
    /// Time that goes on while the machine is suspended, from an arbitrary origin.
    pub(crate) boot: Duration,
    /// The wall clock, which people and time servers set.
    pub(crate) wall: SystemTime,
}

impl Moment {
    /// Reads the system's clocks.
    #[cfg(target_os = "linux")]
    pub(crate) fn now() -> Self {
        use rustix::time::{ClockId, clock_gettime};

        let read = |clock| {
            let time = clock_gettime(clock);
            let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
            Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or_default())
        };
        Self {
            monotonic: read(ClockId::Monotonic),
            boot: read(ClockId::Boottime),
            wall: SystemTime::now(),
        }
    }

    /// Reads the system's clocks; without a boot clock no suspension is seen.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn now() -> Self {
        use std::{sync::OnceLock, time::Instant};

        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        let monotonic = ORIGIN.get_or_init(Instant::now).elapsed();
        Self { monotonic, boot: monotonic, wall: SystemTime::now() }
    }
}

/// Where a monitor takes its time from.
#[derive(Debug, Clone, Default)]
pub(crate) enum Clock {
    #[default]
    System,
    Manual(ManualClock),
}

impl Clock {
    pub(crate) fn now(&self) -> Moment {
        match self {
            Self::System => Moment::now(),
            Self::Manual(clock) => clock.now(),
        }
    }
}

/// Nanoseconds of CPU time of the calling thread, user and system; None where the platform
/// does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn thread_cpu_nanoseconds() -> Option<u64> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    u64::try_from(i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)).ok()
}

/// Nanoseconds of CPU time of the calling thread, user and system; None where the platform
/// does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn thread_cpu_nanoseconds() -> Option<u64> {
    None
}
