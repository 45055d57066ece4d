//! A way to a running monitor that can be copied about.

use std::{
    fmt,
    ops::RangeBounds,
    sync::{Arc, Weak},
    time::{Duration, SystemTime},
};

use super::{STOP_LIMIT, bell::Bell};
#[cfg(feature = "chart")]
use crate::{
    Figure,
    chart::{Chart, KeptChart},
};
use crate::{
    calls::{self, CallInFlight, FunctionPoint, FunctionStats, Period},
    clock::Clock,
    fork::{PerProcess, per_process},
    history::History,
    sampler::Sampler,
    snapshot::Snapshot,
    summary,
    view::View,
};

/// What a monitor shares with its handles.
pub(super) struct Shared {
    pub(super) clock: Clock,
    pub(super) view: Arc<View>,
    pub(super) bell: Arc<Bell>,
    #[cfg(feature = "prometheus")]
    pub(super) render_with: Option<Box<dyn Fn() -> String + Send + Sync>>,
    /// Those who look at the page.
    #[cfg(feature = "server")]
    pub(super) feed: crate::server::Feed,
    /// False where `RESMON_OFF` keeps the monitor from running.
    pub(super) runs: bool,
}

/// The publishing monitor of this process; a forked child has none.
static CURRENT: PerProcess<Weak<Shared>> = per_process!(Weak::new());

/// A running monitor, to read from anywhere.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// let monitor = resmon::Monitor::start()?;
/// let handle = monitor.handle();
/// let reader = std::thread::spawn(move || handle.snapshot().sequence());
/// assert!(reader.join().expect("no panic") >= 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Handle(pub(super) Arc<Shared>);

impl Handle {
    /// The publishing monitor of this process, if one runs.
    pub(super) fn current() -> Option<Self> {
        CURRENT.lock().upgrade().map(Self)
    }

    /// Takes the place of the publishing monitor; false if it is taken.
    pub(super) fn become_current(&self) -> bool {
        let mut current = CURRENT.lock();
        let free = current.upgrade().is_none();
        if free {
            *current = Arc::downgrade(&self.0);
        }
        free
    }

    pub(super) fn resign(&self) {
        let mut current = CURRENT.lock();
        if current.ptr_eq(&Arc::downgrade(&self.0)) {
            *current = Weak::new();
        }
    }

    /// The figures of the latest sample.
    pub fn snapshot(&self) -> Snapshot {
        self.0.view.snapshot()
    }

    /// The samples kept.
    pub fn history(&self) -> History {
        self.0.view.history.clone()
    }

    /// A picture with CPU above memory.
    #[cfg(feature = "chart")]
    pub fn overview(&self) -> KeptChart {
        Chart::kept(self.history(), self.0.view.interval, Vec::new())
    }

    /// A picture of those figures, of counters what they gain a second.
    #[cfg(feature = "chart")]
    pub fn chart<F: Into<Figure>>(&self, figures: impl IntoIterator<Item = F>) -> KeptChart {
        let figures = figures.into_iter().map(Into::into).collect();
        Chart::kept(self.history(), self.0.view.interval, figures)
    }

    /// Every annotated function and what it has done so far, the longest in total first.
    pub fn functions(&self) -> Vec<FunctionStats> {
        calls::functions()
    }

    /// Every annotated function and what it did in the last so long, the longest in total first.
    ///
    /// See [`functions_in`](Self::functions_in).
    pub fn functions_last(&self, length: Duration) -> Vec<FunctionStats> {
        calls::functions_within(Period::last(length))
    }

    /// Every annotated function and what it did from one time to another by the wall clock:
    /// `from..to`, `from..`. Calls count where they end, to the second. Those under way are the
    /// ones of now, whatever the time.
    ///
    /// As far back as the [history](crate::Builder::history) and what is
    /// [retained](crate::Builder::retain) reach, in 4 MiB at most: where more is called than
    /// that holds, what is older is told in longer stretches, up to an eighth of its age.
    pub fn functions_in(&self, times: impl RangeBounds<SystemTime>) -> Vec<FunctionStats> {
        calls::functions_within(Period::of(&times))
    }

    /// What a function did in each second of the last so long in which it was called, oldest
    /// first; empty if there is none of that name, `checkout` or `shop::checkout`.
    pub fn function_points(&self, function: &str, length: Duration) -> Vec<FunctionPoint> {
        let meant = |stats: &FunctionStats| stats.answers_to(function);
        let course = calls::course(Period::last(length), usize::MAX, meant);
        let mut points = course.map(|(_, points)| points).unwrap_or_default();
        points.retain(|point| point.calls > 0);
        points
    }

    /// The calls under way of functions annotated with `in_flight` or `slow`, the oldest first.
    pub fn in_flight(&self) -> Vec<CallInFlight> {
        calls::in_flight()
    }

    /// A text for the end of a program: what it used, and where its time went.
    pub fn summary(&self) -> String {
        if !self.0.runs {
            return "resmon is switched off by the environment (RESMON_OFF)\n".to_owned();
        }
        let now = Sampler::process_now();
        let view = &self.0.view;
        let lasted = view.snapshot().since_start() + view.age(self.0.clock.now());
        summary::summary(view, &now, lasted, &self.functions())
    }

    /// Takes the sample that is due, if one is, and delivers every call that has ended.
    ///
    /// Waits at most two seconds; false if that was not enough, or the monitor has stopped.
    /// On the monitor's own thread, in a custom figure, it does not wait at all.
    pub fn flush(&self) -> bool {
        !self.0.runs || self.0.bell.flush(STOP_LIMIT)
    }

    /// Whether samples are being taken as they are due.
    ///
    /// False once three intervals, and no less than two seconds, have passed without one, and
    /// once the monitor has stopped.
    /// This is the health of the monitor, not of the program: as a liveness probe it would
    /// have a throttled program restarted.
    pub fn is_healthy(&self) -> bool {
        let patience = self.0.view.interval.saturating_mul(3).max(Duration::from_secs(2));
        let runs = self.0.runs && !self.0.bell.has_ended();
        runs && self.0.view.age(self.0.clock.now()) <= patience
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("healthy", &self.is_healthy()).finish_non_exhaustive()
    }
}
