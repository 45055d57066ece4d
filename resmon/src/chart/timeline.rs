//! Where a chart has its points from.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

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

    /// When the zero of its times was, by the wall clock.
    fn zero(&self) -> Option<SystemTime>;

    /// Moments with a name.
    fn marks(&self) -> Vec<(f64, String)> {
        Vec::new()
    }
}

/// A part of what a monitor keeps, counted backward from its latest sample.
pub(super) struct Kept {
    history: History,
    /// How long before that it begins, and ends.
    from: Duration,
    to: Duration,
    /// Of the monitor.
    interval: Duration,
}

impl Kept {
    /// The last so long.
    pub(super) fn last(history: History, length: Duration, interval: Duration) -> Self {
        Self { history, from: length, to: Duration::ZERO, interval }
    }

    /// From one time to another by the wall clock; a missing end is that of what is kept.
    pub(super) fn within(
        history: History,
        from: Option<SystemTime>,
        to: Option<SystemTime>,
        interval: Duration,
    ) -> Self {
        let latest = history.latest_time();
        let before = |time: SystemTime| latest.and_then(|latest| latest.duration_since(time).ok());
        let to = to.and_then(before).unwrap_or_default();
        let from = from.map_or_else(|| Some(history.reach()), before).unwrap_or_default();
        Self { from: from.max(to + interval), to, history, interval }
    }

    fn length(&self) -> Duration {
        self.from.saturating_sub(self.to)
    }

    /// How long a stretch is that is summed up: such that there are some thousand.
    fn step(&self) -> Duration {
        (self.length() / 1_000).max(self.interval)
    }
}

impl Timeline for Kept {
    fn series(&self) -> Arc<Vec<Series>> {
        self.history.series()
    }

    fn points(&self, series: &Series) -> Vec<(f64, Option<f64>)> {
        let Some(latest) = self.history.latest() else { return Vec::new() };
        let ago = |at: Duration| -latest.saturating_sub(at).as_secs_f64();
        let (from, to) = (latest.saturating_sub(self.from), latest.saturating_sub(self.to));
        let inside = |at: Duration| (from..=to).contains(&at);
        if self.history.begins() <= from || self.step() == self.interval {
            let points = self.history.points(Figure::from(series)).into_iter();
            let points = points.filter(|point| inside(point.since_start));
            // Where something is missing before a sample, the line ends before it.
            let each = points.flat_map(|point| {
                let at = ago(point.since_start);
                point.gap.map(|_| (at, None)).into_iter().chain([(at, point.value)])
            });
            return each.collect();
        }
        let buckets = self.history.buckets(Figure::from(series), self.from, self.step());
        let buckets = buckets.into_iter().filter(|bucket| bucket.since_start <= to);
        // The greatest and the least of each stretch, a half apart: no spike is lost.
        let half = self.step() / 2;
        let both = buckets.flat_map(|bucket| {
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
        (-self.from.as_secs_f64(), -self.to.as_secs_f64())
    }

    fn zero(&self) -> Option<SystemTime> {
        self.history.latest_time()
    }

    fn interval(&self) -> f64 {
        // Minutes are the longest stretches that are kept.
        let stretch = if self.length() > Duration::from_hours(1) { 60.0 } else { 10.0 };
        let samples = self.step() == self.interval;
        if samples { self.interval.as_secs_f64() } else { self.step().as_secs_f64().max(stretch) }
    }
}
