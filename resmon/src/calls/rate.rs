//! How many calls a second there were lately.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Over how long, about.
const WINDOW: Duration = Duration::from_secs(10);
/// How far marks are apart, at least.
const STEP: Duration = Duration::from_secs(2);

/// What was counted at some moments of the last [`WINDOW`]. Marks are set by time, whoever
/// reads, so readers do not disturb one another.
#[derive(Debug)]
pub(super) struct Marks(VecDeque<Mark>);

#[derive(Debug)]
struct Mark {
    at: Instant,
    /// By the number of the function; those that came later had none.
    calls: Vec<u64>,
}

impl Marks {
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Keeps the counts of this moment, where the latest mark is old enough.
    pub(super) fn set(&mut self, now: Instant, calls: impl Iterator<Item = u64>) {
        if self.0.back().is_some_and(|last| now.duration_since(last.at) < STEP) {
            return;
        }
        // One that is as old as the window stays: the rate is counted from it.
        while self.0.get(1).is_some_and(|mark| now.duration_since(mark.at) >= WINDOW) {
            self.0.pop_front();
        }
        self.0.push_back(Mark { at: now, calls: calls.collect() });
    }

    /// Calls a second since the oldest mark; None before there is one of some age.
    pub(super) fn rate(&self, now: Instant, function: usize, calls: u64) -> Option<f64> {
        let mark = self.0.front()?;
        let since = now.duration_since(mark.at);
        let before = mark.calls.get(function).copied().unwrap_or(0);
        (since >= STEP / 2).then(|| calls.saturating_sub(before) as f64 / since.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut marks = Marks::new();
        marks.set(at(0), [100].into_iter());
        assert_eq!(marks.rate(at(0), 0, 100), None);
        assert_eq!(marks.rate(at(1), 0, 103), Some(3.0));
        // A function that was not there yet had no call.
        assert_eq!(marks.rate(at(2), 1, 8), Some(4.0));
        for second in 1..=100 {
            marks.set(at(second), [100 + second * 5].into_iter());
        }
        let rate = marks.rate(at(101), 0, 100 + 500 + 55).unwrap();
        assert!((5.0..=10.0).contains(&rate), "{rate}");
        assert!(marks.0.len() <= 7, "{}", marks.0.len());
    }
}
