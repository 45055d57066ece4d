//! Where figures come from. A source reads and says what it read; nothing else.

mod backend;
mod container;
mod counter;
pub(crate) mod custom;
mod declared;
mod process;
mod sys;
mod system;

use std::{borrow::Cow, sync::Arc, time::Duration};

pub use backend::Backend;
pub(crate) use container::ContainerSource;
pub(crate) use declared::Declared;
pub use process::{Footprint, Process, ProcessSample};
pub(crate) use process::{FootprintSource, ProcessSource};
pub(crate) use sys::{Demand, Roots};
pub use system::System;
pub(crate) use system::SystemSource;

use crate::{
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
/// use resmon::{Readings, Source, SourceError, figure::Definition};
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
///     fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
///         let mails: f64 = "3".parse()?;
///         out.set("queue_depth", &[("queue", "mail")], mails);
///         Ok(())
///     }
/// }
///
/// # fn main() -> Result<(), resmon::Error> {
/// let monitor = resmon::Monitor::builder().private().source(Queues).start()?;
/// assert_eq!(monitor.snapshot().get("queue_depth"), Some(3.0));
/// # Ok(())
/// # }
/// ```
pub trait Source: Send {
    /// A short name, the `source` label of its errors.
    fn name(&self) -> &str;

    /// The figures it will supply; others are refused. Asked once, when it is added.
    fn figures(&self) -> Vec<Definition>;

    /// How long a reading stands: figures that cost something, or change slowly, need not be
    /// read at every tick. By default they are. Asked once, when it is added.
    fn every(&self) -> Duration {
        Duration::ZERO
    }

    /// Reads now.
    ///
    /// # Errors
    ///
    /// Whatever kept it from reading; what was set before stays.
    fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError>;
}

/// What a source of the program's own may fail with: any error, by `?`.
pub type SourceError = Box<dyn std::error::Error + Send + Sync>;

/// Series that one source may supply: a label that never repeats, such as a request's id,
/// must not fill the host's memory.
pub(crate) const MOST_SERIES: usize = 1_000;

/// The number of a series within one monitor: [`Readings::put`] with it costs a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeriesId(usize);

/// Where a source puts what it read.
#[derive(Debug)]
pub struct Readings<'a> {
    pub(crate) series: &'a mut Arc<Vec<Series>>,
    pub(crate) values: &'a mut Vec<Option<f64>>,
    /// What the source declared: it may set nothing else.
    pub(crate) declared: &'a [Definition],
    /// The series that it began.
    pub(crate) own: &'a mut Vec<SeriesId>,
    /// How many it may have.
    pub(crate) most: usize,
    /// Values refused in this pass: not a number, or not declared.
    pub(crate) refused: u64,
}

impl Readings<'_> {
    /// Sets the value of a figure now.
    ///
    /// Not a number or infinite, a figure that was not declared, a label whose name the wire
    /// cannot carry, or a new series beyond the thousandth of the source: it stays absent
    /// and an error is counted.
    pub fn set(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        match self.series(name, labels) {
            Some(id) => self.put(id, value),
            None => self.refused += 1,
        }
    }

    /// Sets the value of a series already looked up.
    pub fn put(&mut self, id: SeriesId, value: f64) {
        match self.values.get_mut(id.0) {
            Some(place) if value.is_finite() => *place = Some(value),
            _ => self.refused += 1,
        }
    }

    /// Makes every series that the source began absent, until it is set again.
    pub(crate) fn clear(&mut self) {
        for SeriesId(number) in self.own.iter() {
            if let Some(value) = self.values.get_mut(*number) {
                *value = None;
            }
        }
    }

    /// Sets the value where there are both, a place and a value; else the figure stays absent.
    pub(crate) fn put_where(&mut self, id: Option<SeriesId>, value: Option<f64>) {
        if let Some((id, value)) = id.zip(value) {
            self.put(id, value);
        }
    }

    /// The number of a series, created at its first mention; `None` if its figure was not
    /// declared, a label's name is none, or the source has a thousand already.
    pub fn series(&mut self, name: &str, labels: &[(&str, &str)]) -> Option<SeriesId> {
        let definition = self.declared.iter().find(|definition| definition.name() == name)?;
        let known =
            self.series.iter().position(|series| series.name() == name && same(series, labels));
        known.or_else(|| self.add(definition, labels)).map(SeriesId)
    }

    fn add(&mut self, definition: &Definition, labels: &[(&str, &str)]) -> Option<usize> {
        let fits = |(i, (key, _)): (usize, &(&str, &str))| {
            figure::is_label_name(key) && labels[..i].iter().all(|(other, _)| other != key)
        };
        if self.own.len() >= self.most || !labels.iter().enumerate().all(fits) {
            return None;
        }
        let definition = Cow::Owned(definition.clone());
        let owned = |text: &str| Cow::Owned(text.to_owned());
        let labels = labels.iter().map(|(key, value)| (owned(key), owned(value))).collect();
        Arc::make_mut(self.series).push(Series::new(definition, labels));
        self.values.push(None);
        let number = self.series.len() - 1;
        self.own.push(SeriesId(number));
        Some(number)
    }
}

/// Whether a series has these labels and no other, in whatever order.
fn same(series: &Series, labels: &[(&str, &str)]) -> bool {
    let mut own = series.labels();
    own.clone().count() == labels.len() && own.all(|label| labels.contains(&label))
}

/// The name of this machine, for people to read.
#[cfg(feature = "server")]
pub(crate) fn host_name() -> String {
    sys::host_name().unwrap_or_else(|| "this machine".to_owned())
}
