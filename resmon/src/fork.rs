//! What a forked child must not inherit.
//!
//! A forked child has a copy of everything the parent held and none of its threads. State
//! behind [`PerProcess`] begins anew in it, and no lock that a thread of the parent held at
//! that moment is ever waited for. Only a fork during the very first call of a program, when
//! what a fork is to do is not registered yet, can meet such a lock.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Mutex, MutexGuard, Once, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

/// How many forks lie between this process and the one that first used resmon.
static GENERATION: AtomicUsize = AtomicUsize::new(0);

/// Locks that take turns: a child never has the place that its parent used.
pub(crate) const PLACES: usize = 4;

/// A value behind a lock, which each forked child has anew.
pub(crate) struct PerProcess<T> {
    fresh: fn() -> T,
    /// Each with the generation whose value it is.
    places: [Mutex<(usize, T)>; PLACES],
}

/// Makes a [`PerProcess`] whose value is that constant expression.
macro_rules! per_process {
    ($value:expr) => {
        $crate::fork::PerProcess::new(
            || $value,
            [const { ::std::sync::Mutex::new((0, $value)) }; $crate::fork::PLACES],
        )
    };
}
pub(crate) use per_process;

impl<T> PerProcess<T> {
    pub(crate) const fn new(fresh: fn() -> T, places: [Mutex<(usize, T)>; PLACES]) -> Self {
        Self { fresh, places }
    }

    pub(crate) fn lock(&self) -> Held<'_, T> {
        let here = generation();
        let place = &self.places[here % PLACES];
        let mut held = place.lock().unwrap_or_else(PoisonError::into_inner);
        if held.0 != here {
            // An ancestor's, which may be in any state: it is left as it is.
            std::mem::forget(std::mem::replace(&mut *held, (here, (self.fresh)())));
        }
        Held(held)
    }
}

/// The value of this process, locked.
pub(crate) struct Held<'a, T>(MutexGuard<'a, (usize, T)>);

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.1
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0.1
    }
}

/// How many forks lie between this process and the one that first used resmon.
pub(crate) fn generation() -> usize {
    GENERATION.load(Ordering::Relaxed)
}

/// What else is to be done around a fork, all of it in the thread that forks.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(unix), expect(dead_code, reason = "nothing forks there"))]
pub(crate) struct Around {
    pub(crate) before: extern "C" fn(),
    pub(crate) in_parent: extern "C" fn(),
    pub(crate) in_child: extern "C" fn(),
}

/// Has the child of every later fork begin anew. Only the first caller's `around` counts.
#[cfg(unix)]
#[allow(unsafe_code, reason = "registering a fork handler is a call into libc")]
pub(crate) fn watch(around: Around) {
    extern "C" fn begin_anew() {
        GENERATION.fetch_add(1, Ordering::Relaxed);
    }

    static WATCHED: Once = Once::new();
    WATCHED.call_once(|| {
        // SAFETY: the handlers only use atomics and a lock of the forking thread's own, both
        // safe in a forked child. Registering fails for want of memory alone; then a child
        // would go on with the parent's counts.
        unsafe {
            libc::pthread_atfork(None, None, Some(begin_anew));
            libc::pthread_atfork(
                Some(around.before),
                Some(around.in_parent),
                Some(around.in_child),
            );
        }
    });
}

#[cfg(not(unix))]
pub(crate) fn watch(_: Around) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_of_another_generation_begins_anew() {
        static VALUE: PerProcess<u32> = per_process!(7);
        *VALUE.lock() = 8;
        assert_eq!(*VALUE.lock(), 8);
        VALUE.places[0].lock().unwrap().0 = PLACES;
        assert_eq!(*VALUE.lock(), 7);
    }
}
