//! Counters that never go backwards, and what they gain a second.

use std::time::Duration;

/// The highest reading of a counter.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counter(Option<f64>);

impl Counter {
    /// What the counter shows now that the kernel says `reading`.
    ///
    /// The kernel's sums step back a little at times: the highest reading stands. More than
    /// `tolerance`, and more than a hundredth, back it was begun anew, and so it is here: a disk
    /// or an interface was taken away and another one has its name.
    pub(super) fn advance(&mut self, reading: f64, tolerance: f64) -> f64 {
        let shown = match self.0 {
            Some(highest) if highest - reading > tolerance.max(highest / 100.0) => reading,
            Some(highest) => highest.max(reading),
            None => reading,
        };
        self.0 = Some(shown);
        shown
    }
}

/// The gain of a counter a second, between its two latest readings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Rate {
    last: Option<(f64, Duration)>,
    rate: Option<f64>,
}

impl Rate {
    /// None before the second reading, and where the counter was begun anew.
    pub(super) fn advance(&mut self, counter: f64, at: Duration) -> Option<f64> {
        match self.last {
            // No other reading than before: what it gave stands.
            Some((_, then)) if then == at => return self.rate,
            Some((before, then)) if counter >= before && at > then => {
                self.rate = Some((counter - before) / at.saturating_sub(then).as_secs_f64());
            }
            _ => self.rate = None,
        }
        self.last = Some((counter, at));
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_step_back_is_held_and_a_large_one_is_a_new_beginning() {
        let mut counter = Counter::default();
        let shown = [10.0, 12.0, 11.5, 12.5, 3.0, 4.0].map(|reading| counter.advance(reading, 3.0));
        assert_eq!(format!("{shown:?}"), "[10.0, 12.0, 12.0, 12.5, 3.0, 4.0]");
        let mut bytes = Counter::default();
        let shown = [1000.0, 999.0, 1001.0, 900.0].map(|reading| bytes.advance(reading, 0.0));
        assert_eq!(format!("{shown:?}"), "[1000.0, 1000.0, 1001.0, 900.0]");
    }

    #[test]
    fn a_rate_is_taken_between_two_readings() {
        let mut rate = Rate::default();
        let at = Duration::from_secs;
        assert_eq!(rate.advance(100.0, at(5)), None);
        assert_eq!(rate.advance(140.0, at(7)), Some(20.0));
        assert_eq!(rate.advance(140.0, at(7)), Some(20.0));
        assert_eq!(rate.advance(140.0, at(8)), Some(0.0));
        assert_eq!(rate.advance(7.0, at(9)), None);
        assert_eq!(rate.advance(9.0, at(10)), Some(2.0));
    }
}
