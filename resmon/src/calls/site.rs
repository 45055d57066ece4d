//! A call site: the static that stands for one annotated function.

use std::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use super::{
    DEFAULT_BOUNDS, Extra, Flights, Guard, Label, Labelled, LogLine, Measured, Objective,
    label::Resolved, registry, route,
};
use crate::{clock::ticks, figure};

/// What an attribute measures of a call.
pub trait Measure: 'static {
    /// Whether the clock is read.
    const CLOCK: bool;
    /// Whether a log line is written.
    const LOG: bool;
}

/// `#[timed]`: counts and times.
#[derive(Debug)]
pub struct Timed;
/// `#[counted]`: counts.
#[derive(Debug)]
pub struct Counted;
/// `#[log_execution_time]`: counts, times and logs.
#[derive(Debug)]
pub struct Logged;

impl Measure for Timed {
    const CLOCK: bool = true;
    const LOG: bool = false;
}

impl Measure for Counted {
    const CLOCK: bool = false;
    const LOG: bool = false;
}

impl Measure for Logged {
    const CLOCK: bool = true;
    const LOG: bool = true;
}

/// A family of the program's own for the durations of a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Metric {
    pub(crate) name: &'static str,
    pub(crate) help: &'static str,
}

/// One annotated function.
pub struct CallSite {
    label: Label,
    module: &'static str,
    fallible: bool,
    measured: Measured,
    /// Beside function, module and result.
    labels: &'static [(&'static str, &'static str)],
    labelled: Option<&'static Labelled>,
    metric: Option<Metric>,
    bounds: &'static [f64],
    objective: Objective,
    flights: Option<&'static Flights>,
    /// In nanoseconds; 0 where nothing is slow.
    slow: u64,
    log: Option<fn(&LogLine<'_>)>,
    /// The number of the site, from 1; 0 until it is registered.
    id: AtomicU32,
    function: Resolved<String>,
    /// The objective with a name.
    keeps_to: Resolved<Objective>,
}

impl CallSite {
    /// A site of the function `label` in `module`.
    #[must_use]
    pub const fn new(label: Label, module: &'static str) -> Self {
        Self {
            label,
            module,
            fallible: false,
            measured: Measured::NONE,
            labels: &[],
            labelled: None,
            metric: None,
            bounds: &DEFAULT_BOUNDS,
            objective: Objective::NONE,
            flights: None,
            slow: 0,
            log: None,
            id: AtomicU32::new(0),
            function: Resolved::new(),
            keeps_to: Resolved::new(),
        }
    }

    /// Calls can end in an error, so a zero series of that result is announced too.
    #[must_use]
    pub const fn fallible(mut self) -> Self {
        self.fallible = true;
        self
    }

    /// More than number and duration is measured.
    #[must_use]
    pub const fn measuring(mut self, more: Measured) -> Self {
        self.measured = self.measured.and(more);
        self
    }

    /// Every call has these labels too.
    #[must_use]
    pub const fn labels_of(mut self, labels: &'static [(&'static str, &'static str)]) -> Self {
        self.labels = labels;
        self
    }

    /// Calls have labels whose values are known at entry.
    #[must_use]
    pub const fn labelled(mut self, labelled: &'static Labelled) -> Self {
        self.labelled = Some(labelled);
        self
    }

    /// Durations go into a family of their own.
    #[must_use]
    pub const fn metric(mut self, name: &'static str, help: &'static str) -> Self {
        self.metric = Some(Metric { name, help });
        self
    }

    /// Durations are sorted by these upper bounds, in seconds and rising.
    #[must_use]
    pub const fn buckets(mut self, bounds: &'static [f64]) -> Self {
        self.bounds = bounds;
        self
    }

    /// Calls are to keep to this.
    #[must_use]
    pub const fn objective(mut self, objective: Objective) -> Self {
        self.objective = objective;
        self
    }

    /// Calls are seen while they are under way.
    #[must_use]
    pub const fn in_flight(mut self, flights: &'static Flights) -> Self {
        self.flights = Some(flights);
        self
    }

    /// Calls that take so many nanoseconds are slow.
    #[must_use]
    pub const fn slow_from(mut self, nanoseconds: u64) -> Self {
        self.slow = nanoseconds;
        self.measuring(Measured::SLOW)
    }

    /// Each call writes a line through `log`.
    #[must_use]
    pub const fn logged(mut self, log: fn(&LogLine<'_>)) -> Self {
        self.log = Some(log);
        self
    }

    /// Begins a call; it ends when the guard is dropped.
    #[inline]
    pub fn enter<K: Measure>(&'static self) -> Guard<K> {
        self.enter_with(())
    }

    /// As [`enter`](Self::enter), with what options add.
    #[inline]
    pub fn enter_with<K: Measure, X: Extra>(&'static self, extra: X) -> Guard<K, X> {
        if route::is_enabled() { Guard::begin(self, extra) } else { Guard::inert(extra) }
    }

    /// The `function` label.
    pub fn function(&self) -> &str {
        self.function.get_or_resolve(|| self.label.resolve(self.module))
    }

    /// The `module` label.
    pub const fn module(&self) -> &'static str {
        self.module
    }

    /// A site like this one with those labels; it lives as long as the process.
    pub(super) fn with_labels(
        &'static self,
        labels: Vec<(&'static str, &'static str)>,
    ) -> &'static Self {
        let flights = self.flights.map(|_| &*Box::leak(Box::new(Flights::new())));
        Box::leak(Box::new(Self {
            label: Label::Given(self.function()),
            labels: labels.leak(),
            labelled: None,
            flights,
            id: AtomicU32::new(0),
            function: Resolved::new(),
            keeps_to: Resolved::new(),
            ..*self
        }))
    }

    pub(super) const fn labels(&self) -> &'static [(&'static str, &'static str)] {
        self.labels
    }

    /// Where the values of its labels are known at entry: what came so far.
    pub(super) const fn label_sets(&self) -> Option<&'static Labelled> {
        self.labelled
    }

    /// None too where the name is one of resmon's own figures.
    pub(super) fn own_metric(&self) -> Option<Metric> {
        self.metric.filter(|metric| figure::definition(metric.name).is_none())
    }

    pub(super) fn what_to_keep_to(&self) -> Objective {
        let objective = self.objective;
        if objective.calls.is_empty() && objective.durations.is_empty() {
            return objective;
        }
        *self.keeps_to.get_or_resolve(|| objective.named(self.function()))
    }

    pub(super) const fn bounds(&self) -> &'static [f64] {
        self.bounds
    }

    pub(super) const fn flights(&self) -> Option<&'static Flights> {
        self.flights
    }

    pub(super) fn slow(&self) -> Option<Duration> {
        (self.slow > 0).then(|| Duration::from_nanos(self.slow))
    }

    pub(super) const fn measured(&self) -> Measured {
        self.measured
    }

    pub(super) const fn is_fallible(&self) -> bool {
        self.fallible
    }

    pub(super) fn log(&self, line: &LogLine<'_>) {
        if let Some(log) = self.log {
            log(line);
        }
    }

    #[inline]
    pub(super) fn id(&self) -> u32 {
        self.id.load(Ordering::Relaxed)
    }

    /// The number of the site, registering it if it is not yet.
    pub(super) fn registered_id(&'static self) -> u32 {
        match self.id() {
            0 => {
                ticks::prepare();
                registry::register(self)
            }
            id => id,
        }
    }

    /// Only the registry numbers sites, under its lock.
    pub(super) fn set_id(&self, id: u32) {
        self.id.store(id, Ordering::Relaxed);
    }
}

impl fmt::Debug for CallSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallSite")
            .field("function", &self.function())
            .field("module", &self.module)
            .finish_non_exhaustive()
    }
}
