//! The HTTP listener: `/metrics`, `/healthz` and the page.

mod access;
mod answer;
mod connections;
pub(crate) mod figures;
mod listen;
pub(crate) mod page;
mod query;
mod route;
#[cfg(test)]
mod tests;
pub(crate) mod units;

pub(crate) use access::{Access, Mode};
pub(crate) use listen::Server;
pub(crate) use query::{Query, Refused};
pub(crate) use route::{Api, Picture};

/// What the server shows. It is asked on the I/O thread, once for each request.
pub(crate) trait Content: Send + Sync {
    /// The text of `/metrics`.
    fn metrics(&self) -> String;

    /// How the monitor is doing, for `/healthz`.
    fn health(&self) -> Health;

    /// The HTML of `/`; see [`page::page`].
    fn page(&self) -> String;

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
