//! A panel of a chart: lines over one axis.

use super::{line::Line, scale::Measure};

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) measure: Measure,
    pub(super) lines: Vec<Line>,
    /// Values that mean something, and what.
    pub(super) limits: Vec<(f64, String)>,
    /// Stretches of time that mean something.
    pub(super) bands: Vec<(f64, f64)>,
}

/// Panels over one stretch of time, in seconds.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panels {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) all: Vec<Panel>,
    /// Moments with a name.
    pub(super) marks: Vec<(f64, String)>,
}
