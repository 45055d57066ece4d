//! One call, from entry to exit.

use std::{fmt, marker::PhantomData, mem, thread};

use super::{CallResult, CallSite, LogLine, Measure, Outcome, record};
use crate::clock::ticks;

/// A running call. Dropping it counts the call: as a panic while the thread unwinds from a
/// panic that began inside, else as the result it was given, `ok` at first.
#[must_use = "dropping the guard ends the call"]
pub struct Guard<K: Measure> {
    /// None while resmon is disabled.
    site: Option<&'static CallSite>,
    start: u64,
    was_panicking: bool,
    measure: PhantomData<K>,
}

impl<K: Measure> Guard<K> {
    #[inline]
    pub(super) fn begin(site: &'static CallSite) -> Self {
        let was_panicking = thread::panicking();
        let start = if K::CLOCK { ticks::now() } else { 0 };
        Self { site: Some(site), start, was_panicking, measure: PhantomData }
    }

    #[inline]
    pub(super) fn inert() -> Self {
        Self { site: None, start: 0, was_panicking: false, measure: PhantomData }
    }

    /// Ends the call with what its value says.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "on every call; a frame costs as much as the work")]
    pub fn finish(self, outcome: Outcome<'_>) {
        let (site, start) = (self.site, self.start);
        // What is left to the drop is the unwinding alone, which need not be inlined.
        mem::forget(self);
        if let Some(site) = site {
            let result = if outcome.failed { CallResult::Error } else { CallResult::Ok };
            end::<K>(site, start, result, outcome);
        }
    }

    /// Ends no call, and says whose it would have been.
    pub(super) fn abandon(mut self) -> Option<&'static CallSite> {
        self.site.take()
    }
}

impl<K: Measure> Drop for Guard<K> {
    #[inline]
    fn drop(&mut self) {
        let Some(site) = self.site else { return };
        let result = if thread::panicking() && !self.was_panicking {
            CallResult::Panic
        } else {
            CallResult::Ok
        };
        end::<K>(site, self.start, result, Outcome::OK);
    }
}

/// Counts a call that began at `start`, and writes its line.
#[inline(always)]
#[allow(clippy::inline_always, reason = "on every call; a frame costs as much as the work")]
pub(super) fn end<K: Measure>(
    site: &'static CallSite,
    start: u64,
    result: CallResult,
    outcome: Outcome<'_>,
) {
    // A counter that steps back must not destroy a sum.
    let elapsed = if K::CLOCK { ticks::now().saturating_sub(start) } else { 0 };
    record::<K>(site, result, elapsed);
    if K::LOG {
        log(site, elapsed, result, outcome);
    }
}

#[cold]
fn log(site: &CallSite, elapsed: u64, result: CallResult, outcome: Outcome<'_>) {
    site.log(&LogLine {
        function: site.function(),
        module: site.module(),
        elapsed: ticks::duration(elapsed),
        result: result.as_str(),
        error: outcome.error,
    });
}

impl<K: Measure> fmt::Debug for Guard<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("site", &self.site).finish_non_exhaustive()
    }
}
