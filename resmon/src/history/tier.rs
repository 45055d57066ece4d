//! Samples summed up, a stretch of time each: what is left of them when they are old.

use std::{
    collections::VecDeque,
    time::{Duration, SystemTime},
};

use super::Bucket;
use crate::snapshot::Snapshot;

/// Rows are as many times this wide, so that a new series rarely moves them.
const SPARE: usize = 16;

/// The stretches of one length.
#[derive(Debug)]
pub(super) struct Tier {
    step: Duration,
    capacity: usize,
    /// The stretches that have ended, oldest first.
    ended: VecDeque<Stretch>,
    /// How many ever ended: number `n` is the `n % capacity`th row of the cells.
    pushed: usize,
    width: usize,
    cells: Vec<Sum>,
    /// The one that has not ended, and its row.
    open: Option<Stretch>,
    sums: Vec<Sum>,
}

/// One of them.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// It begins so many steps after the start.
    number: u64,
    /// When its first sample was taken.
    time: SystemTime,
}

/// The values of one series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sum {
    min: f64,
    max: f64,
    total: f64,
    count: u64,
}

impl Sum {
    pub(super) const NONE: Self =
        Self { min: f64::INFINITY, max: f64::NEG_INFINITY, total: 0.0, count: 0 };

    pub(super) fn add(&mut self, value: f64) {
        self.merge(&Self { min: value, max: value, total: value, count: 1 });
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.total += other.total;
        self.count += other.count;
    }

    /// None where no value came.
    pub(super) fn bucket(&self, since_start: Duration, time: SystemTime) -> Option<Bucket> {
        (self.count > 0).then(|| Bucket {
            time,
            since_start,
            min: self.min,
            mean: self.total / self.count as f64,
            max: self.max,
            samples: self.count,
        })
    }
}

impl Tier {
    pub(super) fn new(step: Duration, length: Duration) -> Self {
        let capacity = length.as_nanos().div_ceil(step.as_nanos().max(1)).max(1);
        Self {
            step,
            capacity: usize::try_from(capacity).unwrap_or(usize::MAX),
            ended: VecDeque::new(),
            pushed: 0,
            width: 0,
            cells: Vec::new(),
            open: None,
            sums: Vec::new(),
        }
    }

    pub(super) fn push(&mut self, snapshot: &Snapshot) {
        let number = snapshot.since_start.as_nanos() / self.step.as_nanos().max(1);
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        if self.open.is_some_and(|open| open.number != number) {
            self.end();
        }
        self.open.get_or_insert(Stretch { number, time: snapshot.time });
        if self.sums.len() < snapshot.values.len() {
            self.sums.resize(snapshot.values.len(), Sum::NONE);
        }
        for (sum, value) in self.sums.iter_mut().zip(&snapshot.values) {
            if let Some(value) = value {
                sum.add(*value);
            }
        }
    }

    fn end(&mut self) {
        let Some(stretch) = self.open.take() else { return };
        if self.sums.len() > self.width {
            self.widen();
        }
        if self.ended.len() == self.capacity {
            self.ended.pop_front();
        }
        self.ended.push_back(stretch);
        let start = self.pushed % self.capacity * self.width;
        let row = &mut self.cells[start..start + self.width];
        row.fill(Sum::NONE);
        row[..self.sums.len()].copy_from_slice(&self.sums);
        self.sums.fill(Sum::NONE);
        self.pushed += 1;
    }

    fn widen(&mut self) {
        let wider = self.sums.len().next_multiple_of(SPARE);
        let mut cells = vec![Sum::NONE; self.capacity * wider];
        for place in 0..self.ended.len() {
            let (from, to) = (place * self.width, place * wider);
            cells[to..to + self.width].copy_from_slice(&self.cells[from..from + self.width]);
        }
        (self.cells, self.width) = (cells, wider);
    }

    /// When the first stretch began.
    pub(super) fn first(&self) -> Option<Duration> {
        let first = self.ended.front().or(self.open.as_ref());
        first.map(|first| self.at(first.number))
    }

    /// Where the stretch that holds this moment ends; the moment itself where one begins.
    pub(super) fn end_of_stretch(&self, at: Duration) -> Duration {
        let number = at.as_nanos().div_ceil(self.step.as_nanos().max(1));
        self.at(u64::try_from(number).unwrap_or(u64::MAX))
    }

    fn at(&self, number: u64) -> Duration {
        self.step.saturating_mul(u32::try_from(number).unwrap_or(u32::MAX))
    }

    /// When each stretch of a series began, from the start and by the clock, oldest first;
    /// the one that has not ended at the end.
    pub(super) fn sums(&self, column: usize) -> impl Iterator<Item = (Duration, SystemTime, Sum)> {
        let first = self.pushed - self.ended.len();
        let ended = self.ended.iter().enumerate().map(move |(i, stretch)| {
            let row = (first + i) % self.capacity * self.width;
            // A series that came later has no cell in rows of before.
            let sum = if column < self.width { self.cells[row + column] } else { Sum::NONE };
            (*stretch, sum)
        });
        let open = self.open.map(|open| (open, self.sums.get(column).copied()));
        let open = open.map(|(open, sum)| (open, sum.unwrap_or(Sum::NONE)));
        ended.chain(open).map(|(stretch, sum)| (self.at(stretch.number), stretch.time, sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stretch_has_the_least_the_mean_and_the_greatest_and_the_oldest_goes() {
        let mut tier = Tier::new(Duration::from_secs(10), Duration::from_secs(30));
        let mut snapshot = Snapshot::empty(SystemTime::UNIX_EPOCH);
        for second in 0..65_u64 {
            snapshot.begin(SystemTime::UNIX_EPOCH + Duration::from_secs(second));
            snapshot.since_start = Duration::from_secs(second);
            snapshot.values = vec![Some(second as f64)];
            if second >= 50 {
                // A second series comes late, and is absent at times.
                snapshot.values.push((second % 2 == 0).then_some(1.0));
            }
            tier.push(&snapshot);
        }
        let of = |column| -> Vec<_> {
            let buckets = tier.sums(column).filter_map(|(at, time, sum)| sum.bucket(at, time));
            buckets.map(|b| (b.since_start.as_secs(), b.min, b.mean, b.max, b.samples)).collect()
        };
        let expected = [
            (30, 30.0, 34.5, 39.0, 10),
            (40, 40.0, 44.5, 49.0, 10),
            (50, 50.0, 54.5, 59.0, 10),
            (60, 60.0, 62.0, 64.0, 5),
        ];
        assert_eq!(of(0), expected);
        assert_eq!(of(1), [(50, 1.0, 1.0, 1.0, 5), (60, 1.0, 1.0, 1.0, 3)]);
        assert_eq!(of(2), []);
    }
}
