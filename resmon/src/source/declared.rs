//! A source together with what it said of itself when the monitor began.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::Source;
use crate::{Error, figure::Definition};

/// A source whose name and figures are known; it is not asked for them again.
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) figures: Vec<Definition>,
    pub(crate) source: Box<dyn Source>,
}

impl Declared {
    /// Asks a source for its name and figures.
    pub(crate) fn ask(source: Box<dyn Source>) -> Result<Self, Error> {
        let asked = catch_unwind(AssertUnwindSafe(|| (source.name().to_owned(), source.figures())));
        match asked {
            Ok((name, figures)) => Ok(Self { name, figures, source }),
            Err(_) => Err(Error::config("add a source: it panicked when asked for its figures")),
        }
    }
}
