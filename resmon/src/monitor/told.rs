//! What a monitor tells as JSON to those who ask.

use std::{sync::Arc, time::Duration};

use serde::Serialize;

use super::{functions, handle::Handle};
use crate::{
    Figure,
    history::{Bucket, Point},
    serialize::seconds_since_epoch,
    server::{Api, Query, Refused},
    snapshot::{Gap, Series},
};

/// Series in one answer at most.
const MOST_SERIES: usize = 200;
/// Samples of all series together that are looked through for one answer.
const MOST_VALUES: usize = 500_000;
/// How much of the past is told unless a request says.
const LAST: Duration = Duration::from_mins(1);

pub(super) fn tell(handle: &Handle, api: Api, query: &Query) -> Result<Vec<u8>, Refused> {
    let text = match api {
        Api::Snapshot => serde_json::to_vec(&handle.snapshot()),
        Api::Functions => serde_json::to_vec(&functions::all(handle, query)?),
        Api::Figures => serde_json::to_vec(&figures(handle)),
        // The place of the alerts.
        Api::Alerts => serde_json::to_vec::<[(); 0]>(&[]),
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
    if let Some(course) = functions::course(query)? {
        return Ok(serde_json::to_vec(&course));
    }
    let history = handle.history();
    let all = history.series();
    let asked = asked_for(&all, query)?;
    let last = query.seconds("last")?.unwrap_or(LAST);
    let (from, to) = (query.moment("from")?, query.moment("to")?);
    if (from.is_some() || to.is_some()) && query.seconds("step")?.is_some() {
        return Err(Refused::bad("a step goes with last, not with from and to"));
    }
    if let Some(step) = query.seconds("step")? {
        let buckets = |series: &Series| Buckets {
            buckets: history.buckets(series, last, step),
            series: series.clone(),
        };
        let series = asked.into_iter().map(buckets).collect();
        return Ok(serde_json::to_vec(&Stretches { step: step.as_secs_f64(), series }));
    }
    if asked.len().saturating_mul(history.len()) > MOST_VALUES {
        return Err(Refused::bad(
            "that is too much for one answer: ask for fewer figures, or give a step",
        ));
    }
    // A sample may be taken between two columns: what is later than the first ends is left out.
    let columns: Vec<(Series, Vec<Point>)> =
        asked.into_iter().map(|series| (series.clone(), history.points(series))).collect();
    let latest = columns.iter().filter_map(|(_, points)| Some(points.last()?.since_start)).min();
    let latest = latest.unwrap_or_default();
    let inside = |point: &&Point| {
        let at = point.since_start;
        at <= latest
            && match (from, to) {
                (None, None) => latest.saturating_sub(at) < last,
                _ => {
                    from.is_none_or(|from| from <= point.time)
                        && to.is_none_or(|to| point.time <= to)
                }
            }
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
        return Err(Refused::bad(
            "say which: figure=NAME, as often as there are names, or function=NAME",
        ));
    }
    if asked.len() > MOST_SERIES {
        let (found, most) = (asked.len(), MOST_SERIES);
        return Err(Refused::bad(format!("{found} series are too many for one answer, of {most}")));
    }
    Ok(asked)
}
