//! When something that need not be read each time is read again.

use std::time::{Duration, Instant};

use crate::source::sys::Demand;

/// How many samples that were asked for pass between two readings of what is slow.
pub(super) const SELDOM: u64 = 10;

/// When something was read.
#[derive(Debug, Default)]
pub(super) struct Due(Option<Instant>);

impl Due {
    /// Whether `every` has passed since it was last due; then it is due now.
    pub(super) fn is_due(&mut self, now: Instant, every: Duration) -> bool {
        let due = self.0.is_none_or(|last| now.duration_since(last) >= every);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

/// What is due at a sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DueNow {
    /// What the kernel counts.
    pub(super) counts: bool,
    pub(super) slow: bool,
}

/// What of the process is read at a sample, by what it costs.
#[derive(Debug, Default)]
pub(super) struct Tiers {
    counts: Due,
    slow: Due,
    /// Samples that were asked for since the slow ones were read.
    since: u64,
}

impl Tiers {
    /// How long a reading of what the kernel counts stands at most for a monitor.
    const COUNTS: Duration = Duration::from_millis(90);
    /// How long one of what is slow stands.
    const SLOW: Duration = Duration::from_millis(4_900);

    /// What is due.
    pub(super) fn due(&mut self, demand: Demand, now: Instant) -> DueNow {
        let counts = self.counts.is_due(now, Self::COUNTS);
        let slow = self.slow.is_due(now, Self::SLOW);
        let asked = demand == Demand::Asked;
        self.since += u64::from(asked);
        let slow = slow || self.since == SELDOM;
        if slow {
            self.since = 0;
        }
        DueNow { counts: counts || asked, slow }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_monitor_reads_by_the_clock_and_a_caller_what_is_asked_for() {
        let (mut tiers, start) = (Tiers::default(), Instant::now());
        let mut at = |demand, milliseconds| {
            let due = tiers.due(demand, start + Duration::from_millis(milliseconds));
            (due.counts, due.slow)
        };
        assert_eq!(at(Demand::Ticking, 0), (true, true));
        assert_eq!(at(Demand::Ticking, 80), (false, false));
        assert_eq!(at(Demand::Ticking, 90), (true, false));
        for _ in 1..SELDOM {
            assert_eq!(at(Demand::Asked, 91), (true, false));
        }
        assert_eq!(at(Demand::Asked, 92), (true, true));
        assert_eq!(at(Demand::Ticking, 4_899), (true, false));
        assert_eq!(at(Demand::Ticking, 4_900), (false, true));
    }
}
