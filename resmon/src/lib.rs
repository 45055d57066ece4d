//! A program watches itself.

mod clock;
mod error;
pub mod figure;
#[cfg(feature = "server")]
mod net;
#[cfg(feature = "prometheus")]
mod prometheus;
mod secret;
#[cfg(feature = "server")]
mod server;
mod snapshot;
mod source;

pub use clock::ManualClock;
pub use error::Error;
pub use figure::Figure;
pub use secret::Secret;
pub use snapshot::{Gap, Series, Snapshot};
pub use source::{Readings, SeriesId, Source};
