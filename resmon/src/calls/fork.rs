//! What becomes of the counts when the process forks.
//!
//! A forked child has a copy of everything the parent counted and none of its threads. It
//! begins anew: its calls go to shards of its own, what the parent counted stays the
//! parent's, no monitor runs, and no lock that a thread of the parent held at that moment is ever waited for.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// How many forks lie between this process and the one that registered the handler.
static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// Forks in a row that keep apart; the children of later ones share the last place.
const GENERATIONS: usize = 4;

/// A lock that each forked child has anew.
pub(crate) struct PerProcess<T> {
    locks: [Mutex<T>; GENERATIONS],
}

impl<T> PerProcess<T> {
    pub(crate) const fn new(locks: [Mutex<T>; GENERATIONS]) -> Self {
        Self { locks }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        let place = generation().min(GENERATIONS - 1);
        self.locks[place].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many forks lie between this process and the one that first used resmon.
pub(super) fn generation() -> usize {
    GENERATION.load(Ordering::Relaxed)
}

/// Has the child of every later fork begin anew.
#[cfg(unix)]
#[allow(unsafe_code, reason = "registering a fork handler is a call into libc")]
pub(super) fn watch() {
    extern "C" fn in_child() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
        super::route::forget_parent();
        super::slot::forget_parent();
    }

    static WATCHED: std::sync::Once = std::sync::Once::new();
    WATCHED.call_once(|| {
        // SAFETY: the handler only stores into atomics, which is safe in a forked child. It
        // fails for want of memory alone; then a child would go on with the parent's counts.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
}

#[cfg(not(unix))]
pub(super) fn watch() {}
