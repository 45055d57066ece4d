//! Hands calls to a recorder of the program's own, through the `metrics` facade.
//!
//! Counters are exact. Durations go as the middle of their bucket, within 2 %. A recorder's
//! `record_many` may loop over every sample, so beyond [`SAMPLES_A_PASS`] of a function and
//! result in one pass the histogram's samples are thinned evenly and the thinning counted.
//!
//! The program's recorder and filter run without any lock that reading the totals takes: a
//! recorder that hangs keeps nobody from rendering.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use metrics::{Key, Label, Level, Metadata, Recorder, Unit, with_recorder};

use super::{
    Amount, Amounts, CallResult, CallSite, Measure, Measured, Metric, Objective,
    collector::{self, Pending, Undelivered},
    inside::{self, Inside, during},
    route,
};
use crate::{
    clock::ticks,
    figure,
    fork::{PerProcess, per_process},
    selection::Selection,
};

/// Samples of one function and result that one pass gives to a foreign histogram.
const SAMPLES_A_PASS: u64 = 65_536;

static METADATA: Metadata<'static> = Metadata::new("resmon", Level::INFO, Some("resmon"));
static THINNED: AtomicU64 = AtomicU64::new(0);
static SELECTION: PerProcess<Option<Arc<Selection>>> = per_process!(None);
/// Held while a recorder is given calls: who comes second finds them delivered.
static DELIVERING: PerProcess<()> = per_process!(());

/// Sets what is left out, and the labels of every series.
pub(crate) fn select(selection: Option<Arc<Selection>>) {
    *SELECTION.lock() = selection;
}

fn selection() -> Arc<Selection> {
    SELECTION.lock().clone().unwrap_or_default()
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
    // A recorder that flushes while it is being told would wait for itself.
    if inside::now() == Inside::Recorder {
        return;
    }
    let selection = selection();
    if route::is_here() {
        deliver(&selection);
    } else {
        // From a thread of its own: a local recorder of this one gets only what is its own.
        route::on_fresh_thread(|| deliver(&selection));
    }
}

/// As [`flush`], from a thread that has no local recorder.
pub(crate) fn deliver(selection: &Selection) {
    if !route::has_foreign_recorder() {
        return collector::collect();
    }
    let _turn = DELIVERING.lock();
    let undelivered = collector::take_undelivered();
    during(Inside::Recorder, || {
        with_recorder(|recorder| {
            for function in undelivered {
                if selection.wants_function(&function.function, function.module) {
                    guarded(|| hand_over(&function, recorder, selection));
                }
            }
        });
    });
}

/// Keeps a panic of the program's recorder from the program.
fn guarded(tell: impl FnOnce()) {
    static REPORTED: AtomicBool = AtomicBool::new(false);

    if catch_unwind(AssertUnwindSafe(tell)).is_err() && !REPORTED.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            target: "resmon",
            "the program's metrics recorder panics; what it was given then is lost to it",
        );
    }
}

fn hand_over(function: &Undelivered, recorder: &dyn Recorder, selection: &Selection) {
    if function.first {
        announce(function, recorder, selection);
    }
    let own =
        function_labels(function.function.clone(), function.module, function.labels, selection);
    for amount in Amount::ALL.into_iter().filter(|amount| function.measured.has(*amount)) {
        add(recorder, own.clone(), amount, function.amounts[amount as usize], selection);
    }
    if let Some(count) = function.in_flight
        && selection.wants(figure::FUNCTION_CALLS_CONCURRENT)
    {
        let key = Key::from_parts(figure::FUNCTION_CALLS_CONCURRENT, own.clone());
        recorder.register_gauge(&key, &METADATA).set(count as f64);
    }
    let rate = ticks::seconds_per_tick();
    for (result, pending) in CallResult::ALL.into_iter().zip(&function.pending) {
        if pending.calls > 0 {
            let Objective { calls, durations, .. } = function.objective;
            let labels = with_result(own.clone(), result);
            count(recorder, with(labels.clone(), calls), pending.calls, selection);
            let family = family(function.metric);
            if selection.wants(family) {
                record(recorder, family, with(labels, durations), pending, rate);
            }
        }
    }
}

/// Describes the families, and shows a function that was never called as zero.
fn announce(function: &Undelivered, recorder: &dyn Recorder, selection: &Selection) {
    describe(recorder, function.measured, function.metric);
    let own =
        function_labels(function.function.clone(), function.module, function.labels, selection);
    let error = function.fallible.then_some(CallResult::Error);
    for result in [CallResult::Ok].into_iter().chain(error) {
        let labels = with(with_result(own.clone(), result), function.objective.calls);
        count(recorder, labels, 0, selection);
    }
}

fn describe(recorder: &dyn Recorder, measured: Measured, metric: Option<Metric>) {
    if let Some(Metric { name, help }) = metric {
        recorder.describe_histogram(name.into(), Some(Unit::Seconds), help.into());
    }
    let help = |name| figure::definition(name).map(figure::Definition::help_shared);
    if let Some(help) = help(figure::FUNCTION_CALLS_CONCURRENT) {
        let name = figure::FUNCTION_CALLS_CONCURRENT.into();
        recorder.describe_gauge(name, Some(Unit::Count), help.into());
    }
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
    for amount in Amount::ALL.into_iter().filter(|amount| measured.has(*amount)) {
        let Some(figure) = amount.figure() else { continue };
        let (name, help) = (figure.name_shared(), figure.help_shared().into());
        if figure.is_fractional() {
            recorder.describe_gauge(name.into(), Some(Unit::Seconds), help);
        } else {
            let unit = if figure.unit() == figure::Unit::Bytes { Unit::Bytes } else { Unit::Count };
            recorder.describe_counter(name.into(), Some(unit), help);
        }
    }
}

/// The family of the durations.
fn family(metric: Option<Metric>) -> &'static str {
    metric.map_or(figure::FUNCTION_CALLS_DURATION_SECONDS, |metric| metric.name)
}

fn function_labels(
    function: Arc<str>,
    module: &'static str,
    more: &[(&'static str, &'static str)],
    selection: &Selection,
) -> Vec<Label> {
    let mut labels = vec![Label::new("function", function)];
    if !module.is_empty() {
        labels.push(Label::new("module", module));
    }
    labels = with(labels, more);
    selection.add_labels(&mut labels);
    labels
}

fn with(mut labels: Vec<Label>, more: &[(&'static str, &'static str)]) -> Vec<Label> {
    labels.extend(more.iter().map(|(key, value)| Label::new(*key, *value)));
    labels
}

fn with_result(mut labels: Vec<Label>, result: CallResult) -> Vec<Label> {
    labels.push(Label::new("result", result.as_str()));
    labels
}

/// Adds to an amount, which is a gauge where the facade's counters cannot carry it.
fn add(
    recorder: &dyn Recorder,
    labels: Vec<Label>,
    amount: Amount,
    value: f64,
    selection: &Selection,
) {
    let Some(figure) = amount.figure().filter(|figure| selection.wants(figure.name())) else {
        return;
    };
    let key = Key::from_parts(figure.name_shared(), labels);
    if figure.is_fractional() {
        recorder.register_gauge(&key, &METADATA).increment(value);
    } else {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        recorder.register_counter(&key, &METADATA).increment(value as u64);
    }
}

fn count(recorder: &dyn Recorder, labels: Vec<Label>, calls: u64, selection: &Selection) {
    if selection.wants(figure::FUNCTION_CALLS_TOTAL) {
        let key = Key::from_parts(figure::FUNCTION_CALLS_TOTAL, labels);
        recorder.register_counter(&key, &METADATA).increment(calls);
    }
}

fn record(
    recorder: &dyn Recorder,
    family: &'static str,
    labels: Vec<Label>,
    pending: &Pending,
    seconds_per_tick: f64,
) {
    let all = pending.histogram.count();
    if all == 0 {
        return;
    }
    let key = Key::from_parts(family, labels);
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
pub(super) fn directly<K: Measure>(
    site: &'static CallSite,
    result: CallResult,
    ticks: u64,
    amounts: Option<&Amounts>,
) {
    let selection = selection();
    if !selection.wants_function(site.function(), site.module()) {
        return;
    }
    let own = function_labels(site.function().into(), site.module(), site.labels(), &selection);
    let labels = with_result(own.clone(), result);
    let rate = (K::CLOCK || amounts.is_some()).then(rate).unwrap_or_default();
    let seconds = K::CLOCK.then_some(ticks as f64 * rate);
    guarded(|| {
        with_recorder(|recorder| {
            let Objective { calls, durations, .. } = site.what_to_keep_to();
            count(recorder, with(labels.clone(), calls), 1, &selection);
            for amount in Amount::ALL.into_iter().filter(|amount| site.measured().has(*amount)) {
                let Some(amounts) = amounts else { break };
                let value = amounts.get(amount) as f64 * amount.scale(rate);
                add(recorder, own.clone(), amount, value, &selection);
            }
            let family = family(site.own_metric());
            if let Some(seconds) = seconds
                && selection.wants(family)
            {
                let key = Key::from_parts(family, with(labels, durations));
                recorder.register_histogram(&key, &METADATA).record(seconds);
            }
        });
    });
}

fn rate() -> f64 {
    ticks::prepare();
    ticks::seconds_per_tick()
}
