//! A program watches itself: its resources, and the time and outcome of its functions.
//!
//! ```
//! #[resmon::timed]
//! fn checkout(cart: &[u32]) -> Result<u32, String> {
//!     cart.iter().copied().reduce(|a, b| a + b).ok_or_else(|| "empty cart".to_owned())
//! }
//!
//! # fn main() -> Result<(), resmon::Error> {
//! let monitor = resmon::Monitor::start()?; // or Monitor::builder().serve("127.0.0.1:9090")
//! assert_eq!(checkout(&[1, 2, 3]), Ok(6));
//! assert!(monitor.summary().contains("checkout"));
//! # Ok(())
//! # }
//! ```
//!
//! - [`Monitor`] samples, publishes, remembers and serves; [`Process`] and [`System`] read
//!   without a thread; [`record()`] and [`Recording`] keep a run from beginning to end.
//! - [`timed`], [`counted`] and [`log_execution_time`] go on functions; [`timer!`] and
//!   [`time()`] on blocks.
//! - [`figure`] says what every figure is; [`Source`] adds figures of your own.
//! - [`render()`](fn@render) gives the Prometheus text, [`publish()`](fn@publish) feeds the
//!   facade by hand, [`log`] writes lines for a program without a subscriber.
//! - `chart` (a feature) draws runs and what a monitor keeps, `live` in the terminal.
//! - [`testing`] tells a test which annotated functions were called.
//!
//! Figures go in on one side, one thread carries them, and outputs that do not know one
//! another take them: sources, sampler, snapshot, then history, facade, recorder and server.

mod alloc;
mod calls;
#[cfg(feature = "chart")]
pub mod chart;
mod clock;
mod error;
pub mod figure;
mod file;
mod fork;
mod history;
pub mod log;
mod monitor;
#[cfg(feature = "server")]
mod net;
#[cfg(feature = "prometheus")]
mod prometheus;
mod publish;
mod recording;
mod sampler;
#[cfg(feature = "server")]
mod secret;
mod selection;
#[cfg(feature = "serde")]
mod serialize;
#[cfg(feature = "server")]
mod server;
mod snapshot;
mod source;
mod summary;
mod view;

#[cfg(feature = "count-alloc")]
pub use alloc::CountingAllocator;
pub use calls::{
    CallInFlight, CallResult, FunctionPoint, FunctionStats, Running, Timer, flush, is_enabled,
    set_enabled, time,
};
pub use clock::ManualClock;
pub use error::Error;
pub use figure::Figure;
pub use history::{Bucket, History, Point, Window};
pub use metrics;
#[cfg(feature = "chart")]
pub use monitor::live;
#[cfg(feature = "prometheus")]
pub use monitor::render;
pub use monitor::{Builder, Handle, Monitor};
pub use publish::publish;
pub use recording::{
    FigureSummary, Mark, Recorded, Recorder, Recording, RunSummary, record, record_async,
    record_with,
};
pub use resmon_macros::{counted, log_execution_time, timed};
#[cfg(feature = "server")]
pub use secret::Secret;
#[cfg(feature = "server")]
pub use server::{Answering, PageBody, PageService};
pub use snapshot::{Gap, Series, Snapshot};
pub use source::{
    Backend, Footprint, Process, ProcessSample, Readings, SeriesId, Source, SourceError, System,
};

/// Help for tests: which annotated functions were called, and how they ended.
pub mod testing {
    pub use crate::calls::{Calls, Captured, capture, capture_async};
}

#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../../README.md")]
struct Readme;

/// What the attributes expand to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use core::{any::type_name, convert::Infallible, module_path};
    pub use std::boxed::Box;

    pub use tracing;

    pub use crate::calls::{
        Alloc, Amount, Amounts, ByValue, CallFuture, CallSite, Counted, Cpu, Ended, Entry, Extra,
        Fields, FirstPoll, Flights, Guard, InFlight, Label, Labelled, Labels, LogLine, Logged,
        Measure, Measured, Objective, Outcome, Probe, Timed, always_ok, field, future_of, label,
        never, run,
    };

    /// What answers to a [`Probe`]; imported as a whole where a value is asked.
    pub mod via {
        pub use crate::calls::{
            ViaAny, ViaBoxedFuture, ViaDisplay, ViaFuture, ViaResult, ViaValue,
        };
    }
}
