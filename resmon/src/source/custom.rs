//! Figures that a closure supplies.

use super::{Readings, SeriesId, Source, SourceError};
use crate::figure::Definition;

type Read = Box<dyn FnMut() -> Option<f64> + Send>;

/// One figure, one closure; with several of them, one source.
pub(crate) struct Closures {
    name: String,
    figures: Vec<Closure>,
}

struct Closure {
    definition: Definition,
    labels: Vec<(&'static str, String)>,
    read: Read,
    id: Option<SeriesId>,
}

impl Closures {
    pub(crate) fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), figures: Vec::new() }
    }

    /// Adds a figure; where `read` gives None it is absent.
    pub(crate) fn figure(
        mut self,
        definition: Definition,
        labels: Vec<(&'static str, String)>,
        read: impl FnMut() -> Option<f64> + Send + 'static,
    ) -> Self {
        self.figures.push(Closure { definition, labels, read: Box::new(read), id: None });
        self
    }
}

impl Source for Closures {
    fn name(&self) -> &str {
        &self.name
    }

    fn figures(&self) -> Vec<Definition> {
        self.figures.iter().map(|figure| figure.definition.clone()).collect()
    }

    fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
        for figure in &mut self.figures {
            let id = figure.id.or_else(|| {
                let labels: Vec<_> =
                    figure.labels.iter().map(|(key, value)| (*key, value.as_str())).collect();
                out.series(figure.definition.name(), &labels)
            });
            figure.id = id;
            if let (Some(id), Some(value)) = (id, (figure.read)()) {
                out.put(id, value);
            }
        }
        Ok(())
    }
}
