//! What one who begins to look at the page is told: who this is, and what was.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::{
    handle::Handle,
    past::{Column, is_own, past},
    viewers::{MOST_MISSED, Tick},
};
use crate::{
    calls::{self, FunctionStats},
    server::Event,
    snapshot::Series,
};

/// The calls of each function are told for parts of the last minute so long, and so many.
const SPARK_PART: Duration = Duration::from_secs(2);
const SPARK_PARTS: usize = 30;

#[derive(Serialize)]
struct Start {
    about: About,
    sequence: u64,
    times: Vec<f64>,
    series: Vec<Listed>,
    values: Vec<Column>,
    /// Every series now.
    now: Vec<Option<f64>>,
    functions: Vec<Called>,
}

#[derive(Serialize)]
struct About {
    program: String,
    version: &'static str,
    pid: u32,
    host: String,
    labels: Vec<(String, String)>,
    interval: f64,
    /// Whether `/chart.svg` and `/chart.png` are there.
    charts: bool,
}

/// A function, and how often it was called in each part of the last minute.
#[derive(Serialize)]
struct Called {
    #[serde(flatten)]
    stats: FunctionStats,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    spark: Vec<u64>,
}

/// A series, and what is to be known of it.
#[derive(Serialize)]
pub(super) struct Listed {
    #[serde(flatten)]
    series: Series,
    help: String,
    own: bool,
}

impl Listed {
    pub(super) fn of(series: &Series) -> Self {
        let help = series.definition().help().to_owned();
        Self { help, own: is_own(series), series: series.clone() }
    }
}

/// Everything; or, where somebody comes back who was told of a sample not long ago, what came
/// after it.
pub(super) fn begin(handle: &Handle, told: Option<&str>) -> Event {
    let now = handle.snapshot();
    let feed = &handle.0.feed;
    let missed = told.and_then(|id| now.sequence().checked_sub(feed.sequence_of(id)?));
    if let Some(missed) = missed.filter(|missed| *missed <= MOST_MISSED) {
        let most = usize::try_from(missed).unwrap_or_default();
        let samples = handle.history().rows(now.since_start(), most);
        if samples.len() == most {
            let series = now.series.iter().map(Listed::of).collect();
            let rows = samples.iter().map(Into::into).collect();
            let tick =
                Tick { sequence: now.sequence(), rows, series, functions: handle.functions() };
            return feed.event("tick", now.sequence(), &tick);
        }
    }
    feed.first_event(now.sequence(), || {
        let (times, values) = past(handle, &now);
        Start {
            about: About::of(handle),
            sequence: now.sequence(),
            times,
            series: now.series.iter().map(Listed::of).collect(),
            values,
            now: now.values.clone(),
            functions: functions(handle),
        }
    })
}

impl About {
    fn of(handle: &Handle) -> Self {
        Self {
            program: program(),
            version: env!("CARGO_PKG_VERSION"),
            pid: std::process::id(),
            host: crate::source::host_name(),
            labels: handle.0.view.selection.labels.clone(),
            interval: handle.0.view.interval.as_secs_f64(),
            charts: cfg!(feature = "chart"),
        }
    }
}

fn functions(handle: &Handle) -> Vec<Called> {
    // The parts begin where those of a viewer's own clock do.
    let part = SPARK_PART.as_secs();
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs();
    let until = SystemTime::UNIX_EPOCH + Duration::from_secs((since / part + 1) * part);
    let mut sparks = calls::calls_by_part(until, SPARK_PART, SPARK_PARTS);
    let called = |stats: FunctionStats| {
        let spark = sparks.remove(&stats.number()).unwrap_or_default();
        Called { stats, spark }
    };
    handle.functions().into_iter().map(called).collect()
}

fn program() -> String {
    let path = std::env::current_exe().ok();
    let name = path.as_ref().and_then(|path| path.file_name());
    name.map_or_else(|| "this program".to_owned(), |name| name.to_string_lossy().into_owned())
}
