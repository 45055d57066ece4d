//! Where a chart has its points from.

use std::{sync::Arc, time::Duration};

use crate::{Figure, History, snapshot::Series};

/// Figures over a stretch of time. Times are in seconds, from wherever the chart begins to count.
pub(crate) trait Timeline {
    /// What there is.
    fn series(&self) -> Arc<Vec<Series>>;

    /// The values of a series, oldest first; None where it was absent.
    fn points(&self, series: &Series) -> Vec<(f64, Option<f64>)>;

    /// The first and the last moment.
    fn range(&self) -> (f64, f64);

    /// How far two points are apart if nothing is missing.
    fn interval(&self) -> f64;

    /// For how long a reading of a series may have stood in for later ones: a gain over less
    /// time tells nothing.
    fn stands(&self, _: &Series) -> f64 {
        0.0
    }

    /// Moments with a name.
    fn marks(&self) -> Vec<(f64, String)> {
        Vec::new()
    }
}

/// The last so long of what a monitor keeps, counted backward from its latest sample.
pub(super) struct Kept {
    history: History,
    last: Duration,
    /// Of the monitor.
    interval: Duration,
}

impl Kept {
    pub(super) fn new(history: History, last: Duration, interval: Duration) -> Self {
        Self { history, last, interval }
    }

    /// How long a stretch is that is summed up: such that there are some thousand.
    fn step(&self) -> Duration {
        (self.last / 1_000).max(self.interval)
    }
}

impl Timeline for Kept {
    fn series(&self) -> Arc<Vec<Series>> {
        self.history.series()
    }

    fn points(&self, series: &Series) -> Vec<(f64, Option<f64>)> {
        let Some(latest) = self.history.latest() else { return Vec::new() };
        let ago = |at: Duration| -latest.saturating_sub(at).as_secs_f64();
        let from = latest.saturating_sub(self.last);
        if self.history.begins() <= from || self.step() == self.interval {
            let points = self.history.points(Figure::from(series)).into_iter();
            let points = points.filter(|point| point.since_start >= from);
            // Where something is missing before a sample, the line ends before it.
            let each = points.flat_map(|point| {
                let at = ago(point.since_start);
                point.gap.map(|_| (at, None)).into_iter().chain([(at, point.value)])
            });
            return each.collect();
        }
        let buckets = self.history.buckets(Figure::from(series), self.last, self.step());
        // The greatest and the least of each stretch, a half apart: no spike is lost.
        let half = self.step() / 2;
        let both = buckets.iter().flat_map(|bucket| {
            let at = bucket.since_start;
            [(ago(at), Some(bucket.min)), (ago(at + half), Some(bucket.max))]
        });
        both.collect()
    }

    fn stands(&self, series: &Series) -> f64 {
        let name = series.name();
        let starts = |start: &&str| name.starts_with(start);
        // What the sources of a monitor say of themselves.
        if ["container_", "node_pressure_", "resmon_memory_"].iter().any(starts) {
            4.9
        } else if ["node_disk_", "node_network_"].iter().any(starts) {
            0.9
        } else {
            0.09
        }
    }

    fn range(&self) -> (f64, f64) {
        (-self.last.as_secs_f64(), 0.0)
    }

    fn interval(&self) -> f64 {
        // Minutes are the longest stretches that are kept.
        let stretch = if self.last > Duration::from_hours(1) { 60.0 } else { 10.0 };
        let samples = self.step() == self.interval;
        if samples { self.interval.as_secs_f64() } else { self.step().as_secs_f64().max(stretch) }
    }
}
