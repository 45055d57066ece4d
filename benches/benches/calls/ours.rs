//! resmon's attributes on the same function.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
};

use crate::way::body;

#[resmon::timed]
#[inline(never)]
pub(crate) fn timed(n: u64) -> u64 {
    body(n)
}

/// A second one of the kind, as every real program has.
#[resmon::timed]
#[inline(never)]
pub(crate) fn timed_too(n: u64) -> u64 {
    body(n)
}

#[resmon::timed]
#[inline(never)]
pub(crate) fn timed_result(n: u64) -> Result<u64, String> {
    Ok(body(n))
}

#[resmon::counted]
#[inline(never)]
pub(crate) fn counted(n: u64) -> u64 {
    body(n)
}

#[resmon::timed(in_flight)]
#[inline(never)]
pub(crate) fn in_flight(n: u64) -> u64 {
    body(n)
}

#[resmon::timed(labels(parity = n % 2))]
#[inline(never)]
pub(crate) fn labelled(n: u64) -> u64 {
    body(n)
}

#[resmon::timed(cpu)]
#[inline(never)]
pub(crate) fn cpu(n: u64) -> u64 {
    body(n)
}

/// No subscriber is interested in it.
#[resmon::log_execution_time(level = "trace")]
#[inline(never)]
pub(crate) fn logged_to_nobody(n: u64) -> u64 {
    body(n)
}

/// The subscriber writes it as JSON to a sink.
#[resmon::log_execution_time]
#[inline(never)]
pub(crate) fn logged(n: u64) -> u64 {
    body(n)
}

#[resmon::timed]
async fn timed_async(n: u64) -> u64 {
    body(n)
}

#[allow(clippy::unused_async, reason = "it is compared with the one above")]
async fn bare_async(n: u64) -> u64 {
    body(n)
}

#[inline(never)]
pub(crate) fn polled_once(n: u64) -> u64 {
    ready(timed_async(n))
}

#[inline(never)]
pub(crate) fn bare_polled_once(n: u64) -> u64 {
    ready(bare_async(n))
}

fn ready(future: impl Future<Output = u64>) -> u64 {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => 0,
    }
}
