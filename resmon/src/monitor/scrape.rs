//! The text that a scraper gets.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::handle::{Handle, Shared};
use crate::{
    calls::{Amount, CallResult, DEFAULT_BOUNDS, FunctionTotals, with_totals},
    figure,
    prometheus::{self, Foreign, FunctionAmount, FunctionSeries, HistogramData, Input, installed},
    sampler::Sampler,
    selection::Selection,
    snapshot::Snapshot,
};

/// Renders everything resmon knows now as Prometheus text.
///
/// With resmon's recorder that is all there is; with one of the program's own, resmon's
/// figures and functions, or the text of [`render_with`](crate::Builder::render_with) with
/// its TYPE lines put right. The figures are those of the latest tick, the calls those that
/// have ended; without a monitor the process is sampled on the spot.
///
/// # Examples
///
/// ```
/// let text = resmon::render();
/// assert!(text.contains("# TYPE process_cpu_seconds_total counter"));
/// ```
pub fn render() -> String {
    match Handle::current() {
        Some(handle) => of_monitor(&handle.0),
        None => text(&Sampler::process_now(), None, &Selection::default(), None),
    }
}

/// The text of one monitor.
pub(super) fn of_monitor(shared: &Shared) -> String {
    let ticks = shared.view.tick_durations();
    let ticks = HistogramData { bounds: &DEFAULT_BOUNDS, buckets: &ticks.buckets, sum: ticks.sum };
    let user = shared.render_with.as_ref().and_then(|render| {
        // If it panics, resmon's own figures are shown all the same.
        catch_unwind(AssertUnwindSafe(render)).ok()
    });
    text(&shared.view.snapshot(), Some(&ticks), &shared.view.selection, user.as_deref())
}

fn text(
    snapshot: &Snapshot,
    ticks: Option<&HistogramData<'_>>,
    selection: &Selection,
    user: Option<&str>,
) -> String {
    let own = installed();
    let exporter = own.as_ref().map(prometheus::Installed::exporter_text);
    let foreign = match (user, &own, &exporter) {
        (Some(text), _, _) => Foreign::User(text),
        (None, Some(own), Some(exporter)) => Foreign::Own { store: own.store(), exporter },
        _ => Foreign::None,
    };
    let name = |f: &FunctionTotals| (Arc::clone(&f.function), f.module);
    let names: Vec<_> = with_totals(|functions| functions.iter().map(name).collect());
    let wanted: Vec<_> =
        names.iter().map(|(f, module)| selection.wants_function(f, module)).collect();
    with_totals(|functions| {
        let wanted = functions.iter().zip(wanted).filter(|(f, wanted)| *wanted && !f.is_base);
        let wanted: Vec<_> = wanted.map(|(function, _)| function).collect();
        let functions: Vec<_> = wanted.iter().flat_map(|function| series(function)).collect();
        let amounts: Vec<_> = wanted.iter().flat_map(|function| amounts(function)).collect();
        prometheus::render(&Input {
            snapshot: Some(snapshot),
            functions: &functions,
            amounts: &amounts,
            sample_duration: ticks,
            foreign,
            labels: &selection.labels,
            skip: &|family| !selection.wants(family),
        })
    })
}

/// What is added up over the calls of a function.
fn amounts(function: &FunctionTotals) -> impl Iterator<Item = FunctionAmount<'_>> {
    let concurrent = figure::definition(figure::FUNCTION_CALLS_CONCURRENT);
    let in_flight = function.in_flight.map(|count| count as f64);
    let amounts = Amount::ALL.map(|amount| (amount.figure(), function.amount(amount)));
    amounts.into_iter().chain([(concurrent, in_flight)]).filter_map(|(figure, value)| {
        let (module, labels) = (function.module, function.labels);
        let function = &*function.function;
        Some(FunctionAmount { function, module, labels, figure: figure?, value: value? })
    })
}

/// The series of a function: a zero of each result that can be foreseen, and what there was.
fn series(function: &FunctionTotals) -> impl Iterator<Item = FunctionSeries<'_>> {
    CallResult::ALL.into_iter().filter_map(|result| {
        let totals = function.result(result);
        let foreseen = match result {
            CallResult::Ok => true,
            CallResult::Error => function.fallible,
            CallResult::Panic | CallResult::Cancelled => false,
        };
        let timed = totals.buckets.iter().any(|calls| *calls > 0);
        let (bounds, buckets) = (function.bounds, &totals.buckets);
        let duration = HistogramData { bounds, buckets, sum: totals.sum };
        (foreseen || totals.calls > 0).then_some(FunctionSeries {
            function: &function.function,
            module: function.module,
            result: result.as_str(),
            labels: function.labels,
            metric: function.metric,
            objective: function.objective,
            calls: totals.calls,
            duration: timed.then_some(duration),
        })
    })
}
