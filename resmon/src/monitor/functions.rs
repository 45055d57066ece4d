//! What a monitor tells as JSON of the functions.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use super::handle::Handle;
use crate::{
    calls::{self, FunctionPoint, FunctionStats, Period},
    server::{Query, Refused},
};

/// How much of the past is told unless a request says.
const LAST: Duration = Duration::from_mins(1);
/// Points of one function at most.
const MOST_POINTS: usize = 400;

/// Since the start of the process; with `last`, or `from` and `to`, in that time.
pub(super) fn all(handle: &Handle, query: &Query) -> Result<Vec<FunctionStats>, Refused> {
    Ok(match period(query)? {
        Some(period) => calls::functions_within(period),
        None => handle.functions(),
    })
}

/// A function over time.
#[derive(Serialize)]
pub(super) struct Course {
    /// In all that time together.
    function: FunctionStats,
    points: Vec<FunctionPoint>,
}

/// The function that is meant by `function`, its name, or by `id`, its number.
pub(super) fn course(query: &Query) -> Result<Option<Course>, Refused> {
    let (id, name) = (query.get::<usize>("id")?, query.all("function").next());
    if id.is_none() && name.is_none() {
        return Ok(None);
    }
    let period = period(query)?.unwrap_or_else(|| Period::last(LAST));
    let meant = |stats: &FunctionStats| match (id, name) {
        (Some(id), _) => stats.number() == id,
        (None, Some(name)) => stats.answers_to(name),
        (None, None) => false,
    };
    let found = calls::course(period, MOST_POINTS, meant);
    let asked = || match (id, name) {
        (None, Some(name)) => format!("{name:?}"),
        _ => format!("with the id {}", id.unwrap_or(0)),
    };
    let none = || Refused::not_found(format!("there is no function {}", asked()));
    let (function, points) = found.ok_or_else(none)?;
    Ok(Some(Course { function, points }))
}

/// The time a request asks for: the `last` seconds, or `from` one time `to` another, in seconds
/// since the Unix epoch.
fn period(query: &Query) -> Result<Option<Period>, Refused> {
    if let Some(last) = query.seconds("last")? {
        return Ok(Some(Period::last(last)));
    }
    let (from, to) = (query.moment("from")?, query.moment("to")?);
    if from.is_none() && to.is_none() {
        return Ok(None);
    }
    let from = from.unwrap_or(SystemTime::UNIX_EPOCH);
    Ok(Some(Period::Between(from, to)))
}
