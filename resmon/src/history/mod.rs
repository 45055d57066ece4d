//! What the figures were: a bounded ring of samples.

mod ring;
mod window;

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use ring::Ring;
pub use window::Window;

use crate::{
    Figure,
    snapshot::{Gap, Snapshot},
};

/// The samples a monitor keeps: the last ten minutes at the default of one a second.
///
/// A handle: clones share the samples. Memory is 8 bytes a sample and series, some 200 KiB
/// by default, and never grows beyond.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use resmon::{ManualClock, Monitor};
///
/// # fn main() -> Result<(), resmon::Error> {
/// let clock = ManualClock::new();
/// let mut depth = 0.0;
/// let monitor = Monitor::builder()
///     .private()
///     .clock(clock.clone())
///     .gauge("queue_depth", move || {
///         depth += 1.0;
///         depth
///     })
///     .start()?;
/// for _ in 0..3 {
///     clock.advance(Duration::from_secs(1));
///     monitor.flush();
/// }
/// let window = monitor.history().window("queue_depth", Duration::from_secs(3)).expect("samples");
/// assert_eq!((window.min(), window.mean(), window.max(), window.last()), (2.0, 3.0, 4.0, 4.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct History(Arc<Mutex<Ring>>);

/// A figure's value at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// The wall-clock time of the sample.
    pub time: SystemTime,
    /// Monotonic time since the monitor started: what distances should be taken on.
    pub since_start: Duration,
    /// The value; None where the figure was absent.
    pub value: Option<f64>,
    /// Why the sample does not follow on from the one before, where it does not.
    pub gap: Option<Gap>,
}

impl History {
    pub(crate) fn new(capacity: usize) -> Self {
        Self(Arc::new(Mutex::new(Ring::new(capacity))))
    }

    pub(crate) fn push(&self, snapshot: &Snapshot) {
        self.ring().push(snapshot);
    }

    /// How many samples are kept now.
    pub fn len(&self) -> usize {
        self.ring().len()
    }

    /// Whether no sample is kept yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many samples are kept at most.
    pub fn capacity(&self) -> usize {
        self.ring().capacity()
    }

    /// The mean, least, greatest and last value within the window that ends at the latest
    /// sample: later than `length` before it.
    ///
    /// None if the figure was absent throughout, or several series match.
    pub fn window(&self, figure: impl Into<Figure>, length: Duration) -> Option<Window> {
        let ring = self.ring();
        let column = ring.column(&figure.into())?;
        let end = ring.latest()?.since_start;
        let inside = |at: Duration| end.saturating_sub(at) < length;
        Window::of(ring.points(column).filter(|p| inside(p.since_start)).filter_map(|p| p.value))
    }

    /// Every sample of a figure, oldest first; empty if it is unknown or several series match.
    pub fn points(&self, figure: impl Into<Figure>) -> Vec<Point> {
        let ring = self.ring();
        let column = ring.column(&figure.into());
        column.map(|column| ring.points(column).collect()).unwrap_or_default()
    }

    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("samples", &self.len()).finish_non_exhaustive()
    }
}
