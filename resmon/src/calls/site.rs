//! A call site: the static that stands for one annotated function.

use std::{
    fmt,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use super::{Extra, Flights, Guard, Label, LogLine, Measured, registry, route};
use crate::clock::ticks;

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

/// One annotated function.
pub struct CallSite {
    label: Label,
    module: &'static str,
    timed: bool,
    fallible: bool,
    measured: Measured,
    flights: Option<&'static Flights>,
    /// In nanoseconds; 0 where nothing is slow.
    slow: u64,
    log: Option<fn(&LogLine<'_>)>,
    /// The number of the site, from 1; 0 until it is registered.
    id: AtomicU32,
    function: OnceLock<Box<str>>,
}

impl CallSite {
    /// A site of the function `label` in `module`.
    #[must_use]
    pub const fn new(label: Label, module: &'static str) -> Self {
        Self {
            label,
            module,
            timed: true,
            fallible: false,
            measured: Measured::NONE,
            flights: None,
            slow: 0,
            log: None,
            id: AtomicU32::new(0),
            function: OnceLock::new(),
        }
    }

    /// Calls are counted only.
    #[must_use]
    pub const fn counted(mut self) -> Self {
        self.timed = false;
        self
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
        self.function.get_or_init(|| self.label.resolve(self.module).into())
    }

    /// The `module` label.
    pub const fn module(&self) -> &'static str {
        self.module
    }

    pub(super) const fn is_timed(&self) -> bool {
        self.timed
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
