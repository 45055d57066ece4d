//! How large a future is, bare and under each attribute.

use std::{future::ready, mem::size_of_val};

/// What is alive across the await.
type Held = [u64; 4];

async fn bare(held: Held) -> u64 {
    ready(()).await;
    held[0]
}

#[resmon::timed]
async fn timed(held: Held) -> u64 {
    ready(()).await;
    held[0]
}

#[resmon::timed(cpu, in_flight)]
async fn timed_with_options(held: Held) -> u64 {
    ready(()).await;
    held[0]
}

#[resmon::timed]
fn timed_opaque(held: Held) -> impl Future<Output = u64> {
    bare(held)
}

#[hotpath::measure]
async fn with_hotpath(held: Held) -> u64 {
    ready(()).await;
    held[0]
}

#[function_timer::time("function_timer_seconds")]
async fn with_function_timer(held: Held) -> u64 {
    ready(()).await;
    held[0]
}

#[autometrics::autometrics]
async fn with_autometrics(held: Held) -> u64 {
    ready(()).await;
    held[0]
}

#[tracing::instrument(skip_all)]
async fn with_a_span(held: Held) -> u64 {
    ready(()).await;
    held[0]
}

/// Bytes of each.
pub(crate) fn sizes() -> [(&'static str, usize); 8] {
    let held = [0; 4];
    [
        ("bare async fn", size_of_val(&bare(held))),
        ("#[timed] async fn", size_of_val(&timed(held))),
        ("#[timed(cpu, in_flight)]", size_of_val(&timed_with_options(held))),
        ("#[timed] fn -> impl Future", size_of_val(&timed_opaque(held))),
        ("hotpath 0.30", size_of_val(&with_hotpath(held))),
        ("function-timer 0.9", size_of_val(&with_function_timer(held))),
        ("autometrics 3", size_of_val(&with_autometrics(held))),
        ("tracing span", size_of_val(&with_a_span(held))),
    ]
}
