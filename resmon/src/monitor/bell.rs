//! How other threads wake the monitor's, and wait for it.

use std::{
    sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

/// Wishes of other threads and what has become of them.
#[derive(Debug, Default)]
pub(super) struct Bell {
    state: Mutex<State>,
    rung: Condvar,
    answered: Condvar,
    /// The monitor's thread.
    answerer: OnceLock<ThreadId>,
}

#[derive(Debug, Default)]
struct State {
    rung: bool,
    stop: bool,
    flushes_wanted: u64,
    flushes_done: u64,
    ended: bool,
}

/// What the monitor's thread was woken for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) stop: bool,
    /// Every flush asked for up to this number is answered by the next one.
    pub(super) flush: Option<u64>,
}

impl Bell {
    /// Wakes the monitor's thread to look at its clock.
    pub(super) fn ring(&self) {
        self.change(|_| {});
    }

    /// Asks for an end, and waits for it until then. True if it came.
    pub(super) fn stop(&self, until: Instant) -> bool {
        self.change(|state| state.stop = true);
        self.wait_until(until, |state| state.ended.then_some(true))
    }

    /// Whether the monitor's thread is gone.
    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Asks for a flush, and waits for it no longer than `limit`. True if it was done.
    pub(super) fn flush(&self, limit: Duration) -> bool {
        let mut number = 0;
        self.change(|state| {
            state.flushes_wanted += 1;
            number = state.flushes_wanted;
        });
        self.wait_until(Instant::now() + limit, |state| {
            let done = state.flushes_done >= number;
            (done || state.ended).then_some(done)
        })
    }

    /// The monitor's thread: it is this one.
    pub(super) fn answered_here(&self) {
        let _ = self.answerer.set(thread::current().id());
    }

    /// The monitor's thread: waits to be woken, at most `limit`, forever without one.
    pub(super) fn wait(&self, limit: Option<Duration>) -> Wish {
        let state = self.lock();
        let asleep = |state: &mut State| !state.rung;
        let mut state = match limit {
            Some(limit) => {
                let waited = self.rung.wait_timeout_while(state, limit, asleep);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
            None => self.rung.wait_while(state, asleep).unwrap_or_else(PoisonError::into_inner),
        };
        state.rung = false;
        let wanted = state.flushes_wanted;
        Wish { stop: state.stop, flush: (wanted > state.flushes_done).then_some(wanted) }
    }

    /// The monitor's thread: every flush up to that number is done.
    pub(super) fn flushed(&self, number: u64) {
        self.lock().flushes_done = number;
        self.answered.notify_all();
    }

    /// The monitor's thread: nothing will be done any more.
    pub(super) fn ended(&self) {
        self.lock().ended = true;
        self.answered.notify_all();
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        state.rung = true;
        self.rung.notify_all();
    }

    fn wait_until(&self, until: Instant, outcome: impl Fn(&State) -> Option<bool>) -> bool {
        // The monitor's own thread would wait for itself.
        let itself = self.answerer.get() == Some(&thread::current().id());
        let mut state = self.lock();
        loop {
            if let Some(outcome) = outcome(&state) {
                return outcome;
            }
            let left = until.saturating_duration_since(Instant::now());
            if itself || left.is_zero() {
                return false;
            }
            let waited = self.answered.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
