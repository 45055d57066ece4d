//! Which way a call goes: to the shards, or straight to a recorder.
//!
//! The *ground* recorder is what a fresh thread sees: the global one, or `metrics`' no-op
//! while there is none. Calls on the ground go to the shards while something reads these
//! (a publishing monitor, resmon's own recorder) or while there is no recorder to give
//! them to. Any other recorder is local to the thread, a test's capture for instance, or
//! a global one installed since the ground was last looked at: the call is its own.
//!
//! Addresses are only ever compared with that of the ground, which is a static or leaked;
//! local recorders that follow one another may share an address.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use metrics::Recorder;

use super::forked;
use crate::fork::{Held, PLACES, PerProcess};

/// The recorder whose calls go to the shards; 0 for none.
static SHARDED: AtomicUsize = AtomicUsize::new(0);
static ENABLED: AtomicBool = AtomicBool::new(true);
/// The global recorder is resmon's own, which renders what the shards hold.
static OWN: AtomicBool = AtomicBool::new(false);
static STATE: PerProcess<State> =
    PerProcess::new(State::inherited, [const { Mutex::new((0, State::new())) }; PLACES]);
/// The ground as it was found last, each 0 until then. A forked child takes it over: to look
/// for itself it would have to start a thread, which can hang there, for the standard library
/// has a lock that a thread of the parent's may have held.
static RECORDER: AtomicUsize = AtomicUsize::new(0);
static NOOP: AtomicUsize = AtomicUsize::new(0);

#[derive(Clone, Copy)]
struct State {
    ground: Option<Ground>,
    /// Something reads the shards and delivers what is in them.
    batching: bool,
    /// The strangers that came last, so that each is looked at once, or rarely.
    strangers: [usize; 4],
    looked: Option<Instant>,
}

/// How often a stranger that came before is looked at again: a global recorder may stand
/// where a local one stood.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, PartialEq, Eq)]
struct Ground {
    address: usize,
    noop: bool,
}

/// Which way a call goes.
pub(super) enum Route {
    /// To the shards.
    Shards,
    /// To the program's global recorder.
    Ground,
    /// To a recorder of the thread's own, or a test's.
    Local,
}

impl State {
    const fn new() -> Self {
        Self { ground: None, batching: false, strangers: [0; 4], looked: None }
    }

    /// That of a process which has not looked itself.
    fn inherited() -> Self {
        let known = |at: &AtomicUsize, noop| match at.load(Ordering::Relaxed) {
            0 => None,
            address => Some(Ground { address, noop }),
        };
        let ground = known(&RECORDER, false).or_else(|| known(&NOOP, true));
        Self { ground, ..Self::new() }
    }

    fn settle(&self) {
        let sharded = match self.ground {
            Some(ground) if ground.noop || self.batching || is_own() => ground.address,
            _ => 0,
        };
        SHARDED.store(sharded, Ordering::Relaxed);
    }

    /// Whether the recorder at that address is worth a look.
    fn is_news(&mut self, address: usize) -> bool {
        let now = Instant::now();
        let stale = self.looked.is_none_or(|then| now.duration_since(then) >= LOOK_AGAIN);
        let new = !self.strangers.contains(&address);
        if new {
            self.strangers.rotate_right(1);
            self.strangers[0] = address;
        }
        if new || stale {
            self.looked = Some(now);
        }
        new || stale
    }

    fn is_ground(&self, address: usize) -> bool {
        self.ground.is_some_and(|ground| ground.address == address)
    }

    /// Whether it is the ground, and a recorder.
    fn is_recorder(&self, address: usize) -> bool {
        self.is_ground(address) && self.ground.is_some_and(|ground| !ground.noop)
    }

    /// Looks at the ground again, unless it is a recorder, which never changes.
    fn look(&mut self, ground: impl FnOnce() -> Option<Ground>) {
        if self.ground.is_none_or(|ground| ground.noop) {
            self.ground = ground().or(self.ground);
            if let Some(Ground { address, noop }) = self.ground {
                let at = if noop { &NOOP } else { &RECORDER };
                at.store(address, Ordering::Relaxed);
            }
        }
        self.settle();
    }
}

impl Ground {
    /// The ground as this thread sees it, which must have no local recorder.
    ///
    /// A global recorder is boxed, so one without a size sits at the dangling address that
    /// equals its alignment; the no-op is a static and has a real address.
    fn here() -> Self {
        metrics::with_recorder(|recorder| {
            let address = address_of(recorder);
            let noop = size_of_val(recorder) == 0 && address != align_of_val(recorder);
            Self { address, noop }
        })
    }
}

#[inline]
fn address_of(recorder: &dyn Recorder) -> usize {
    std::ptr::from_ref(recorder).addr()
}

/// Whether the attributes do anything; never in a program compiled with `--cfg resmon_off`.
#[inline]
pub fn is_enabled() -> bool {
    !cfg!(resmon_off) && ENABLED.load(Ordering::Relaxed)
}

/// Switches the attributes on or off for the whole process; they are on at the start.
///
/// While off, no call is counted or timed, and `log_execution_time` writes no line. A
/// running monitor goes on with its own figures.
///
/// # Examples
///
/// ```
/// resmon::set_enabled(false);
/// assert!(!resmon::is_enabled());
/// resmon::set_enabled(true);
/// ```
pub fn set_enabled(enabled: bool) {
    ENABLED.store(enabled, Ordering::Relaxed);
}

/// Whether the current thread's calls go to the shards, as far as one comparison tells.
#[inline(always)]
#[allow(clippy::inline_always, reason = "on every call; a frame costs as much as the work")]
pub(super) fn leads_to_shards() -> bool {
    metrics::with_recorder(address_of) == SHARDED.load(Ordering::Relaxed)
}

/// The way of a call for which the comparison was not enough.
pub(super) fn choose() -> Route {
    let here = metrics::with_recorder(address_of);
    let mut state = lock();
    if state.ground.is_none() {
        forked::watch();
    }
    if state.is_ground(here) {
        state.settle();
    } else if here != SHARDED.load(Ordering::Relaxed) && state.is_news(here) {
        let before = state.ground;
        state.look(|| on_fresh_thread(Ground::here));
        if state.ground != before && state.is_recorder(here) {
            drop(state);
            // The program's recorder is here: give it what was counted before it came.
            super::deliver::flush();
            state = lock();
        }
    }
    // Where no thread could be had to look from, what looks like the no-op is taken for it.
    let noop = state.ground.is_none() && Ground::here().noop;
    if noop || here == SHARDED.load(Ordering::Relaxed) {
        Route::Shards
    } else if state.is_recorder(here) {
        Route::Ground
    } else {
        Route::Local
    }
}

/// A monitor begins to read the shards. To be called from a thread without local recorder.
pub(crate) fn batching_started() {
    forked::watch();
    change(|state| state.batching = true);
}

/// A monitor has read the shards for the last time.
pub(crate) fn batching_stopped() {
    change(|state| state.batching = false);
}

/// The global recorder is resmon's own from now on.
#[cfg(feature = "prometheus")]
pub(crate) fn own_recorder_installed() {
    OWN.store(true, Ordering::Relaxed);
    change(|_| {});
}

/// Whether the global recorder is resmon's own.
pub(super) fn is_own() -> bool {
    OWN.load(Ordering::Relaxed)
}

/// Whether there is a global recorder to deliver to, other than resmon's own; one that was
/// installed since is noticed. For threads without a local recorder.
pub(crate) fn has_foreign_recorder() -> bool {
    let mut state = lock();
    state.look(|| Some(Ground::here()));
    !is_own() && state.ground.is_some_and(|ground| !ground.noop)
}

/// Whether this thread sees the ground, so that what is to be done there can be done here.
pub(super) fn is_here() -> bool {
    let here = metrics::with_recorder(address_of);
    lock().is_ground(here)
}

/// Forgets the parent's monitor in a forked child. Takes no lock: the parent may have held it.
pub(super) fn forget_parent() {
    SHARDED.store(0, Ordering::Relaxed);
}

fn change(change: impl FnOnce(&mut State)) {
    let mut state = lock();
    change(&mut state);
    state.look(|| on_fresh_thread(Ground::here));
}

fn lock() -> Held<'static, State> {
    STATE.lock()
}

/// Runs `read` where no local recorder can be; None where no thread can be had.
pub(super) fn on_fresh_thread<T: Send>(read: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let name = "resmon-look".to_owned();
        thread::Builder::new().name(name).spawn_scoped(scope, read).ok()?.join().ok()
    })
}
