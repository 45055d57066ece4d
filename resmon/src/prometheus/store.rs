//! Where values go that other code records under one of resmon's names.
//!
//! The exporter would type a counter of seconds as a gauge and keep a function's durations
//! as a summary, and resmon would show the same family a second time. So these names have a
//! store of their own, which the text is rendered from together with resmon's readings.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use metrics::{Counter, Gauge, Histogram, Key};

use super::{
    cell::{Buckets, Number},
    labels::Labels,
    text::{Family, Value},
};
use crate::figure::{Definition, Kind};

/// The most series a family may have: labels without bound must not eat the program's memory.
pub(crate) const MAX_SERIES: usize = 10_000;

/// The names resmon owns, and what was recorded under them through the facade.
#[derive(Debug)]
pub(crate) struct Store {
    families: RwLock<HashMap<String, Owned>>,
    bounds: &'static [f64],
    max_series: usize,
    conflicts: AtomicU64,
    overflows: AtomicU64,
}

/// What is known of a name that the exporter must never see.
#[derive(Debug)]
enum Owned {
    Figure {
        definition: Definition,
        cells: Cells,
    },
    /// A name that a histogram's own samples have in the text.
    Part,
}

#[derive(Debug)]
enum Cells {
    Numbers(Series<Number>),
    Buckets(Series<Buckets>),
}

/// The series of a family. Most registrations find theirs, and only read.
#[derive(Debug)]
struct Series<T>(RwLock<HashMap<Labels, Arc<T>>>);

impl Store {
    /// Owns the names of `figures`; histograms get these bounds, in ascending order.
    pub(crate) fn new<'a>(
        figures: impl IntoIterator<Item = &'a Definition>,
        bounds: &'static [f64],
    ) -> Self {
        let store = Self {
            families: RwLock::default(),
            bounds,
            max_series: MAX_SERIES,
            conflicts: AtomicU64::new(0),
            overflows: AtomicU64::new(0),
        };
        store.own(figures);
        store
    }

    /// Owns more names from now on; one that is owned already keeps its kind and values.
    pub(crate) fn own<'a>(&self, figures: impl IntoIterator<Item = &'a Definition>) {
        let mut families = self.families.write().unwrap_or_else(PoisonError::into_inner);
        for definition in figures {
            let name = definition.name();
            let cells = if definition.kind() == Kind::Histogram {
                for part in ["_bucket", "_sum", "_count"] {
                    families.entry(format!("{name}{part}")).or_insert(Owned::Part);
                }
                Cells::Buckets(Series::default())
            } else {
                Cells::Numbers(Series::default())
            };
            let owned = Owned::Figure { definition: definition.clone(), cells };
            families.entry(name.to_owned()).or_insert(owned);
        }
    }

    /// Whether a name, as it stands on the wire, belongs to resmon.
    pub(crate) fn owns(&self, name: &str) -> bool {
        self.families.read().unwrap_or_else(PoisonError::into_inner).contains_key(name)
    }

    /// Registrations so far of an owned name with another kind.
    pub(crate) fn conflicts(&self) -> u64 {
        self.conflicts.load(Relaxed)
    }

    /// Registrations so far that found their family full.
    #[cfg(test)]
    pub(super) fn overflows(&self) -> u64 {
        self.overflows.load(Relaxed)
    }

    pub(super) fn counter(&self, name: &str, key: &Key) -> Counter {
        self.number(name, key, Kind::Counter).map_or_else(Counter::noop, Counter::from_arc)
    }

    pub(super) fn gauge(&self, name: &str, key: &Key) -> Gauge {
        self.number(name, key, Kind::Gauge).map_or_else(Gauge::noop, Gauge::from_arc)
    }

    pub(super) fn histogram(&self, name: &str, key: &Key) -> Histogram {
        let buckets = self.cell(name, key, |_, cells, labels| match cells {
            Cells::Buckets(series) => {
                let new = || Buckets::new(self.bounds);
                Some(series.find_or_add(labels.without("le"), self.max_series, new))
            }
            Cells::Numbers(_) => None,
        });
        buckets.map_or_else(Histogram::noop, Histogram::from_arc)
    }

    fn number(&self, name: &str, key: &Key, kind: Kind) -> Option<Arc<Number>> {
        self.cell(name, key, |definition, cells, labels| match cells {
            Cells::Numbers(series) if fits(definition, kind) => {
                Some(series.find_or_add(labels, self.max_series, Number::default))
            }
            _ => None,
        })
    }

    /// Takes a cell of an owned name with `take`, which gives `None` on another kind, and
    /// `Some(None)` where the family is full. Either is counted.
    fn cell<T>(
        &self,
        name: &str,
        key: &Key,
        take: impl FnOnce(&Definition, &Cells, Labels) -> Option<Option<T>>,
    ) -> Option<T> {
        let labels = Labels::new(key.labels().map(|label| (label.key(), label.value())));
        let families = self.families.read().unwrap_or_else(PoisonError::into_inner);
        let taken = match families.get(name) {
            Some(Owned::Figure { definition, cells }) => take(definition, cells, labels),
            Some(Owned::Part) | None => None,
        };
        drop(families);
        let (counted, reason) = match taken {
            Some(Some(cell)) => return Some(cell),
            Some(None) => (&self.overflows, "it has too many series"),
            None => (&self.conflicts, "resmon owns it, with another kind"),
        };
        if counted.fetch_add(1, Relaxed) == 0 {
            tracing::warn!(
                metric = name,
                "metric records nothing: {reason}; said once, counted on"
            );
        }
        None
    }

    /// Every family that something was recorded under, with its name.
    pub(super) fn families(&self) -> Vec<(String, Family)> {
        let families = self.families.read().unwrap_or_else(PoisonError::into_inner);
        let figures = families.values().filter_map(|owned| match owned {
            Owned::Figure { definition, cells } => Some((definition, cells)),
            Owned::Part => None,
        });
        figures
            .map(|(definition, cells)| (definition.name().to_owned(), cells.read(definition)))
            .filter(|(_, family)| !family.is_empty())
            .collect()
    }
}

impl Cells {
    fn read(&self, definition: &Definition) -> Family {
        let mut family = Family::new(definition.kind(), definition.help());
        match self {
            Self::Numbers(series) => {
                series.each(|labels, number| family.add(labels, Value::Number(number.get())));
            }
            Self::Buckets(series) => {
                series.each(|labels, buckets| family.add(labels, Value::Histogram(buckets.read())));
            }
        }
        family
    }
}

/// Whether a registration of that kind means the figure: the facade's counters are whole, so
/// a counter of seconds comes as a gauge.
fn fits(definition: &Definition, kind: Kind) -> bool {
    kind == definition.kind() || (kind == Kind::Gauge && definition.is_fractional())
}

impl<T> Series<T> {
    /// The cell with those labels; `None` where there is none and the family is full.
    fn find_or_add(&self, labels: Labels, max: usize, new: impl FnOnce() -> T) -> Option<Arc<T>> {
        let series = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(cell) = series.get(&labels) {
            return Some(Arc::clone(cell));
        }
        drop(series);
        let mut series = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let has_room = series.len() < max || series.contains_key(&labels);
        has_room.then(|| Arc::clone(series.entry(labels).or_insert_with(|| Arc::new(new()))))
    }

    fn each(&self, mut take: impl FnMut(Labels, &T)) {
        for (labels, cell) in self.0.read().unwrap_or_else(PoisonError::into_inner).iter() {
            take(labels.clone(), cell);
        }
    }
}

impl<T> Default for Series<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure;

    fn store() -> Store {
        Store::new(figure::catalogue(), &[0.1, 1.0])
    }

    fn text(store: &Store) -> String {
        let mut out = String::new();
        for (name, family) in store.families() {
            family.write(&mut out, &name);
        }
        out
    }

    #[test]
    fn the_same_series_is_one_cell_however_often_it_is_registered() {
        let store = store();
        let name = figure::FUNCTION_CALLS_TOTAL;
        let one = Key::from_parts(name, &[("function", "f"), ("result", "ok"), ("empty", "")]);
        let same = Key::from_parts(name, &[("result", "ok"), ("function", "f")]);
        store.counter(name, &one).increment(2);
        store.counter(name, &same).increment(3);
        assert!(text(&store).contains("function_calls_total{function=\"f\",result=\"ok\"} 5\n"));
    }

    #[test]
    fn a_counter_of_seconds_is_taken_as_gauge_and_shown_as_counter() {
        let store = store();
        let name = figure::PROCESS_CPU_SECONDS_TOTAL;
        store.gauge(name, &Key::from_name(name)).set(1.25);
        assert!(text(&store).ends_with(
            "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1.25\n"
        ));
    }

    #[test]
    fn another_kind_is_counted_and_records_nothing() {
        let store = store();
        let name = figure::FUNCTION_CALLS_TOTAL;
        store.gauge(name, &Key::from_name(name)).set(1.0);
        store.histogram(name, &Key::from_name(name)).record(1.0);
        let part = "function_calls_duration_seconds_count";
        store.counter(part, &Key::from_name(part)).increment(1);
        assert_eq!(store.conflicts(), 3);
        assert_eq!(text(&store), "");
    }

    #[test]
    fn a_full_family_takes_no_more_series_and_keeps_those_it_has() {
        let mut store = store();
        store.max_series = 2;
        let name = figure::FUNCTION_CALLS_TOTAL;
        for function in ["a", "b", "c", "a"] {
            let key = Key::from_parts(name, vec![metrics::Label::new("function", function)]);
            store.counter(name, &key).increment(1);
        }
        assert_eq!(store.overflows(), 1);
        let text = text(&store);
        assert!(
            text.contains("{function=\"a\"} 2") && !text.contains("{function=\"c\"}"),
            "{text}"
        );
    }

    #[test]
    fn histograms_are_exact() {
        let store = store();
        let name = figure::FUNCTION_CALLS_DURATION_SECONDS;
        let histogram = store.histogram(name, &Key::from_parts(name, &[("le", "mine")]));
        histogram.record_many(0.5, 3);
        histogram.record(0.25);
        let text = text(&store);
        assert!(text.contains("_bucket{le=\"0.1\"} 0\n") && text.contains("_bucket{le=\"1\"} 4\n"));
        assert!(text.contains("_sum 1.75\n") && text.contains("_count 4\n"), "{text}");
    }

    #[test]
    fn names_taken_over_later_keep_what_they_had() {
        let store = store();
        let depth = Definition::gauge("queue_depth");
        assert!(!store.owns("queue_depth"));
        store.own([&depth]);
        store.gauge("queue_depth", &Key::from_name("queue_depth")).set(4.0);
        store.own([&depth]);
        assert!(store.owns("queue_depth") && text(&store).contains("queue_depth 4\n"));
    }
}
