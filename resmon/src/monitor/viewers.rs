//! What those who look at the page are told as it happens.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use serde::Serialize;

use super::{handle::Shared, start::Listed};
use crate::{
    calls::{self, FunctionStats},
    history::Sample,
    serialize::seconds_since_epoch,
    snapshot::Snapshot,
};

/// Samples come together where they are taken faster than anybody can look.
const PACE: Duration = Duration::from_millis(200);
/// Who missed more samples begins anew.
pub(super) const MOST_MISSED: u64 = 300;

/// Those who look on, and what they know.
pub(super) struct Viewers {
    shared: Arc<Shared>,
    series: usize,
    /// Samples they have not been told of.
    rows: Vec<Row>,
    /// When they were told last, in the time of the samples.
    told: Duration,
    /// How often each function had been called, by its number.
    calls: HashMap<usize, u64>,
}

/// What happened since the last time.
#[derive(Serialize)]
pub(super) struct Tick {
    /// Of the last sample.
    pub(super) sequence: u64,
    pub(super) rows: Vec<Row>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) series: Vec<Listed>,
    pub(super) functions: Vec<FunctionStats>,
}

/// A sample.
#[derive(Serialize)]
pub(super) struct Row {
    time: f64,
    gap: bool,
    values: Vec<Option<f64>>,
}

impl From<&Sample> for Row {
    fn from(sample: &Sample) -> Self {
        let Sample { time, gap, values } = sample;
        Self { time: seconds_since_epoch(*time), gap: gap.is_some(), values: values.clone() }
    }
}

impl From<&Snapshot> for Row {
    fn from(snapshot: &Snapshot) -> Self {
        let (time, gap) = (seconds_since_epoch(snapshot.time()), snapshot.gap().is_some());
        Self { time, gap, values: snapshot.values.clone() }
    }
}

impl Viewers {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let (rows, calls) = (Vec::new(), HashMap::new());
        Self { shared, series: 0, rows, told: Duration::ZERO, calls }
    }

    /// Tells of a sample; does nothing where nobody looks.
    pub(super) fn tell(&mut self, snapshot: &Snapshot) {
        if !self.shared.feed.has_viewers() {
            // Whoever comes is told everything.
            self.series = snapshot.series.len();
            self.rows.clear();
            self.calls.clear();
            return;
        }
        self.rows.push(snapshot.into());
        if snapshot.since_start().saturating_sub(self.told) < PACE {
            return;
        }
        self.told = snapshot.since_start();
        let new = snapshot.series.get(self.series..).unwrap_or_default();
        let series = new.iter().map(Listed::of).collect();
        self.series = snapshot.series.len();
        let functions = calls::functions_if(|number, calls, in_flight| {
            // One that is under way may have changed without a call that ended.
            let is_known = self.calls.insert(number, calls) == Some(calls);
            !is_known || in_flight.is_some_and(|calls| calls > 0)
        });
        let rows = std::mem::take(&mut self.rows);
        let tick = Tick { sequence: snapshot.sequence(), rows, series, functions };
        self.shared.feed.tell(&self.shared.feed.event("tick", snapshot.sequence(), &tick));
    }
}

impl fmt::Debug for Viewers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.feed.fmt(f)
    }
}
