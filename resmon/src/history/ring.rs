//! The ring itself: one row a sample, one column a series.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::Point;
use crate::{
    Figure,
    snapshot::{Gap, Series, Snapshot},
};

#[derive(Debug)]
pub(super) struct Ring {
    capacity: usize,
    rows: VecDeque<Row>,
    /// Rows ever pushed: row number `n` is at `n % capacity` of every column.
    pushed: usize,
    series: Arc<Vec<Series>>,
    /// A NaN is a hole. It comes from here, for a finite value is checked before it gets
    /// here, and never leaves: [`Ring::points`] gives None for it.
    columns: Vec<Vec<f64>>,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) time: SystemTime,
    pub(super) since_start: Duration,
    pub(super) gap: Option<Gap>,
}

const HOLE: f64 = f64::NAN;

impl Ring {
    pub(super) fn new(capacity: usize) -> Self {
        let rows = VecDeque::with_capacity(capacity);
        Self { capacity, rows, pushed: 0, series: Arc::default(), columns: Vec::new() }
    }

    pub(super) fn push(&mut self, snapshot: &Snapshot) {
        if !Arc::ptr_eq(&self.series, &snapshot.series) {
            self.series = Arc::clone(&snapshot.series);
        }
        self.columns.resize_with(self.series.len(), || vec![HOLE; self.capacity]);
        if self.rows.len() == self.capacity {
            self.rows.pop_front();
        }
        let Snapshot { time, since_start, gap, .. } = *snapshot;
        self.rows.push_back(Row { time, since_start, gap });
        let place = self.pushed % self.capacity;
        for (column, value) in self.columns.iter_mut().zip(&snapshot.values) {
            column[place] = value.unwrap_or(HOLE);
        }
        self.pushed += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn latest(&self) -> Option<Row> {
        self.rows.back().copied()
    }

    /// The one column that is meant.
    pub(super) fn column(&self, figure: &Figure) -> Option<usize> {
        let mut matching = self
            .series
            .iter()
            .enumerate()
            .filter(|(_, series)| figure.selects(series.name(), &series.labels()))
            .map(|(column, _)| column);
        let column = matching.next()?;
        matching.next().is_none().then_some(column)
    }

    /// The samples of a column, oldest first.
    pub(super) fn points(&self, column: usize) -> impl Iterator<Item = Point> {
        let first = self.pushed - self.rows.len();
        self.rows.iter().enumerate().map(move |(i, row)| {
            let value = self.columns[column][(first + i) % self.capacity];
            let value = Some(value).filter(|value| !value.is_nan());
            Point { time: row.time, since_start: row.since_start, value, gap: row.gap }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::Definition;
    use std::borrow::Cow;

    fn snapshot(second: u64, names: &[&'static str], values: &[Option<f64>]) -> Snapshot {
        let mut snapshot = Snapshot::empty(SystemTime::UNIX_EPOCH + Duration::from_secs(second));
        let series =
            |name: &&'static str| Series::new(Cow::Owned(Definition::gauge(*name)), Vec::new());
        snapshot.series = Arc::new(names.iter().map(series).collect());
        snapshot.since_start = Duration::from_secs(second);
        snapshot.values = values.to_vec();
        snapshot
    }

    #[test]
    fn the_oldest_sample_makes_room_and_a_new_series_has_no_past() {
        let mut ring = Ring::new(3);
        for second in 0..4 {
            ring.push(&snapshot(second, &["a"], &[Some(second as f64)]));
        }
        ring.push(&snapshot(4, &["a", "b"], &[None, Some(9.0)]));
        assert_eq!(ring.len(), 3);
        let values = |name: &'static str| {
            let column = ring.column(&Figure::named(name)).unwrap();
            ring.points(column).map(|point| point.value).collect::<Vec<_>>()
        };
        assert_eq!(values("a"), [Some(2.0), Some(3.0), None]);
        assert_eq!(values("b"), [None, None, Some(9.0)]);
        assert_eq!(ring.column(&Figure::named("c")), None);
    }
}
