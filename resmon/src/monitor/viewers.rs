//! What those who look at the page are told: first everything, then each sample.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use serde::Serialize;

use super::handle::{Handle, Shared};
use crate::{
    calls::{self, FunctionStats, Period},
    figure,
    history::Point,
    serialize::seconds_since_epoch,
    snapshot::{Series, Snapshot},
};

/// Series of which the past is told; of the others the present alone.
const CHARTED: [&str; 9] = [
    figure::PROCESS_CPU_UTILIZATION_RATIO,
    figure::SYSTEM_CPU_UTILIZATION_RATIO,
    figure::PROCESS_RESIDENT_MEMORY_BYTES,
    figure::PROCESS_HEAP_BYTES,
    figure::RESMON_MEMORY_LIMIT_BYTES,
    figure::PROCESS_DISK_IO_BYTES_TOTAL,
    figure::SYSTEM_NETWORK_RECEIVE_BYTES_PER_SECOND,
    figure::SYSTEM_NETWORK_TRANSMIT_BYTES_PER_SECOND,
    figure::RESMON_SAMPLER_CPU_SECONDS_TOTAL,
];
/// Figures of the program's own of which it is told too: as many as the page draws.
const OWN: usize = 12;
/// Samples of the past that are told.
const PAST: usize = 3_600;
/// How far back, and in how many parts, the calls of each function are told.
const SPARK: Duration = Duration::from_mins(1);
const SPARK_PARTS: usize = 30;

/// The values of a series in the past, by its place.
type Past = (usize, Vec<Option<f64>>);

#[derive(Serialize)]
struct Start {
    about: About,
    sequence: u64,
    times: Vec<f64>,
    series: Vec<Listed>,
    values: Vec<Past>,
    functions: Vec<Called>,
}

/// A function, and how often it was called in each part of the last minute.
#[derive(Serialize)]
struct Called {
    #[serde(flatten)]
    stats: FunctionStats,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    spark: Vec<u64>,
}

#[derive(Serialize)]
struct About {
    program: String,
    version: &'static str,
    pid: u32,
    host: String,
    interval: f64,
}

/// What one who begins to look is told: who this is, and what the charts show of the past.
pub(super) fn start(handle: &Handle) -> (u64, String) {
    let now = handle.snapshot();
    let (times, values) = past(handle, &now);
    let start = Start {
        about: About {
            program: program(),
            version: env!("CARGO_PKG_VERSION"),
            pid: std::process::id(),
            host: crate::source::host_name(),
            interval: handle.0.view.interval.as_secs_f64(),
        },
        sequence: now.sequence(),
        times,
        series: now.series.iter().map(Listed::of).collect(),
        values,
        functions: functions(handle),
    };
    (now.sequence(), serde_json::to_string(&start).unwrap_or_default())
}

fn functions(handle: &Handle) -> Vec<Called> {
    let mut sparks = calls::calls_by_part(Period::last(SPARK), SPARK_PARTS);
    let called = |stats: FunctionStats| {
        let spark = sparks.remove(&stats.number()).unwrap_or_default();
        Called { stats, spark }
    };
    handle.functions().into_iter().map(called).collect()
}

/// The times of the samples up to that one, and the values of the series that are charted. Before
/// a sample that does not follow on from the last one there is a moment without values, so that
/// no line is drawn over what is missing.
fn past(handle: &Handle, now: &Snapshot) -> (Vec<f64>, Vec<Past>) {
    let history = handle.history();
    let mut times: Option<Vec<f64>> = None;
    let (mut values, mut own) = (Vec::new(), 0);
    for (number, series) in now.series.iter().enumerate() {
        if is_own(series) {
            own += 1;
        }
        if !CHARTED.contains(&series.name()) && (!is_own(series) || own > OWN) {
            continue;
        }
        let mut points = history.points(series);
        // What was sampled since the snapshot comes with the next tick.
        points.retain(|point| point.since_start <= now.since_start());
        let points = &points[points.len().saturating_sub(PAST)..];
        let each = |point: &Point| {
            let at = seconds_since_epoch(point.time);
            let before = point.gap.map(|_| (at - 1e-3, None));
            before.into_iter().chain([(at, point.value)])
        };
        let (at, mut column): (Vec<f64>, Vec<_>) = points.iter().flat_map(each).unzip();
        // The history may have let go of a sample meanwhile.
        let known = times.get_or_insert(at).len();
        column.splice(..0, vec![None; known.saturating_sub(column.len())]);
        values.push((number, column.split_off(column.len() - known)));
    }
    (times.unwrap_or_default(), values)
}

fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_ref().and_then(|path| path.file_name());
    name.map_or_else(|| "this program".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Whether it is a figure of the program's own.
fn is_own(series: &Series) -> bool {
    figure::definition(series.name()).is_none()
}

#[derive(Serialize)]
struct Listed {
    #[serde(flatten)]
    series: Series,
    help: String,
    own: bool,
}

impl Listed {
    fn of(series: &Series) -> Self {
        let help = series.definition().help().to_owned();
        Self { help, own: is_own(series), series: series.clone() }
    }
}

/// Those who look on, and what they know.
pub(super) struct Viewers {
    shared: Arc<Shared>,
    series: usize,
    /// How often each function had been called, by its number.
    calls: HashMap<usize, u64>,
}

impl Viewers {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared, series: 0, calls: HashMap::new() }
    }

    /// Tells of a sample; does nothing where nobody looks.
    pub(super) fn tell(&mut self, snapshot: &Snapshot) {
        #[derive(Serialize)]
        struct Tick<'a> {
            sequence: u64,
            time: f64,
            gap: bool,
            values: &'a [Option<f64>],
            #[serde(skip_serializing_if = "Vec::is_empty")]
            series: Vec<Listed>,
            functions: Vec<FunctionStats>,
        }

        if !self.shared.feed.has_viewers() {
            // Whoever comes is told everything.
            self.series = snapshot.series.len();
            self.calls.clear();
            return;
        }
        let new = snapshot.series.get(self.series..).unwrap_or_default();
        let series = new.iter().map(Listed::of).collect();
        self.series = snapshot.series.len();
        let mut functions = calls::functions();
        functions.retain(|function| {
            // One that is under way may have changed without a call that ended.
            let busy = function.in_flight().is_some_and(|calls| calls > 0);
            let (number, calls) = (function.number(), function.calls());
            self.calls.insert(number, calls) != Some(calls) || busy
        });
        let tick = Tick {
            sequence: snapshot.sequence(),
            time: seconds_since_epoch(snapshot.time()),
            gap: snapshot.gap().is_some(),
            values: &snapshot.values,
            series,
            functions,
        };
        if let Ok(data) = serde_json::to_string(&tick) {
            self.shared.feed.tell("tick", snapshot.sequence(), &data);
        }
    }
}

impl fmt::Debug for Viewers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.shared.feed.fmt(f)
    }
}
