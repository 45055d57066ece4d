//! The values of a stretch of time, summed up.

/// Mean, least, greatest and last value of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Window {
    mean: f64,
    min: f64,
    max: f64,
    last: f64,
    samples: usize,
}

impl Window {
    /// Sums up values in the order of time; None if there are none.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut window: Option<Self> = None;
        let mut sum = 0.0;
        for value in values {
            sum += value;
            window = Some(match window {
                None => Self { mean: value, min: value, max: value, last: value, samples: 1 },
                Some(so_far) => Self {
                    mean: 0.0,
                    min: so_far.min.min(value),
                    max: so_far.max.max(value),
                    last: value,
                    samples: so_far.samples + 1,
                },
            });
        }
        window.map(|window| Self { mean: sum / window.samples as f64, ..window })
    }

    /// The sum of the values over their number.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The least value.
    pub fn min(&self) -> f64 {
        self.min
    }

    /// The greatest value.
    pub fn max(&self) -> f64 {
        self.max
    }

    /// The latest value.
    pub fn last(&self) -> f64 {
        self.last
    }

    /// How many values there were; samples in which the figure was absent do not count.
    pub fn samples(&self) -> usize {
        self.samples
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_up_what_there_is_and_nothing_else() {
        let window = Window::of([4.0, 1.0, 7.0].into_iter()).unwrap();
        assert_eq!((window.mean(), window.min(), window.max()), (4.0, 1.0, 7.0));
        assert_eq!((window.last(), window.samples()), (7.0, 3));
        assert_eq!(Window::of(std::iter::empty()), None);
    }
}
