//! The values behind the handles that the store gives out: atomics, never a lock.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use metrics::{CounterFn, GaugeFn, HistogramFn};

use super::text::Distribution;

/// A number that counters and gauges write: a counter of seconds keeps its fraction.
#[derive(Debug, Default)]
pub(crate) struct Number(AtomicU64);

impl Number {
    pub(crate) fn get(&self) -> f64 {
        f64::from_bits(self.0.load(Relaxed))
    }

    fn update(&self, change: impl Fn(f64) -> f64) {
        update(&self.0, change);
    }
}

/// Changes an atomic `f64`; a result that is no finite number leaves it as it was.
fn update(cell: &AtomicU64, change: impl Fn(f64) -> f64) {
    let _ = cell.fetch_update(Relaxed, Relaxed, |bits| {
        let changed = change(f64::from_bits(bits));
        changed.is_finite().then(|| changed.to_bits())
    });
}

impl CounterFn for Number {
    fn increment(&self, value: u64) {
        self.update(|now| now + value as f64);
    }

    fn absolute(&self, value: u64) {
        self.update(|now| now.max(value as f64));
    }
}

impl GaugeFn for Number {
    fn increment(&self, value: f64) {
        self.update(|now| now + value);
    }

    fn decrement(&self, value: f64) {
        self.update(|now| now - value);
    }

    fn set(&self, value: f64) {
        self.update(|_| value);
    }
}

/// A histogram of fixed size: a count for each bucket, and the sum.
#[derive(Debug)]
pub(crate) struct Buckets {
    bounds: &'static [f64],
    /// One more than bounds: the last is past every bound.
    counts: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Buckets {
    pub(crate) fn new(bounds: &'static [f64]) -> Self {
        let counts = (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect();
        Self { bounds, counts, sum: AtomicU64::new(0) }
    }

    pub(crate) fn read(&self) -> Distribution {
        Distribution {
            bounds: self.bounds.to_vec(),
            buckets: self.counts.iter().map(|count| count.load(Relaxed)).collect(),
            sum: f64::from_bits(self.sum.load(Relaxed)),
        }
    }
}

impl HistogramFn for Buckets {
    fn record(&self, value: f64) {
        self.record_many(value, 1);
    }

    /// One step however many: the facade's own would loop.
    fn record_many(&self, value: f64, count: usize) {
        if !value.is_finite() {
            return;
        }
        // A value equal to a bound is within it (`le`).
        let bucket = self.bounds.partition_point(|bound| *bound < value);
        self.counts[bucket].fetch_add(count as u64, Relaxed);
        update(&self.sum, |sum| sum + value * count as f64);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn counters_of_seconds_keep_their_fraction() {
        let number = Number::default();
        GaugeFn::set(&number, 1.5);
        CounterFn::increment(&number, 2);
        assert_eq!(number.get().to_bits(), 3.5_f64.to_bits());
    }

    #[test]
    fn an_absolute_count_never_runs_backwards() {
        let number = Number::default();
        number.absolute(7);
        number.absolute(5);
        assert_eq!(number.get().to_bits(), 7.0_f64.to_bits());
    }

    #[test]
    fn what_is_no_number_changes_nothing() {
        let number = Number::default();
        number.set(4.0);
        number.set(f64::NAN);
        GaugeFn::increment(&number, f64::INFINITY);
        assert_eq!(number.get().to_bits(), 4.0_f64.to_bits());

        let buckets = Buckets::new(&[1.0]);
        buckets.record(f64::NAN);
        assert_eq!(buckets.read().buckets, [0, 0]);
    }

    #[test]
    fn a_value_on_a_bound_is_within_it() {
        let buckets = Buckets::new(&[0.1, 1.0]);
        for value in [0.1, 0.5, 1.0, 3.0, -1.0] {
            buckets.record(value);
        }
        let read = buckets.read();
        assert_eq!(read.buckets, [2, 2, 1]);
        assert!((read.sum - 3.6).abs() < 1e-12);
    }

    #[test]
    fn many_records_cost_as_much_as_one() {
        let buckets = Buckets::new(&[0.1, 1.0]);
        let start = Instant::now();
        buckets.record_many(0.5, 1_000_000_000_000);
        assert!(start.elapsed() < Duration::from_secs(1));
        let read = buckets.read();
        assert_eq!(read.buckets, [0, 1_000_000_000_000, 0]);
        assert!((read.sum - 5e11).abs() < 1e-3);
    }

    #[test]
    fn concurrent_writers_lose_nothing() {
        let (number, buckets) = (Number::default(), Buckets::new(&[1.0]));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        CounterFn::increment(&number, 1);
                        buckets.record(0.5);
                    }
                });
            }
        });
        assert_eq!(number.get().to_bits(), 40_000.0_f64.to_bits());
        assert_eq!(buckets.read().buckets, [40_000, 0]);
        assert_eq!(buckets.read().sum.to_bits(), 20_000.0_f64.to_bits());
    }
}
