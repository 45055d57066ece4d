//! A source together with what it said of itself when the monitor began.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use super::{Backend, Demand, Roots, Source, SystemSource};
use crate::{Error, figure::Definition};

/// A source whose name and figures are known; it is not asked for them again.
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) figures: Vec<Definition>,
    pub(crate) source: Box<dyn Source>,
    /// Series that it may have.
    pub(crate) most_series: usize,
    /// How long a reading of it stands.
    pub(crate) every: Duration,
}

impl Declared {
    /// The machine, which may have many CPUs and devices.
    pub(crate) fn machine(backend: Backend, roots: &Roots, demand: Demand) -> Result<Self, Error> {
        let machine = Self::ask(Box::new(SystemSource::new(backend, roots, demand)?))?;
        Ok(Self { most_series: SystemSource::MOST_SERIES, ..machine })
    }

    /// Asks a source for its name and figures.
    pub(crate) fn ask(source: Box<dyn Source>) -> Result<Self, Error> {
        let asked = catch_unwind(AssertUnwindSafe(|| {
            (source.name().to_owned(), source.figures(), source.every())
        }));
        match asked {
            Ok((name, figures, every)) => {
                Ok(Self { name, figures, source, most_series: super::MOST_SERIES, every })
            }
            Err(_) => Err(Error::config("add a source: it panicked when asked for its figures")),
        }
    }
}
