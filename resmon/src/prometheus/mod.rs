//! A recorder for the `metrics` facade, and the Prometheus text of everything.

mod cell;
mod foreign;
mod labels;
mod recorder;
mod render;
mod store;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use recorder::{Config, Installed, install, installed};
pub(crate) use render::{Foreign, FunctionAmount, FunctionSeries, HistogramData, Input, render};
#[cfg(feature = "server")]
pub(crate) use text::CONTENT_TYPE;
