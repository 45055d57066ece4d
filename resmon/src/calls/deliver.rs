//! Hands calls to a recorder of the program's own, through the `metrics` facade.
//!
//! Counters are exact. Durations go as the middle of their bucket, within 2 %. A recorder's
//! `record_many` may loop over every sample, so beyond [`SAMPLES_A_PASS`] of a function and
//! result in one pass the histogram's samples are thinned evenly and the thinning counted.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use metrics::{Key, Label, Level, Metadata, Recorder, Unit, with_recorder};

use super::{
    CallResult, CallSite, Measure,
    collector::{Collector, FunctionTotals, Pending, collected},
    route,
};
use crate::{clock::ticks, figure, selection::Selection};

/// Samples of one function and result that one pass gives to a foreign histogram.
const SAMPLES_A_PASS: u64 = 65_536;

static METADATA: Metadata<'static> = Metadata::new("resmon", Level::INFO, Some("resmon"));
static THINNED: AtomicU64 = AtomicU64::new(0);
static SELECTION: Mutex<Option<Arc<Selection>>> = Mutex::new(None);

/// Sets what is left out, and the labels of every series.
pub(crate) fn select(selection: Option<Arc<Selection>>) {
    *SELECTION.lock().unwrap_or_else(PoisonError::into_inner) = selection;
}

fn selection() -> Arc<Selection> {
    SELECTION.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default()
}

/// Samples left out of histograms so far.
pub(crate) fn thinned_samples() -> u64 {
    THINNED.load(Ordering::Relaxed)
}

/// Delivers every call that has ended to the program's global recorder, whoever installed it.
///
/// A running monitor does so at every tick. Without one, calls go to the recorder as they
/// end; those from before it was there go to it at the next call, or now.
///
/// # Examples
///
/// ```
/// #[resmon::counted]
/// fn greet() {}
///
/// greet();
/// resmon::flush();
/// ```
pub fn flush() {
    // From a thread of its own: a recorder that is local to this one gets what is its own only.
    route::on_fresh_thread(deliver);
}

/// As [`flush`], from a thread that has no local recorder.
pub(crate) fn deliver() {
    let foreign = route::has_foreign_recorder();
    let mut collector = collected();
    if foreign {
        let selection = selection();
        with_recorder(|recorder| hand_over(&mut collector, recorder, &selection));
    }
}

/// Only here does the mark of what was delivered move: a recorder took it.
fn hand_over(collector: &mut Collector, recorder: &dyn Recorder, selection: &Selection) {
    let rate = ticks::seconds_per_tick();
    for function in &mut collector.functions {
        if !selection.wants_function(&function.function, function.module) {
            continue;
        }
        announce(function, recorder, selection);
        for result in CallResult::ALL {
            if function.result(result).pending.calls == 0 {
                continue;
            }
            let labels = labels(&function.function, function.module, result, selection);
            let pending = &mut function.result_mut(result).pending;
            count(recorder, labels.clone(), pending.calls, selection);
            if selection.wants(figure::FUNCTION_CALLS_DURATION_SECONDS) {
                record(recorder, labels, pending, rate);
            }
            pending.calls = 0;
            pending.histogram.clear();
        }
    }
}

/// Describes the families, and shows a function that was never called as zero.
fn announce(function: &mut FunctionTotals, recorder: &dyn Recorder, selection: &Selection) {
    if std::mem::replace(&mut function.announced, true) {
        return;
    }
    describe(recorder);
    let error = function.fallible.then_some(CallResult::Error);
    for result in [CallResult::Ok].into_iter().chain(error) {
        let labels = labels(&function.function, function.module, result, selection);
        count(recorder, labels, 0, selection);
    }
}

fn describe(recorder: &dyn Recorder) {
    let help = |name| figure::definition(name).map(figure::Definition::help_shared);
    if let Some(help) = help(figure::FUNCTION_CALLS_TOTAL) {
        recorder.describe_counter(
            figure::FUNCTION_CALLS_TOTAL.into(),
            Some(Unit::Count),
            help.into(),
        );
    }
    if let Some(help) = help(figure::FUNCTION_CALLS_DURATION_SECONDS) {
        let name = figure::FUNCTION_CALLS_DURATION_SECONDS.into();
        recorder.describe_histogram(name, Some(Unit::Seconds), help.into());
    }
}

fn labels(
    function: &str,
    module: &'static str,
    result: CallResult,
    selection: &Selection,
) -> Vec<Label> {
    let mut labels = vec![Label::new("function", function.to_owned())];
    if !module.is_empty() {
        labels.push(Label::new("module", module));
    }
    labels.push(Label::new("result", result.as_str()));
    labels.extend(selection.facade_labels());
    labels
}

fn count(recorder: &dyn Recorder, labels: Vec<Label>, calls: u64, selection: &Selection) {
    if selection.wants(figure::FUNCTION_CALLS_TOTAL) {
        let key = Key::from_parts(figure::FUNCTION_CALLS_TOTAL, labels);
        recorder.register_counter(&key, &METADATA).increment(calls);
    }
}

fn record(recorder: &dyn Recorder, labels: Vec<Label>, pending: &Pending, seconds_per_tick: f64) {
    let all = pending.histogram.count();
    if all == 0 {
        return;
    }
    let key = Key::from_parts(figure::FUNCTION_CALLS_DURATION_SECONDS, labels);
    let histogram = recorder.register_histogram(&key, &METADATA);
    let kept = all.min(SAMPLES_A_PASS);
    let (mut seen, mut given) = (0_u128, 0_u128);
    for (ticks, count) in pending.histogram.iter() {
        // What is owed up to here, less what was given: the rounding never piles up.
        seen += u128::from(count);
        let owed = seen * u128::from(kept) / u128::from(all) - given;
        given += owed;
        histogram.record_many(ticks * seconds_per_tick, usize::try_from(owed).unwrap_or(0));
    }
    THINNED.fetch_add(all - kept, Ordering::Relaxed);
}

/// Gives one call to the recorder of this thread.
pub(super) fn directly<K: Measure>(site: &'static CallSite, result: CallResult, ticks: u64) {
    let selection = selection();
    let labels = labels(site.function(), site.module(), result, &selection);
    ticks::prepare();
    with_recorder(|recorder| {
        count(recorder, labels.clone(), 1, &selection);
        if K::CLOCK {
            let key = Key::from_parts(figure::FUNCTION_CALLS_DURATION_SECONDS, labels);
            let seconds = ticks as f64 * ticks::seconds_per_tick();
            recorder.register_histogram(&key, &METADATA).record(seconds);
        }
    });
}
