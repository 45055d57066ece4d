//! Where figures come from. A source reads and says what it read; nothing else.

mod backend;
pub(crate) mod custom;
mod process;
mod sys;

use std::{borrow::Cow, sync::Arc};

pub use backend::Backend;
pub(crate) use process::ProcessSource;
pub use process::{Process, ProcessSample};

use crate::{
    Error,
    figure::{self, Definition},
    snapshot::Series,
};

/// Something that supplies figures at each tick.
///
/// A source that fails loses its own figures of that tick and nothing else: they become
/// absent, `resmon_collect_errors_total{source}` goes up, and the other sources go on. A
/// panic is caught and counted the same way.
///
/// # Examples
///
/// ```
/// use resmon::{Error, Readings, Source, figure::Definition};
///
/// struct Queues;
///
/// impl Source for Queues {
///     fn name(&self) -> &str {
///         "queues"
///     }
///     fn figures(&self) -> Vec<Definition> {
///         vec![Definition::gauge("queue_depth").with_help("Jobs waiting, by queue.")]
///     }
///     fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), Error> {
///         out.set("queue_depth", &[("queue", "mail")], 3.0);
///         Ok(())
///     }
/// }
///
/// # fn main() -> Result<(), Error> {
/// let monitor = resmon::Monitor::builder().private().source(Queues).start()?;
/// assert_eq!(monitor.snapshot().get("queue_depth"), Some(3.0));
/// # Ok(())
/// # }
/// ```
pub trait Source: Send {
    /// A short name, the `source` label of its errors.
    fn name(&self) -> &str;

    /// The figures it will supply; others are refused. Asked once, at the start.
    fn figures(&self) -> Vec<Definition>;

    /// Reads now.
    ///
    /// # Errors
    ///
    /// Whatever kept it from reading; what was set before stays.
    fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), Error>;
}

/// The number of a series within one monitor: [`Readings::put`] with it costs a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesId(usize);

/// Where a source puts what it read.
#[derive(Debug)]
pub struct Readings<'a> {
    pub(crate) series: &'a mut Arc<Vec<Series>>,
    pub(crate) values: &'a mut Vec<Option<f64>>,
    /// What the source declared, besides the catalogue.
    pub(crate) declared: &'a [Definition],
    /// Values refused in this pass: not a number, or not declared.
    pub(crate) refused: u64,
}

impl Readings<'_> {
    /// Sets the value of a figure now.
    ///
    /// Not a number or infinite, or a figure that was not declared: it stays absent and an
    /// error is counted.
    pub fn set(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        match self.series(name, labels) {
            Some(id) => self.put(id, value),
            None => self.refused += 1,
        }
    }

    /// Sets the value of a series already looked up.
    pub fn put(&mut self, id: SeriesId, value: f64) {
        if value.is_finite() {
            self.values[id.0] = Some(value);
        } else {
            self.refused += 1;
        }
    }

    /// Sets the value where there is one; else the figure stays absent.
    pub(crate) fn put_some(&mut self, id: SeriesId, value: Option<f64>) {
        if let Some(value) = value {
            self.put(id, value);
        }
    }

    /// The number of a series, created at its first mention; `None` if it was not declared.
    pub fn series(&mut self, name: &str, labels: &[(&str, &str)]) -> Option<SeriesId> {
        let known = self
            .series
            .iter()
            .position(|series| series.name() == name && series.labels().eq(labels.iter().copied()));
        known.or_else(|| self.add(name, labels)).map(SeriesId)
    }

    fn add(&mut self, name: &str, labels: &[(&str, &str)]) -> Option<usize> {
        let declared = self.declared.iter().find(|definition| definition.name() == name);
        let definition = match declared {
            Some(definition) => Cow::Owned(definition.clone()),
            None => Cow::Borrowed(figure::definition(name)?),
        };
        let owned = |text: &str| Cow::Owned(text.to_owned());
        let labels = labels.iter().map(|(key, value)| (owned(key), owned(value))).collect();
        Arc::make_mut(self.series).push(Series::new(definition, labels));
        self.values.push(None);
        Some(self.series.len() - 1)
    }
}

/// The name of this machine, for people to read.
#[cfg(feature = "server")]
pub(crate) fn host_name() -> String {
    sys::host_name().unwrap_or_else(|| "this machine".to_owned())
}
