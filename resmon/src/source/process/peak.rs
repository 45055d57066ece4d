//! The highest value of lately, which a scrape that comes seldom would miss.

use std::time::Duration;

/// How many stretches are kept besides the present one.
const KEPT: usize = 6;
/// How long a stretch is.
const STRETCH: Duration = Duration::from_secs(10);

/// The highest value of the last minute, and of up to ten seconds before it.
///
/// It does not begin anew when it is read: two scrapers, or a curious one, see the same.
#[derive(Debug, Default)]
pub(super) struct Peak {
    /// The highest value of each stretch, by its number modulo their count.
    highest: [Option<f64>; KEPT + 1],
    /// The number of the latest stretch.
    latest: u64,
}

impl Peak {
    /// Takes a value in, at a monotonic time.
    pub(super) fn advance(&mut self, at: Duration, value: Option<f64>) -> Option<f64> {
        let number = at.as_secs() / STRETCH.as_secs();
        let begun = number.saturating_sub(self.latest).min(self.highest.len() as u64);
        for i in 0..begun {
            *self.place(number - i) = None;
        }
        self.latest = self.latest.max(number);
        if let Some(value) = value {
            let place = self.place(number);
            *place = Some(place.map_or(value, |highest| highest.max(value)));
        }
        self.highest.into_iter().flatten().reduce(f64::max)
    }

    fn place(&mut self, number: u64) -> &mut Option<f64> {
        let count = self.highest.len();
        &mut self.highest[usize::try_from(number).unwrap_or(usize::MAX) % count]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spike_stands_for_a_minute_and_not_for_two() {
        let mut peak = Peak::default();
        let mut at = |second, value| peak.advance(Duration::from_secs(second), value);
        assert_eq!(at(1_000, None), None);
        assert_eq!(at(1_001, Some(1.0)), Some(1.0));
        assert_eq!(at(1_002, Some(9.0)), Some(9.0));
        for second in 1_003..1_063 {
            assert_eq!(at(second, Some(2.0)), Some(9.0), "{second}");
        }
        assert_eq!(at(1_073, Some(2.0)), Some(2.0));
        assert_eq!(at(2_000, None), None);
        assert_eq!(at(9_000, Some(3.0)), Some(3.0));
    }
}
