//! The ring itself: one row a sample, one cell a series.

use std::{
    collections::VecDeque,
    iter,
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
    /// Rows ever pushed: row number `n` is the `n % capacity`th of the cells.
    pushed: usize,
    series: Arc<Vec<Series>>,
    /// Row after row, so that a sample is written in one stretch. A NaN is a hole. It comes
    /// from here, for a finite value is checked before it gets here, and never leaves:
    /// [`Ring::points`] gives None for it.
    cells: Vec<f64>,
    /// Cells of a row.
    width: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    pub(super) time: SystemTime,
    pub(super) since_start: Duration,
    pub(super) gap: Option<Gap>,
}

/// One sample whole.
#[cfg(feature = "server")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sample {
    pub(crate) time: SystemTime,
    pub(crate) gap: Option<Gap>,
    /// In the order of the series.
    pub(crate) values: Vec<Option<f64>>,
}

const HOLE: f64 = f64::NAN;
/// Rows are as many times this wide.
const SPARE: usize = 16;

impl Ring {
    pub(super) fn new(capacity: usize) -> Self {
        let rows = VecDeque::with_capacity(capacity);
        let (series, cells) = (Arc::default(), Vec::new());
        Self { capacity, rows, pushed: 0, series, cells, width: 0 }
    }

    pub(super) fn push(&mut self, snapshot: &Snapshot) {
        if !Arc::ptr_eq(&self.series, &snapshot.series) {
            self.series = Arc::clone(&snapshot.series);
        }
        if self.series.len() > self.width {
            self.widen();
        }
        if self.rows.len() == self.capacity {
            self.rows.pop_front();
        }
        let Snapshot { time, since_start, gap, .. } = *snapshot;
        self.rows.push_back(Row { time, since_start, gap });
        let start = self.pushed % self.capacity * self.width;
        let values = snapshot.values.iter().map(|value| value.unwrap_or(HOLE));
        let cells = &mut self.cells[start..start + self.width];
        let mut each = values.chain(iter::repeat(HOLE));
        cells.fill_with(|| each.next().unwrap_or(HOLE));
        self.pushed += 1;
    }

    /// Makes room in each row for the series there are, and for some that may come.
    fn widen(&mut self) {
        let wider = self.series.len().next_multiple_of(SPARE);
        // Zeroed by the allocator: rows that are not pushed yet take no memory.
        let mut cells = vec![0.0; self.capacity * wider];
        for place in 0..self.rows.len() {
            let (from, to) = (place * self.width, place * wider);
            cells[to..to + wider].fill(HOLE);
            cells[to..to + self.width].copy_from_slice(&self.cells[from..from + self.width]);
        }
        (self.cells, self.width) = (cells, wider);
    }

    pub(super) fn series(&self) -> Arc<Vec<Series>> {
        Arc::clone(&self.series)
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn first(&self) -> Option<Row> {
        self.rows.front().copied()
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

    /// The samples up to that moment, oldest first, so many at most.
    #[cfg(feature = "server")]
    pub(super) fn samples(&self, until: Duration, most: usize) -> Vec<Sample> {
        let first = self.pushed - self.rows.len();
        let numbered = self.rows.iter().enumerate().rev();
        let latest = numbered.skip_while(|(_, row)| row.since_start > until).take(most);
        let mut samples: Vec<_> = latest
            .map(|(i, row)| {
                let start = (first + i) % self.capacity * self.width;
                let cells = &self.cells[start..start + self.series.len()];
                let values = cells.iter().map(|cell| Some(*cell).filter(|cell| !cell.is_nan()));
                Sample { time: row.time, gap: row.gap, values: values.collect() }
            })
            .collect();
        samples.reverse();
        samples
    }

    /// The samples of a column, oldest first.
    pub(super) fn points(&self, column: usize) -> impl Iterator<Item = Point> {
        let first = self.pushed - self.rows.len();
        self.rows.iter().enumerate().map(move |(i, row)| {
            let value = self.cells[(first + i) % self.capacity * self.width + column];
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

    #[cfg(feature = "server")]
    #[test]
    fn the_latest_samples_are_whole() {
        let mut ring = Ring::new(3);
        for second in 0..5 {
            ring.push(&snapshot(second, &["a", "b"], &[Some(second as f64), None]));
        }
        let until = |second| Duration::from_secs(second);
        let values = |samples: Vec<Sample>| {
            samples.into_iter().map(|sample| sample.values).collect::<Vec<_>>()
        };
        assert_eq!(values(ring.samples(until(3), 1)), [[Some(3.0), None]]);
        let all = [[Some(2.0), None], [Some(3.0), None], [Some(4.0), None]];
        assert_eq!(values(ring.samples(until(9), 9)), all);
    }
}
