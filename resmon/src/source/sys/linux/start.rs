//! When the process started: a fixed moment, whatever happens to the wall clock afterwards.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::time::ClockId;

/// The start as the first reader in this process computed it, with the process's id; 0 before.
///
/// Kept for the whole process: a second monitor, started after the wall clock was set, must
/// tell the same start, or `changes(process_start_time_seconds)` sees a restart. One word and
/// no lock, since a fork can leave a lock taken for ever in the child: the id, below 2^22, in
/// the upper bits and milliseconds, enough until the year 2109, in the lower ones. The kernel
/// itself knows the start to 10 ms.
static FIRST: AtomicU64 = AtomicU64::new(0);

const MILLIS_BITS: u32 = 42;

/// The start of this process, computed once.
#[derive(Debug, Default)]
pub(super) struct Start(Option<SystemTime>);

impl Start {
    /// The wall time of the start, and the time since, suspended time included.
    pub(super) fn since(
        &mut self,
        pid: u32,
        start_ticks: u64,
    ) -> (Option<SystemTime>, Option<Duration>) {
        let hertz = rustix::param::clock_ticks_per_second();
        let Some(start) = since_boot(start_ticks, hertz) else { return (None, None) };
        let uptime = super::clock(ClockId::Boottime).saturating_sub(start);
        if self.0.is_none() {
            self.0 = shared(pid, uptime);
        }
        (self.0, Some(uptime))
    }
}

fn shared(pid: u32, uptime: Duration) -> Option<SystemTime> {
    let since_epoch = SystemTime::now().checked_sub(uptime)?.duration_since(UNIX_EPOCH).ok()?;
    let millis = u64::try_from(since_epoch.as_millis()).ok()?;
    let computed = (u64::from(pid) << MILLIS_BITS) | (millis & ((1 << MILLIS_BITS) - 1));
    let is_ours = |word: u64| word >> MILLIS_BITS == u64::from(pid);
    let first = FIRST
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |word| {
            (!is_ours(word)).then_some(computed)
        })
        .map_or_else(|ours| ours, |_| computed);
    Some(UNIX_EPOCH + Duration::from_millis(first & ((1 << MILLIS_BITS) - 1)))
}

fn since_boot(ticks: u64, hertz: u64) -> Option<Duration> {
    let seconds = ticks.checked_div(hertz)?;
    let nanos = (ticks % hertz) * 1_000_000_000 / hertz;
    Some(Duration::new(seconds, u32::try_from(nanos).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_keep_their_fraction() {
        assert_eq!(since_boot(185_327, 100), Some(Duration::from_millis(1_853_270)));
        assert_eq!(since_boot(1, 1024), Some(Duration::from_nanos(976_562)));
        assert_eq!(since_boot(1, 0), None);
    }

    #[test]
    fn every_reader_tells_the_same_start() {
        let pid = std::process::id();
        // The second reader behaves as if the wall clock had been set by an hour.
        let first = shared(pid, Duration::from_secs(10));
        let second = shared(pid, Duration::from_secs(3610));
        assert_eq!(first, second);
        assert!(first.is_some());
    }
}
