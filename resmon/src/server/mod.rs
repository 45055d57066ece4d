//! The HTTP listener: `/metrics`, `/healthz`, the page, and what it is told.

mod access;
mod answer;
mod connections;
mod feed;
mod listen;
mod page;
mod query;
mod route;
mod service;
#[cfg(test)]
mod tests;

pub(crate) use access::{Access, Mode};
pub(crate) use feed::{Event, Feed};
pub(crate) use listen::Server;
pub(crate) use query::{Query, Refused};
pub(crate) use route::{Api, Picture};
pub use service::{Answering, PageBody, PageService};

/// What the server shows. It is asked on the I/O thread, once for each request.
pub(crate) trait Content: Send + Sync {
    /// The text of `/metrics`.
    fn metrics(&self) -> String;

    /// How the monitor is doing, for `/healthz`.
    fn health(&self) -> Health;

    /// Those who look on.
    fn feed(&self) -> &Feed;

    /// What one who comes is told first, given the id of what it was told before, if any.
    fn begin(&self, told: Option<&str>) -> Event;

    /// The JSON of a path below `/api/v1/`.
    fn api(&self, api: Api, query: &Query) -> Result<Vec<u8>, Refused>;

    /// A picture.
    fn chart(&self, picture: Picture, query: &Query) -> Result<Vec<u8>, Refused>;
}

/// How the monitor is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Health {
    /// Answered with 200, else with 503.
    pub(crate) healthy: bool,
    /// A line for people.
    pub(crate) text: String,
}
