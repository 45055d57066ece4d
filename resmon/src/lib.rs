//! A program watches itself.

mod clock;
mod error;
pub mod figure;
mod snapshot;
mod source;

pub use clock::ManualClock;
pub use error::Error;
pub use figure::Figure;
pub use snapshot::{Gap, Series, Snapshot};
pub use source::{Backend, Process, ProcessSample, Readings, SeriesId, Source};
