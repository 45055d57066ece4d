//! What a monitor tells as JSON: to those who ask, and to those who look on.

use std::{collections::HashMap, fmt, sync::Arc, time::Duration};

use serde::Serialize;

use super::handle::{Handle, Shared};
use crate::{
    Figure,
    calls::{self, FunctionStats},
    figure,
    history::{Bucket, Point},
    serialize::seconds_since_epoch,
    server::{Api, Query, Refused},
    snapshot::{Gap, Series, Snapshot},
};

/// Series in one answer at most.
const MOST_SERIES: usize = 200;
/// How much of the past is told unless a request says.
const LAST: Duration = Duration::from_mins(1);

pub(super) fn tell(handle: &Handle, api: Api, query: &Query) -> Result<Vec<u8>, Refused> {
    let text = match api {
        Api::Snapshot => serde_json::to_vec(&handle.snapshot()),
        Api::Functions => serde_json::to_vec(&handle.functions()),
        Api::Figures => serde_json::to_vec(&figures(handle)),
        Api::History => history(handle, query)?,
    };
    text.map_err(|error| Refused::bad(error.to_string()))
}

#[derive(Serialize)]
struct Figures {
    figures: Vec<Described>,
}

#[derive(Serialize)]
struct Described {
    #[serde(flatten)]
    series: Series,
    help: String,
    /// Absent where it cannot be read now.
    value: Option<f64>,
}

fn figures(handle: &Handle) -> Figures {
    let now = handle.snapshot();
    let described = |series: &Series| Described {
        help: series.definition().help().to_owned(),
        value: now.get(series),
        series: series.clone(),
    };
    Figures { figures: handle.history().series().iter().map(described).collect() }
}

/// The samples of some series, each a value, or null, for every time.
#[derive(Serialize)]
struct Samples {
    time: Vec<f64>,
    /// From the start of the monitor.
    seconds: Vec<f64>,
    /// Why a sample does not follow on from the one before, by its place.
    gaps: Vec<(usize, Gap)>,
    series: Vec<Values>,
}

#[derive(Serialize)]
struct Values {
    #[serde(flatten)]
    series: Series,
    values: Vec<Option<f64>>,
}

/// What some series were, a stretch at a time.
#[derive(Serialize)]
struct Stretches {
    step: f64,
    series: Vec<Buckets>,
}

#[derive(Serialize)]
struct Buckets {
    #[serde(flatten)]
    series: Series,
    buckets: Vec<Bucket>,
}

fn history(handle: &Handle, query: &Query) -> Result<serde_json::Result<Vec<u8>>, Refused> {
    let history = handle.history();
    let all = history.series();
    let asked = asked_for(&all, query)?;
    let last = query.seconds("last")?.unwrap_or(LAST);
    if let Some(step) = query.seconds("step")? {
        let buckets = |series: &Series| Buckets {
            buckets: history.buckets(series, last, step),
            series: series.clone(),
        };
        let series = asked.into_iter().map(buckets).collect();
        return Ok(serde_json::to_vec(&Stretches { step: step.as_secs_f64(), series }));
    }
    // A sample may be taken between two columns: what is later than the first ends is left out.
    let columns: Vec<(Series, Vec<Point>)> =
        asked.into_iter().map(|series| (series.clone(), history.points(series))).collect();
    let latest = columns.iter().filter_map(|(_, points)| Some(points.last()?.since_start)).min();
    let latest = latest.unwrap_or_default();
    let inside = |point: &&Point| {
        let at = point.since_start;
        at <= latest && latest.saturating_sub(at) < last
    };
    let first = columns.first().map(|(_, points)| points.iter().filter(inside).collect::<Vec<_>>());
    let first = first.unwrap_or_default();
    let gap = |(place, point): (usize, &&Point)| Some((place, point.gap?));
    let samples = Samples {
        time: first.iter().map(|point| seconds_since_epoch(point.time)).collect(),
        seconds: first.iter().map(|point| point.since_start.as_secs_f64()).collect(),
        gaps: first.iter().enumerate().filter_map(gap).collect(),
        series: columns
            .iter()
            .map(|(series, points)| Values {
                series: series.clone(),
                values: points.iter().filter(inside).map(|point| point.value).collect(),
            })
            .collect(),
    };
    Ok(serde_json::to_vec(&samples))
}

/// The series of every `figure=` of the request: a name, or a name with labels in braces.
fn asked_for<'a>(all: &'a Arc<Vec<Series>>, query: &Query) -> Result<Vec<&'a Series>, Refused> {
    let mut asked: Vec<&Series> = Vec::new();
    for text in query.all("figure") {
        let before = asked.len();
        let figure = Figure::named(text.to_owned());
        asked.extend(all.iter().filter(|series| {
            series.to_string() == text || figure.selects(series.name(), &series.labels())
        }));
        if asked.len() == before {
            return Err(Refused::not_found(format!(
                "there is no figure {text:?}; /api/v1/figures lists those there are"
            )));
        }
    }
    if asked.is_empty() {
        return Err(Refused::bad("say which: figure=NAME, as often as there are names"));
    }
    if asked.len() > MOST_SERIES {
        let (found, most) = (asked.len(), MOST_SERIES);
        return Err(Refused::bad(format!("{found} series are too many for one answer, of {most}")));
    }
    Ok(asked)
}

/// What one who begins to look is told: who this is, and what the charts show of the past.
pub(super) fn start(handle: &Handle) -> (u64, String) {
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
    /// Samples of the past that are told.
    const PAST: usize = 3_600;

    #[derive(Serialize)]
    struct Start {
        about: About,
        sequence: u64,
        times: Vec<f64>,
        series: Vec<Listed>,
        values: Vec<(usize, Vec<Option<f64>>)>,
        functions: Vec<FunctionStats>,
    }

    #[derive(Serialize)]
    struct About {
        program: String,
        version: &'static str,
        pid: u32,
        host: String,
        interval: f64,
    }

    let now = handle.snapshot();
    let history = handle.history();
    let mut times: Option<Vec<(f64, bool)>> = None;
    let mut values = Vec::new();
    for (number, series) in now.series.iter().enumerate() {
        if !CHARTED.contains(&series.name()) && !is_own(series) {
            continue;
        }
        let mut points = history.points(series);
        // What was sampled since the snapshot comes with the next tick.
        points.retain(|point| point.since_start <= now.since_start());
        let points = &points[points.len().saturating_sub(PAST)..];
        let at = |point: &Point| (seconds_since_epoch(point.time), point.gap.is_some());
        let known = times.get_or_insert_with(|| points.iter().map(at).collect());
        let mut column = Vec::with_capacity(points.len());
        for point in &points[points.len().saturating_sub(known.len())..] {
            if point.gap.is_some() {
                column.push(None);
            }
            column.push(point.value);
        }
        values.push((number, column));
    }
    // A moment without values, so that no line is drawn over what is missing.
    let each = times.unwrap_or_default().into_iter();
    let times = each.flat_map(|(at, gap)| gap.then_some(at - 1e-3).into_iter().chain([at]));
    let start = Start {
        about: About {
            program: program(),
            version: env!("CARGO_PKG_VERSION"),
            pid: std::process::id(),
            host: crate::source::host_name(),
            interval: handle.0.view.interval.as_secs_f64(),
        },
        sequence: now.sequence(),
        times: times.collect(),
        series: now.series.iter().map(Listed::of).collect(),
        values,
        functions: handle.functions(),
    };
    (now.sequence(), serde_json::to_string(&start).unwrap_or_default())
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
    /// How often each function had been called, by its place in the list of functions.
    calls: HashMap<(&'static str, String), u64>,
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
            let known = (function.module(), function.title());
            // One that is under way may have changed without a call that ended.
            let busy = function.in_flight().is_some_and(|calls| calls > 0);
            self.calls.insert(known, function.calls()) != Some(function.calls()) || busy
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
