//! One async call, from its first poll to its end.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{CallResult, CallSite, Measure, Outcome, guard, route};
use crate::clock::ticks;

pin_project! {
    /// A future that counts itself: when it is ready, panics, or is dropped between.
    ///
    /// A future that was never polled is no call.
    #[must_use = "futures do nothing unless polled"]
    pub struct CallFuture<F, C, K: Measure> {
        #[pin]
        inner: F,
        classify: C,
        call: AsyncCall<K>,
    }
}

/// The state of the call, apart from the future: its drop is what notices a cancellation.
struct AsyncCall<K: Measure> {
    site: &'static CallSite,
    start: u64,
    stage: Stage,
    measure: PhantomData<fn(K)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Unpolled,
    Running,
    /// In a poll that has not returned: if it is dropped so, the poll panicked.
    Polling,
    Ended,
}

impl<F, C, K> CallFuture<F, C, K>
where
    F: Future,
    C: FnMut(&F::Output) -> Outcome<'_>,
    K: Measure,
{
    /// Counts `inner` as a call of `site`, its result as `classify` says.
    pub const fn new(site: &'static CallSite, inner: F, classify: C) -> Self {
        let call = AsyncCall { site, start: 0, stage: Stage::Unpolled, measure: PhantomData };
        Self { inner, classify, call }
    }
}

impl<F, C, K> Future for CallFuture<F, C, K>
where
    F: Future,
    C: FnMut(&F::Output) -> Outcome<'_>,
    K: Measure,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let polled = {
            let poll = PollOf::begin(this.call);
            let polled = this.inner.poll(cx);
            poll.returned();
            polled
        };
        let value = ready!(polled);
        this.call.end((this.classify)(&value));
        Poll::Ready(value)
    }
}

/// One poll: dropped without having returned, it unwinds.
struct PollOf<'a, K: Measure>(&'a mut AsyncCall<K>);

impl<'a, K: Measure> PollOf<'a, K> {
    #[inline]
    fn begin(call: &'a mut AsyncCall<K>) -> Self {
        match call.stage {
            Stage::Unpolled if !route::is_enabled() => call.stage = Stage::Ended,
            Stage::Unpolled => {
                call.start = if K::CLOCK { ticks::now() } else { 0 };
                call.stage = Stage::Polling;
            }
            Stage::Running => call.stage = Stage::Polling,
            Stage::Polling | Stage::Ended => {}
        }
        Self(call)
    }

    #[inline]
    fn returned(self) {
        if self.0.stage == Stage::Polling {
            self.0.stage = Stage::Running;
        }
    }
}

impl<K: Measure> Drop for PollOf<'_, K> {
    #[inline]
    fn drop(&mut self) {
        if self.0.stage == Stage::Polling {
            self.0.stage = Stage::Ended;
            guard::end::<K>(self.0.site, self.0.start, CallResult::Panic, Outcome::OK);
        }
    }
}

impl<K: Measure> AsyncCall<K> {
    #[inline]
    fn end(&mut self, outcome: Outcome<'_>) {
        if self.stage == Stage::Running {
            self.stage = Stage::Ended;
            let result = if outcome.failed { CallResult::Error } else { CallResult::Ok };
            guard::end::<K>(self.site, self.start, result, outcome);
        }
    }
}

impl<K: Measure> Drop for AsyncCall<K> {
    fn drop(&mut self) {
        if self.stage == Stage::Running {
            guard::end::<K>(self.site, self.start, CallResult::Cancelled, Outcome::OK);
        }
    }
}

impl<F, C, K: Measure> fmt::Debug for CallFuture<F, C, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFuture").field("site", self.call.site).finish_non_exhaustive()
    }
}
