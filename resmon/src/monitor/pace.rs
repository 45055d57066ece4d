//! When the next tick is due. Pure: time comes in, decisions go out.

use std::time::{Duration, SystemTime};

use crate::{clock::Moment, snapshot::Gap};

/// Ticks on a fixed grid from the start: no drift, and late ones are counted, not made up.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    next: Duration,
    last: Moment,
    missed: u64,
    suspended: Duration,
}

/// A tick that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Due {
    /// Why its sample does not follow on from the one before, where it does not.
    pub(super) gap: Option<Gap>,
}

/// A wall clock further off than this between two ticks was set, not slewed.
const STEP: Duration = Duration::from_millis(250);
/// Less than this between the boot and the monotonic clock is the distance of two reads.
const SUSPENSION: Duration = Duration::from_millis(10);

impl Pace {
    pub(super) fn new(interval: Duration, now: Moment) -> Self {
        let next = now.monotonic + interval;
        Self { interval, next, last: now, missed: 0, suspended: Duration::ZERO }
    }

    /// How long until the next tick.
    pub(super) fn wait(&self, now: Moment) -> Duration {
        self.next.saturating_sub(now.monotonic)
    }

    /// The tick that is due, if one is.
    pub(super) fn due(&mut self, now: Moment) -> Option<Due> {
        let late = now.monotonic.checked_sub(self.next)?;
        let missed = u64::try_from(late.as_nanos() / self.interval.as_nanos().max(1)).unwrap_or(0);
        let grid = u32::try_from(missed + 1).unwrap_or(u32::MAX);
        self.next += self.interval.saturating_mul(grid);
        self.missed += missed;
        Some(Due { gap: self.gap(now).or((missed > 0).then_some(Gap::Late(missed))) })
    }

    /// Compares the clocks with those of the sample before.
    pub(super) fn gap(&mut self, now: Moment) -> Option<Gap> {
        let last = std::mem::replace(&mut self.last, now);
        let boot = now.boot.saturating_sub(last.boot);
        let suspended = boot.saturating_sub(now.monotonic.saturating_sub(last.monotonic));
        if suspended > SUSPENSION {
            self.suspended += suspended;
            return Some(Gap::Suspended(suspended));
        }
        let step = milliseconds_between(last.wall + boot, now.wall);
        (u128::from(step.unsigned_abs()) > STEP.as_millis()).then_some(Gap::ClockStepped(step))
    }

    /// Ticks missed so far.
    pub(super) fn missed(&self) -> u64 {
        self.missed
    }

    /// Time suspended so far.
    pub(super) fn suspended(&self) -> Duration {
        self.suspended
    }
}

fn milliseconds_between(from: SystemTime, to: SystemTime) -> i64 {
    let milliseconds = |d: Duration| i64::try_from(d.as_millis()).unwrap_or(i64::MAX);
    match to.duration_since(from) {
        Ok(ahead) => milliseconds(ahead),
        Err(behind) => -milliseconds(behind.duration()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;

    const SECOND: Duration = Duration::from_secs(1);

    fn started() -> (ManualClock, Pace) {
        let clock = ManualClock::new();
        let pace = Pace::new(SECOND, clock.now());
        (clock, pace)
    }

    #[test]
    fn ticks_stay_on_the_grid_however_late_each_is_taken() {
        let (clock, mut pace) = started();
        clock.advance(Duration::from_millis(1300));
        assert_eq!(pace.due(clock.now()), Some(Due { gap: None }));
        assert_eq!(pace.wait(clock.now()), Duration::from_millis(700));
        assert_eq!(pace.due(clock.now()), None);
    }

    #[test]
    fn missed_ticks_are_counted_and_not_made_up() {
        let (clock, mut pace) = started();
        clock.advance(Duration::from_millis(4500));
        assert_eq!(pace.due(clock.now()), Some(Due { gap: Some(Gap::Late(3)) }));
        assert_eq!(pace.due(clock.now()), None);
        assert_eq!((pace.missed(), pace.wait(clock.now())), (3, Duration::from_millis(500)));
    }

    #[test]
    fn a_suspension_is_seen_and_is_no_missed_tick() {
        let (clock, mut pace) = started();
        clock.suspend(Duration::from_hours(1));
        clock.advance(SECOND);
        let hour = Duration::from_hours(1);
        assert_eq!(pace.due(clock.now()), Some(Due { gap: Some(Gap::Suspended(hour)) }));
        assert_eq!((pace.missed(), pace.suspended()), (0, hour));
    }

    #[test]
    fn a_stepped_wall_clock_is_seen_and_moves_no_tick() {
        let (clock, mut pace) = started();
        clock.advance(SECOND);
        let now = clock.now().wall;
        clock.set_wall_clock(now - Duration::from_secs(90));
        assert_eq!(pace.due(clock.now()), Some(Due { gap: Some(Gap::ClockStepped(-90_000)) }));
        assert_eq!(pace.wait(clock.now()), SECOND);
    }
}
