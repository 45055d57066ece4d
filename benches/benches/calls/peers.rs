//! What other crates and hand-written code do for the same.

use std::{hint::black_box, time::Instant};

use crate::way::{Way, body};

#[inline(never)]
fn bare(n: u64) -> u64 {
    body(n)
}

/// The floor: nothing can time a call for less.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[allow(unsafe_code, reason = "the instruction has no safe wrapper")]
fn two_counter_reads(n: u64) -> u64 {
    use std::arch::x86_64::_rdtsc;
    // SAFETY: every x86_64 CPU has RDTSC.
    let before = unsafe { _rdtsc() };
    let value = body(n);
    // SAFETY: as above.
    black_box(unsafe { _rdtsc() }.wrapping_sub(before));
    value
}

#[inline(never)]
fn two_instants(n: u64) -> u64 {
    let start = Instant::now();
    let value = body(n);
    black_box(start.elapsed());
    value
}

#[inline(never)]
fn histogram_by_name(n: u64) -> u64 {
    let start = Instant::now();
    let value = body(n);
    metrics::histogram!("by_name_seconds").record(start.elapsed().as_secs_f64());
    value
}

#[inline(never)]
fn histogram_cached(n: u64, histogram: &metrics::Histogram) -> u64 {
    let start = Instant::now();
    let value = body(n);
    histogram.record(start.elapsed().as_secs_f64());
    value
}

#[hotpath::measure]
#[inline(never)]
fn with_hotpath(n: u64) -> u64 {
    body(n)
}

#[autometrics::autometrics]
#[inline(never)]
fn with_autometrics(n: u64) -> u64 {
    body(n)
}

#[function_timer::time("function_timer_seconds")]
#[inline(never)]
fn with_function_timer(n: u64) -> u64 {
    body(n)
}

/// No subscriber is interested in it.
#[tracing::instrument(level = "trace", skip_all)]
#[inline(never)]
fn with_a_span_for_nobody(n: u64) -> u64 {
    body(n)
}

/// The subscriber writes when it closes, as text to a sink.
#[tracing::instrument(skip_all)]
#[inline(never)]
fn with_a_span(n: u64) -> u64 {
    body(n)
}

#[derive(Default)]
struct Metered {
    metrics: MeteredRegistry,
}

#[metered::metered(registry = MeteredRegistry)]
impl Metered {
    #[measure(metered::ResponseTime)]
    #[inline(never)]
    fn call(&self, n: u64) -> u64 {
        body(n)
    }
}

/// What is timed by nothing, or by hand.
pub(crate) fn floors() -> Vec<Way<'static>> {
    vec![
        Way::new("bare call", bare),
        #[cfg(target_arch = "x86_64")]
        Way::new("two raw counter reads", two_counter_reads),
        Way::new("two Instants", two_instants),
    ]
}

/// The others.
pub(crate) fn peers() -> Vec<Way<'static>> {
    let cached = metrics::histogram!("cached_seconds");
    let metered = Metered::default();
    vec![
        Way::new("hotpath 0.30", with_hotpath),
        Way::new("metered 0.9, ResponseTime", move |n| metered.call(n)),
        Way::new("histogram, cached by hand", move |n| histogram_cached(n, &cached)),
        Way::new("histogram!, by name", histogram_by_name),
        Way::new("function-timer 0.9", with_function_timer),
        Way::new("autometrics 3", with_autometrics),
        Way::new("tracing span, nobody listens", with_a_span_for_nobody),
        Way::new("tracing span, to a sink", with_a_span),
    ]
}
