//! What the attributes run: each call counted and timed, without a lock, and handed on.
//!
//! A call ends in [`record`]. It goes to the thread's own [`shard`](shard) where a monitor
//! or resmon's recorder reads the shards, else straight to the `metrics` facade;
//! [`route`] decides. The [`collector`] reads the shards and [`deliver`] hands what it
//! found to a recorder of the program's own.

mod activity;
mod alloc;
mod amounts;
mod block;
mod body;
mod capture;
mod collector;
mod course;
mod cpu;
mod deliver;
mod extra;
mod first_poll;
mod flight;
mod forked;
mod future;
mod guard;
mod histogram;
mod inside;
mod label;
mod labelled;
mod log_line;
#[cfg(all(test, resmon_loom))]
mod models;
mod news;
mod objective;
mod outcome;
mod past;
mod rate;
mod registry;
mod route;
mod shard;
mod site;
mod slot;
mod stats;
mod sync;
mod thread;

pub use alloc::Alloc;
pub use amounts::{Amount, Amounts, Measured};
pub use block::{Running, Timer, time};
pub use body::{ByValue, ViaBoxedFuture, ViaFuture, ViaValue, always_ok, future_of, never, run};
pub use capture::{Calls, Captured, capture, capture_async};
#[cfg(feature = "prometheus")]
pub(crate) use collector::{FunctionTotals, with_totals};
pub(crate) use collector::{collect, keep_past};
pub use course::FunctionPoint;
#[cfg(feature = "server")]
pub(crate) use course::calls_by_part;
pub(crate) use course::{course, functions_within};
pub use cpu::Cpu;
pub use deliver::flush;
pub(crate) use deliver::{deliver, select, thinned_samples};
pub use extra::{Ended, Extra};
pub use first_poll::FirstPoll;
pub use flight::{CallInFlight, Flights, InFlight};
pub(crate) use flight::{in_flight, warn_of_slow_calls};
pub use future::CallFuture;
pub use guard::Guard;
pub(crate) use histogram::DEFAULT_BOUNDS;
pub use label::Label;
pub(crate) use labelled::label_overflows;
pub use labelled::{Labelled, Labels, label};
pub use log_line::{Fields, LogLine, field};
pub use objective::Objective;
pub use outcome::{Outcome, Probe, ViaAny, ViaDisplay, ViaResult};
pub(crate) use past::Period;
pub use registry::Entry;
#[cfg(feature = "prometheus")]
pub(crate) use route::own_recorder_installed;
pub(crate) use route::{batching_started, batching_stopped, has_foreign_recorder};
pub use route::{is_enabled, set_enabled};
pub(crate) use site::Metric;
pub use site::{CallSite, Counted, Logged, Measure, Timed};
pub use stats::FunctionStats;
pub(crate) use stats::functions;
#[cfg(feature = "server")]
pub(crate) use stats::functions_if;

use inside::{Inside, during};
use route::Route;

/// How a call ended: the `result` label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CallResult {
    /// It returned, and not an `Err`.
    Ok,
    /// It returned an `Err`.
    Error,
    /// It panicked.
    Panic,
    /// Its future was dropped after the first poll and before the end.
    Cancelled,
}

impl CallResult {
    /// Every result, in the order of their numbers.
    pub(crate) const ALL: [Self; 4] = [Self::Ok, Self::Error, Self::Panic, Self::Cancelled];

    /// The value of the label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Panic => "panic",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Counts one finished call, with what else was measured of it.
#[inline(always)]
#[allow(clippy::inline_always, reason = "on every call; a frame costs as much as the work")]
fn record<K: Measure>(
    site: &'static CallSite,
    result: CallResult,
    ticks: u64,
    amounts: Option<&Amounts>,
) {
    if !(route::leads_to_shards() && thread::record::<K>(site.id(), result, ticks, amounts)) {
        record_elsewhere::<K>(site, result, ticks, amounts);
    }
}

/// The first call of a thread or site, and calls whose way is not the shards.
#[cold]
fn record_elsewhere<K: Measure>(
    site: &'static CallSite,
    result: CallResult,
    ticks: u64,
    amounts: Option<&Amounts>,
) {
    let in_shard = |delivered| {
        during(Inside::Bookkeeping, || {
            thread::record_first::<K>(site, result, ticks, amounts, delivered);
        });
    };
    let in_recorder = || {
        during(Inside::Recorder, || deliver::directly::<K>(site, result, ticks, amounts));
    };
    match inside::now() {
        Inside::Program => match during(Inside::Bookkeeping, route::choose) {
            Route::Shards => in_shard(false),
            Route::Ground => {
                in_shard(true);
                in_recorder();
            }
            Route::Local if capture::seize(site, result, K::CLOCK.then_some(ticks)) => {}
            Route::Local => in_recorder(),
        },
        Inside::Recorder => in_shard(false),
        // An allocator that is annotated: counting its calls would allocate without end.
        Inside::Bookkeeping => {}
    }
}
