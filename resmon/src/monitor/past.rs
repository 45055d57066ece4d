//! What those who begin to look are told of the past: for each series that is charted a column,
//! with a value or none for every time.

use std::{collections::BTreeMap, time::Duration};

use super::handle::Handle;
use crate::{
    figure::{self, Kind},
    history::{Bucket, History, Point},
    serialize::seconds_since_epoch,
    snapshot::{Series, Snapshot},
};

/// Series of which the past is told; of the others the present alone.
const CHARTED: [&str; 12] = [
    figure::PROCESS_CPU_UTILIZATION_RATIO,
    figure::SYSTEM_CPU_UTILIZATION_RATIO,
    figure::PROCESS_RESIDENT_MEMORY_BYTES,
    figure::PROCESS_HEAP_BYTES,
    figure::RESMON_MEMORY_LIMIT_BYTES,
    figure::PROCESS_DISK_IO_BYTES_TOTAL,
    figure::SYSTEM_NETWORK_RECEIVE_BYTES_PER_SECOND,
    figure::SYSTEM_NETWORK_TRANSMIT_BYTES_PER_SECOND,
    figure::NODE_PRESSURE_CPU_WAITING_SECONDS_TOTAL,
    figure::NODE_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL,
    figure::NODE_PRESSURE_IO_WAITING_SECONDS_TOTAL,
    figure::RESMON_SAMPLER_CPU_SECONDS_TOTAL,
];
/// Figures of the program's own of which it is told too: as many as the page draws.
const OWN: usize = 12;
/// Samples that are told.
const SAMPLES: usize = 6_000;
/// Stretches of what is older, two values each.
const STRETCHES: u32 = 750;

/// The values of a series, by its place.
pub(super) type Column = (usize, Vec<Option<f64>>);

/// Whether it is a figure of the program's own.
pub(super) fn is_own(series: &Series) -> bool {
    figure::definition(series.name()).is_none()
}

/// The times up to that sample, and the columns. Before a sample that does not follow on from
/// the last one there is a moment without values, so that no line is drawn over what is missing.
pub(super) fn past(handle: &Handle, now: &Snapshot) -> (Vec<f64>, Vec<Column>) {
    let history = handle.history();
    let charted = charted(now);
    let (mut times, mut columns, first) = samples(&history, now, &charted);
    let (older_times, older) = older(&history, now, first, &charted);
    times.splice(..0, older_times);
    for ((_, column), older) in columns.iter_mut().zip(older) {
        column.splice(..0, older);
    }
    (times, columns)
}

fn charted(now: &Snapshot) -> Vec<(usize, &Series)> {
    let mut own = 0;
    let numbered = now.series.iter().enumerate();
    let is_charted = |(_, series): &(usize, &Series)| {
        own += usize::from(is_own(series));
        CHARTED.contains(&series.name()) || is_own(series) && own <= OWN
    };
    numbered.filter(is_charted).collect()
}

/// What is kept of every sample, and when the first of them was.
fn samples(
    history: &History,
    now: &Snapshot,
    charted: &[(usize, &Series)],
) -> (Vec<f64>, Vec<Column>, Duration) {
    let mut times: Option<Vec<f64>> = None;
    let mut first = now.since_start();
    let mut columns = Vec::new();
    for (number, series) in charted {
        let mut points = history.points(*series);
        // What was sampled since the snapshot comes with the next tick.
        points.retain(|point| point.since_start <= now.since_start());
        let points = &points[points.len().saturating_sub(SAMPLES)..];
        first = points.first().map_or(first, |point| point.since_start.min(first));
        let each = |point: &Point| {
            let at = seconds_since_epoch(point.time);
            let before = point.gap.map(|_| (at - 1e-3, None));
            before.into_iter().chain([(at, point.value)])
        };
        let (at, mut column): (Vec<f64>, Vec<_>) = points.iter().flat_map(each).unzip();
        // The history may have let go of a sample meanwhile.
        let known = times.get_or_insert(at).len();
        column.splice(..0, vec![None; known.saturating_sub(column.len())]);
        columns.push((*number, column.split_off(column.len() - known)));
    }
    (times.unwrap_or_default(), columns, first)
}

/// What is kept of the time before: the least and the greatest value of each stretch, so that no
/// spike is lost.
fn older(
    history: &History,
    now: &Snapshot,
    begins: Duration,
    charted: &[(usize, &Series)],
) -> (Vec<f64>, Vec<Vec<Option<f64>>>) {
    let reach = history.reach();
    let first = now.since_start().saturating_sub(reach);
    let before = begins.saturating_sub(first);
    if before.is_zero() {
        return (Vec::new(), vec![Vec::new(); charted.len()]);
    }
    let step = (before / STRETCHES).max(Duration::from_mins(1));
    let is_older = |bucket: &Bucket| bucket.since_start + step / 2 < begins;
    let buckets = charted.iter().map(|(_, series)| {
        let all = history.buckets(*series, reach, step).into_iter().filter(is_older);
        all.map(|bucket| (bucket.since_start, bucket)).collect::<BTreeMap<_, _>>()
    });
    let buckets: Vec<_> = buckets.collect();
    let all = buckets.iter().flatten().map(|(at, bucket)| (*at, seconds_since_epoch(bucket.time)));
    let all: BTreeMap<Duration, f64> = all.collect();
    let half = step.as_secs_f64() / 2.0;
    // Where stretches are missing, and before the first sample if it is far, a moment of nothing.
    let keys: Vec<Duration> = all.keys().copied().collect();
    let next = |place: usize| keys.get(place + 1).copied().unwrap_or(begins);
    let breaks = |place: usize| next(place).saturating_sub(keys[place]) > step + step / 2;
    let each = all.values().enumerate().flat_map(|(place, time)| {
        let nothing = breaks(place).then_some(*time + half + 1e-3);
        [*time, *time + half].into_iter().chain(nothing)
    });
    let times = each.collect();
    let columns = charted.iter().zip(&buckets).map(|((_, series), buckets)| {
        let counts = series.definition().kind() == Kind::Counter;
        let both = |at: &Duration| match buckets.get(at) {
            // Half of what it gains in the first half.
            Some(bucket) if counts => [bucket.min, bucket.min.midpoint(bucket.max)].map(Some),
            Some(bucket) => [bucket.min, bucket.max].map(Some),
            None => [None; 2],
        };
        let each = keys
            .iter()
            .enumerate()
            .flat_map(|(place, at)| both(at).into_iter().chain(breaks(place).then_some(None)));
        each.collect()
    });
    (times, columns.collect())
}
