//! CPU use between two readings of the CPU clock.

use std::time::Duration;

use crate::source::sys::CpuReading;

/// The reading at which the window began.
#[derive(Debug, Default)]
pub(super) struct CpuWindow {
    start: Option<CpuReading>,
}

impl CpuWindow {
    /// In less than this, the time it takes to read the clocks would show.
    pub(super) const SHORTEST: Duration = Duration::from_millis(1);

    /// Ends the window and begins the next; returns the CPUs used in it, on average.
    ///
    /// `None` at the first reading. A window too short to measure is not ended, so that its
    /// work falls into the next reading.
    pub(super) fn advance(&mut self, now: CpuReading) -> Option<f64> {
        let start = *self.start.get_or_insert(now);
        let window = now.at.checked_sub(start.at);
        if window.is_some_and(|window| window < Self::SHORTEST) {
            return None;
        }
        self.start = Some(now);
        let used = now.used.checked_sub(start.used)?;
        Some(used.as_secs_f64() / window?.as_secs_f64())
    }
}

/// CPUs used as a share of those allowed.
///
/// Two clocks are never read at the same instant, so a process that uses all it may can seem
/// to use a hair more: up to one percent above 1 is taken for 1. More than that is told as it
/// is, for it is so: a quota allows bursts within its period, and threads may have wider
/// affinity than the main one.
pub(super) fn share(used: f64, allowed: f64) -> Option<f64> {
    let share = used / allowed;
    let share = if share > 1.0 && share <= 1.01 { 1.0 } else { share };
    share.is_finite().then_some(share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(at_micros: u64, used_micros: u64) -> CpuReading {
        let (at, used) = (Duration::from_micros(at_micros), Duration::from_micros(used_micros));
        CpuReading { used, at }
    }

    #[test]
    fn the_first_reading_only_begins() {
        let mut window = CpuWindow::default();
        assert_eq!(window.advance(reading(5_000_000, 4_000_000)), None);
        assert_eq!(window.advance(reading(6_000_000, 4_500_000)), Some(0.5));
        assert_eq!(window.advance(reading(7_000_000, 7_500_000)), Some(3.0));
    }

    #[test]
    fn work_of_a_window_too_short_falls_into_the_next() {
        let mut window = CpuWindow::default();
        assert_eq!(window.advance(reading(0, 0)), None);
        assert_eq!(window.advance(reading(999, 999)), None);
        assert_eq!(window.advance(reading(1998, 999)), Some(0.5));
    }

    #[test]
    fn a_clock_that_went_back_gives_no_value_and_a_new_start() {
        let mut window = CpuWindow::default();
        assert_eq!(window.advance(reading(1_000_000, 900_000)), None);
        assert_eq!(window.advance(reading(2_000_000, 100)), None);
        assert_eq!(window.advance(reading(1_500_000, 200)), None);
        assert_eq!(window.advance(reading(1_600_000, 50_200)), Some(0.5));
    }

    #[test]
    fn only_the_error_of_the_clocks_is_rounded_away() {
        assert_eq!(share(2.01, 2.0), Some(1.0));
        assert_eq!(share(3.0, 2.0), Some(1.5));
        assert_eq!(share(1.0, 0.0), None);
        assert_eq!(share(0.0, 0.0), None);
    }
}
