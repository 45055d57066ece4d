//! A clock that stands still until a test moves it.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use super::Moment;

/// A clock for tests: time passes when the test says so.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use resmon::{ManualClock, Monitor};
///
/// # fn main() -> Result<(), resmon::Error> {
/// let clock = ManualClock::new();
/// let monitor = Monitor::builder().private().clock(clock.clone()).start()?;
/// clock.advance(Duration::from_secs(3));
/// monitor.flush();
/// assert_eq!(monitor.snapshot().since_start(), Duration::from_secs(3));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ManualClock(Arc<Mutex<State>>);

struct State {
    now: Moment,
    wakers: Vec<Box<dyn Fn() + Send>>,
}

impl ManualClock {
    /// A clock that stands at an hour after its origin.
    pub fn new() -> Self {
        let origin = Duration::from_hours(1);
        let now = Moment { monotonic: origin, boot: origin, wall: SystemTime::UNIX_EPOCH + origin };
        Self(Arc::new(Mutex::new(State { now, wakers: Vec::new() })))
    }

    /// Lets time pass on every clock.
    pub fn advance(&self, by: Duration) {
        self.change(|now| {
            now.monotonic += by;
            now.boot += by;
            now.wall += by;
        });
    }

    /// Lets time pass as a suspended machine sees it: not on the monotonic clock.
    pub fn suspend(&self, by: Duration) {
        self.change(|now| {
            now.boot += by;
            now.wall += by;
        });
    }

    /// Sets the wall clock alone, as a person or time server does.
    pub fn set_wall_clock(&self, to: SystemTime) {
        self.change(|now| now.wall = to);
    }

    pub(crate) fn now(&self) -> Moment {
        self.state().now
    }

    /// Has `wake` called at each change.
    pub(crate) fn on_change(&self, wake: impl Fn() + Send + 'static) {
        self.state().wakers.push(Box::new(wake));
    }

    fn change(&self, change: impl FnOnce(&mut Moment)) {
        let mut state = self.state();
        change(&mut state.now);
        for wake in &state.wakers {
            wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ManualClock").field(&self.now()).finish()
    }
}
