//! What the functions did in a part of the past, together and over time.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use super::{
    CallResult, FunctionStats, Period, activity::Activity, collector, collector::Recent,
    past::Stretch,
};
use crate::clock::ticks;

/// What a function did in a short stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct FunctionPoint {
    /// The end of the stretch by the wall clock.
    pub time: SystemTime,
    /// How long it is.
    pub length: Duration,
    /// Calls that ended in it, whatever their result.
    pub calls: u64,
    /// Those that returned an `Err`.
    pub errors: u64,
    /// Those that panicked.
    pub panics: u64,
    /// Those whose future was dropped.
    pub cancelled: u64,
    /// Time spent in them.
    pub total: Duration,
    /// What half of them kept to, within 2 %; absent where none was timed.
    pub p50: Option<Duration>,
    /// What 95 of 100 kept to, within 2 %; absent where none was timed.
    pub p95: Option<Duration>,
    /// What 99 of 100 kept to, within 2 %; absent where none was timed.
    pub p99: Option<Duration>,
    /// The longest, within 2 %; absent where none was timed.
    pub max: Option<Duration>,
}

/// Every annotated function, and what it did in that period; the longest in total first.
pub(crate) fn functions_within(period: Period) -> Vec<FunctionStats> {
    let Recent { stretches, mut open, functions, seconds } = collector::recent(period, None);
    let mut all: BTreeMap<usize, Activity> = BTreeMap::new();
    for stretch in &stretches {
        stretch.add_to(&mut all);
    }
    for (function, activity) in open.drain(..) {
        all.entry(function).or_default().merge(&activity);
    }
    let per_tick = ticks::seconds_per_tick();
    let nothing = Activity::default();
    let did = |number| all.get(&number).unwrap_or(&nothing);
    let functions = functions.into_iter();
    let functions = functions.map(|stats| {
        let activity = did(stats.number());
        stats.doing(activity, per_tick, seconds)
    });
    let mut functions: Vec<_> = functions.collect();
    FunctionStats::sort(&mut functions);
    functions
}

/// What the function of that title did in that period, in so many stretches at most; None where
/// there is no such function.
pub(crate) fn course(
    period: Period,
    most: usize,
    is_meant: impl Fn(&FunctionStats) -> bool,
) -> Option<(FunctionStats, Vec<FunctionPoint>)> {
    let recent = collector::recent(period, Some(&is_meant));
    let stats = recent.functions.into_iter().next()?;
    let number = stats.number();
    let per_tick = ticks::seconds_per_tick();
    let mut whole = Activity::default();
    let mut points = Vec::new();
    for stretches in together(&recent.stretches, most) {
        let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { continue };
        let mut activity = Activity::default();
        for stretch in stretches {
            stretch.add_one(number, &mut activity);
        }
        whole.merge(&activity);
        // With the time between them, in which nothing was called.
        let length = first.length_to(last);
        points.push(FunctionPoint::of(&activity, last.time(), length, per_tick));
    }
    recent.open.iter().filter(|(f, _)| *f == number).for_each(|(_, open)| whole.merge(open));
    Some((stats.doing(&whole, per_tick, recent.seconds), points))
}

/// Stretches in groups of about the same time, so many groups at most.
fn together(stretches: &[Stretch], most: usize) -> impl Iterator<Item = &[Stretch]> {
    let whole = stretches.first().zip(stretches.last());
    let whole = whole.map_or(Duration::ZERO, |(first, last)| first.length_to(last));
    let each = if stretches.len() > most { whole.as_secs_f64() / most.max(1) as f64 } else { 0.0 };
    let start = stretches.first();
    let group = move |stretch: &Stretch| match start {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number")]
        Some(start) if each > 0.0 => (start.length_to(stretch).as_secs_f64() / each) as u64,
        _ => 0,
    };
    stretches.chunk_by(move |one, next| each > 0.0 && group(one) == group(next))
}

/// How often each function was called in each of so many parts of the time up to that moment, by
/// its number; those that were not are left out.
#[cfg(feature = "server")]
pub(crate) fn calls_by_part(
    until: SystemTime,
    each: Duration,
    parts: usize,
) -> BTreeMap<usize, Vec<u64>> {
    let whole = each.saturating_mul(u32::try_from(parts).unwrap_or(u32::MAX));
    let from = until.checked_sub(whole).unwrap_or(SystemTime::UNIX_EPOCH);
    let recent = collector::recent(Period::Between(from, Some(until)), Some(&|_| false));
    let mut all: BTreeMap<usize, Vec<u64>> = BTreeMap::new();
    for stretch in &recent.stretches {
        let mut activities = BTreeMap::new();
        stretch.add_to(&mut activities);
        let since = stretch.time().duration_since(from).unwrap_or_default();
        let part = since.as_nanos() / each.as_nanos().max(1);
        let part = usize::try_from(part).unwrap_or(parts).min(parts - 1);
        for (function, activity) in activities {
            let counts = all.entry(function).or_insert_with(|| vec![0; parts]);
            counts[part] += activity.calls.iter().sum::<u64>();
        }
    }
    all
}

impl FunctionPoint {
    fn of(activity: &Activity, time: SystemTime, length: Duration, per_tick: f64) -> Self {
        let quantile = |q| {
            let ticks = activity.histogram.quantile(q)?;
            Duration::try_from_secs_f64(ticks * per_tick).ok()
        };
        let with = |result| activity.calls[result as usize];
        Self {
            time,
            length,
            calls: activity.calls.iter().sum(),
            errors: with(CallResult::Error),
            panics: with(CallResult::Panic),
            cancelled: with(CallResult::Cancelled),
            total: Duration::from_nanos(activity.nanoseconds),
            p50: quantile(0.5),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: quantile(1.0),
        }
    }
}
