//! One call, from entry to exit.

use std::{fmt, marker::PhantomData, mem, thread};

use super::{Amounts, CallResult, CallSite, Ended, Extra, LogLine, Measure, Outcome, record};
use crate::{alloc, clock::ticks};

/// A running call. Dropping it counts the call: as a panic while the thread unwinds from a
/// panic that began inside, else as the result it was given, `ok` at first.
#[must_use = "dropping the guard ends the call"]
pub struct Guard<K: Measure, X: Extra = ()> {
    /// None while resmon is disabled.
    site: Option<&'static CallSite>,
    start: u64,
    was_panicking: bool,
    extra: X,
    measure: PhantomData<K>,
}

impl<K: Measure, X: Extra> Guard<K, X> {
    #[inline]
    pub(super) fn begin(site: &'static CallSite, mut extra: X) -> Self {
        let site = extra.begin(site);
        let was_panicking = thread::panicking();
        extra.resume();
        let start = if K::CLOCK { ticks::now() } else { 0 };
        Self { site: Some(site), start, was_panicking, extra, measure: PhantomData }
    }

    #[inline]
    pub(super) fn inert(extra: X) -> Self {
        Self { site: None, start: 0, was_panicking: false, extra, measure: PhantomData }
    }

    /// Ends the call with what its value says.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "on every call; a frame costs as much as the work")]
    pub fn finish(mut self, outcome: Outcome<'_>) {
        let (site, start, extra) = (self.site, self.start, mem::take(&mut self.extra));
        // What is left to the drop is the unwinding alone, which need not be inlined.
        mem::forget(self);
        if let Some(site) = site {
            let result = if outcome.failed { CallResult::Error } else { CallResult::Ok };
            end::<K, X>(site, start, result, outcome, extra);
        }
    }

    /// Ends no call, and says whose it would have been and when it began.
    pub(super) fn abandon(mut self) -> (Option<&'static CallSite>, u64, X) {
        self.extra.abandon();
        (self.site.take(), self.start, mem::take(&mut self.extra))
    }
}

impl<K: Measure, X: Extra> Drop for Guard<K, X> {
    #[inline]
    fn drop(&mut self) {
        let Some(site) = self.site else { return };
        let result = if thread::panicking() && !self.was_panicking {
            CallResult::Panic
        } else {
            CallResult::Ok
        };
        end::<K, X>(site, self.start, result, Outcome::OK, mem::take(&mut self.extra));
    }
}

/// Ends a call that began at `start` and ran in one piece.
#[inline(always)]
#[allow(clippy::inline_always, reason = "on every call; a frame costs as much as the work")]
fn end<K: Measure, X: Extra>(
    site: &'static CallSite,
    start: u64,
    result: CallResult,
    outcome: Outcome<'_>,
    mut extra: X,
) {
    // A counter that steps back must not destroy a sum.
    let elapsed = if K::CLOCK { ticks::now().saturating_sub(start) } else { 0 };
    extra.pause();
    let amounts = X::ANY.then(Amounts::default);
    conclude::<K, X>(site, elapsed, result, outcome, extra, amounts);
}

/// Counts a call that took so long, with what was measured of it, and writes its line.
#[inline(always)]
#[allow(clippy::inline_always, reason = "on every call; a frame costs as much as the work")]
pub(super) fn conclude<K: Measure, X: Extra>(
    site: &'static CallSite,
    elapsed: u64,
    result: CallResult,
    outcome: Outcome<'_>,
    mut extra: X,
    mut amounts: Option<Amounts>,
) {
    let fields = (K::LOG && X::ANY).then(|| extra.take_fields());
    if let Some(amounts) = &mut amounts {
        extra.end(&Ended { site, elapsed, result }, amounts);
    }
    record::<K>(site, result, elapsed, amounts.as_ref());
    if K::LOG {
        log(site, elapsed, result, outcome, &fields.unwrap_or_default());
    }
}

#[cold]
fn log(site: &CallSite, elapsed: u64, result: CallResult, outcome: Outcome<'_>, fields: &[String]) {
    // What the program's subscriber allocates for it is no call's.
    alloc::uncounted(|| {
        site.log(&LogLine {
            function: site.function(),
            module: site.module(),
            ticks: elapsed,
            result: result.as_str(),
            fields,
            error: outcome.error,
        });
    });
}

impl<K: Measure, X: Extra> fmt::Debug for Guard<K, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("site", &self.site).finish_non_exhaustive()
    }
}
