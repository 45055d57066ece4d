//! Everything resmon knows, as one Prometheus text.

use std::collections::BTreeMap;

use super::{
    foreign::Families,
    labels::Labels,
    store::Store,
    text::{Distribution, Family, Value},
};
use crate::{
    calls::{Metric, Objective},
    figure::{self, Definition, Kind},
    snapshot::Snapshot,
};

/// What goes into the text.
pub(crate) struct Input<'a> {
    /// Figures: every series that is present.
    pub(crate) snapshot: Option<&'a Snapshot>,
    /// Annotated functions.
    pub(crate) functions: &'a [FunctionSeries<'a>],
    /// What is added up over their calls.
    pub(crate) amounts: &'a [FunctionAmount<'a>],
    /// How long the monitor's ticks took.
    pub(crate) sample_duration: Option<&'a HistogramData<'a>>,
    /// What others recorded.
    pub(crate) foreign: Foreign<'a>,
    /// Labels on every series that resmon renders.
    pub(crate) labels: &'a [(String, String)],
    /// Families of resmon's to leave out, by name.
    pub(crate) skip: &'a dyn Fn(&str) -> bool,
}

/// What others recorded, and through whose recorder.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Foreign<'a> {
    /// Nothing that is known of.
    None,
    /// Through resmon's recorder: owned names in its store, the others in the exporter's text.
    Own { store: &'a Store, exporter: &'a str },
    /// Through the program's own recorder, which has what resmon published too: a family in
    /// this text is shown as it is there, except for the type of fractional counters.
    User(&'a str),
}

/// The calls of one function that ended one way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FunctionSeries<'a> {
    pub(crate) function: &'a str,
    pub(crate) module: &'a str,
    pub(crate) result: &'static str,
    /// Labels beyond these three.
    pub(crate) labels: &'a [(&'a str, &'a str)],
    /// The family of the durations, where it is one of the program's own.
    pub(crate) metric: Option<Metric>,
    pub(crate) objective: Objective,
    pub(crate) calls: u64,
    /// `None` where the function is counted and not timed, or was never called.
    pub(crate) duration: Option<HistogramData<'a>>,
}

/// What is added up over the calls of one function, however they ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FunctionAmount<'a> {
    pub(crate) function: &'a str,
    pub(crate) module: &'a str,
    pub(crate) labels: &'a [(&'a str, &'a str)],
    pub(crate) figure: &'static Definition,
    pub(crate) value: f64,
}

/// A histogram with the count of each bucket: one more than bounds, the last past them all.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HistogramData<'a> {
    pub(crate) bounds: &'a [f64],
    pub(crate) buckets: &'a [u64],
    pub(crate) sum: f64,
}

/// Renders the Prometheus text: every family once, sorted by name.
///
/// Of two equal series, resmon's reading stands and what was recorded under its name does not.
pub(crate) fn render(input: &Input<'_>) -> String {
    let mut own = Own { families: BTreeMap::new(), input };
    own.add_snapshot();
    own.add_functions();
    own.add_amounts();
    own.add_sample_duration();
    let families = match input.foreign {
        Foreign::None => Families::default(),
        Foreign::Own { store, exporter } => {
            own.add_store(store);
            // Names that were recorded before resmon owned them.
            let mut families = Families::parse(exporter);
            families.leave_out(&|name| own.families.contains_key(name) || store.owns(name));
            families
        }
        Foreign::User(text) => {
            let mut families = Families::parse(text);
            families.put_right(&|name| is_fractional(input.snapshot, name));
            families
        }
    };
    own.families.retain(|name, family| !family.is_empty() && !families.contains(name));
    write(own.families, families)
}

fn write(own: BTreeMap<String, Family>, foreign: Families) -> String {
    let mut texts: BTreeMap<String, String> = foreign.into_texts().collect();
    for (name, family) in own {
        let mut text = String::new();
        family.write(&mut text, &name);
        texts.insert(name, text);
    }
    texts.into_values().collect()
}

fn is_fractional(snapshot: Option<&Snapshot>, name: &str) -> bool {
    let custom = || {
        let mut series = snapshot.into_iter().flat_map(Snapshot::iter).map(|(series, _)| series);
        series.find(|series| series.name() == name).map(crate::Series::definition)
    };
    figure::definition(name).or_else(custom).is_some_and(Definition::is_fractional)
}

/// resmon's own families, being collected.
struct Own<'a> {
    families: BTreeMap<String, Family>,
    input: &'a Input<'a>,
}

impl Own<'_> {
    fn add_snapshot(&mut self) {
        let Some(snapshot) = self.input.snapshot else { return };
        for (series, value) in snapshot.iter() {
            if series.definition().kind() != Kind::Histogram && value.is_finite() {
                let labels = Labels::new(series.labels());
                self.add(series.definition(), labels, Value::Number(value));
            }
        }
    }

    fn add_functions(&mut self) {
        let calls = figure::definition(figure::FUNCTION_CALLS_TOTAL);
        let durations = figure::definition(figure::FUNCTION_CALLS_DURATION_SECONDS);
        for function in self.input.functions {
            let mut labels = function.labels();
            if let (Some(definition), Some(duration)) = (durations, function.duration) {
                let value = Value::Histogram(duration.distribution());
                let (name, help) = match function.metric {
                    Some(own) => (own.name, own.help),
                    None => (definition.name(), definition.help()),
                };
                let mut labels = labels.clone();
                labels.add_missing(function.objective.durations.iter().copied());
                self.add_to(name, Kind::Histogram, help, labels, value);
            }
            if let Some(definition) = calls {
                labels.add_missing(function.objective.calls.iter().copied());
                self.add(definition, labels, Value::Number(function.calls as f64));
            }
        }
    }

    fn add_amounts(&mut self) {
        for amount in self.input.amounts {
            let own = [("function", amount.function), ("module", amount.module)];
            let labels = Labels::new(own.into_iter().chain(amount.labels.iter().copied()));
            self.add(amount.figure, labels, Value::Number(amount.value));
        }
    }

    fn add_sample_duration(&mut self) {
        let definition = figure::definition(figure::RESMON_SAMPLE_DURATION_SECONDS);
        if let (Some(definition), Some(duration)) = (definition, self.input.sample_duration) {
            self.add(definition, Labels::default(), Value::Histogram(duration.distribution()));
        }
    }

    fn add(&mut self, definition: &Definition, labels: Labels, value: Value) {
        let (name, help) = (definition.name(), definition.help());
        self.add_to(name, definition.kind(), help, labels, value);
    }

    fn add_to(&mut self, name: &str, kind: Kind, help: &str, labels: Labels, value: Value) {
        if (self.input.skip)(name) {
            return;
        }
        if !self.families.contains_key(name) {
            let family = Family::new(kind, help);
            self.families.insert(name.to_owned(), family);
        }
        let labels = with_global(labels, self.input.labels);
        if let Some(family) = self.families.get_mut(name) {
            family.add(labels, value);
        }
    }

    fn add_store(&mut self, store: &Store) {
        for (name, recorded) in store.families() {
            let labels = self.input.labels;
            let family = self.families.entry(name);
            let family = family.or_insert_with(|| Family::new(recorded.kind, &recorded.help));
            for (own, value) in recorded.into_series() {
                family.add(with_global(own, labels), value);
            }
        }
    }
}

fn with_global(mut labels: Labels, global: &[(String, String)]) -> Labels {
    labels.add_missing(global.iter().map(|(key, value)| (key.as_str(), value.as_str())));
    labels
}

impl FunctionSeries<'_> {
    fn labels(&self) -> Labels {
        let own = [("function", self.function), ("module", self.module), ("result", self.result)];
        Labels::new(own.into_iter().chain(self.labels.iter().copied())).without("le")
    }
}

impl HistogramData<'_> {
    fn distribution(&self) -> Distribution {
        Distribution { bounds: self.bounds.to_vec(), buckets: self.buckets.to_vec(), sum: self.sum }
    }
}
