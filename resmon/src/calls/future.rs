//! One async call, from its first poll to its end.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    mem,
    pin::Pin,
    task::{Context, Poll, ready},
};

use pin_project_lite::pin_project;

use super::{Amount, Amounts, CallResult, CallSite, Extra, Measure, Outcome, guard, route};
use crate::clock::ticks;

pin_project! {
    /// A future that counts itself: when it is ready, panics, or is dropped between.
    ///
    /// A future that was never polled is no call.
    #[must_use = "futures do nothing unless polled"]
    pub struct CallFuture<F, C, K: Measure, X: Extra = ()> {
        #[pin]
        inner: F,
        classify: C,
        call: AsyncCall<K, X>,
    }
}

/// The state of the call, apart from the future: its drop is what notices a cancellation.
struct AsyncCall<K: Measure, X: Extra> {
    site: &'static CallSite,
    stage: Stage,
    polls: u32,
    start: u64,
    /// When the latest poll began or, between polls, ended.
    turned: u64,
    busy: u64,
    longest: u64,
    extra: X,
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
        Self::with(site, inner, classify, ())
    }
}

impl<F, C, K, X> CallFuture<F, C, K, X>
where
    F: Future,
    C: FnMut(&F::Output) -> Outcome<'_>,
    K: Measure,
    X: Extra,
{
    /// As [`new`](CallFuture::new), with what options add.
    pub const fn with(site: &'static CallSite, inner: F, classify: C, extra: X) -> Self {
        let call = AsyncCall {
            site,
            stage: Stage::Unpolled,
            polls: 0,
            start: 0,
            turned: 0,
            busy: 0,
            longest: 0,
            extra,
            measure: PhantomData,
        };
        Self { inner, classify, call }
    }
}

impl<F, C, K, X> Future for CallFuture<F, C, K, X>
where
    F: Future,
    C: FnMut(&F::Output) -> Outcome<'_>,
    K: Measure,
    X: Extra,
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
        if this.call.stage == Stage::Running {
            let outcome = (this.classify)(&value);
            let result = if outcome.failed { CallResult::Error } else { CallResult::Ok };
            this.call.end(result, outcome);
        }
        Poll::Ready(value)
    }
}

/// One poll: dropped without having returned, it unwinds.
struct PollOf<'a, K: Measure, X: Extra>(&'a mut AsyncCall<K, X>);

impl<'a, K: Measure, X: Extra> PollOf<'a, K, X> {
    #[inline]
    fn begin(call: &'a mut AsyncCall<K, X>) -> Self {
        match call.stage {
            Stage::Unpolled if !route::is_enabled() => call.stage = Stage::Ended,
            Stage::Unpolled => {
                call.site = call.extra.begin(call.site);
                call.resume();
                call.start = call.turned;
            }
            Stage::Running => call.resume(),
            Stage::Polling | Stage::Ended => {}
        }
        Self(call)
    }

    #[inline]
    fn returned(self) {
        if self.0.stage == Stage::Polling {
            self.0.pause();
        }
    }
}

impl<K: Measure, X: Extra> Drop for PollOf<'_, K, X> {
    #[inline]
    fn drop(&mut self) {
        if self.0.stage == Stage::Polling {
            self.0.pause();
            self.0.end(CallResult::Panic, Outcome::OK);
        }
    }
}

impl<K: Measure, X: Extra> AsyncCall<K, X> {
    #[inline]
    fn resume(&mut self) {
        self.stage = Stage::Polling;
        self.extra.resume();
        self.turned = if K::CLOCK { ticks::now() } else { 0 };
    }

    #[inline]
    fn pause(&mut self) {
        self.stage = Stage::Running;
        let now = if K::CLOCK { ticks::now() } else { 0 };
        self.extra.pause();
        let took = now.saturating_sub(self.turned);
        self.turned = now;
        self.polls = self.polls.saturating_add(1);
        self.busy += took;
        self.longest = self.longest.max(took);
    }

    /// The call ends as its latest poll ended.
    #[inline]
    fn end(&mut self, result: CallResult, outcome: Outcome<'_>) {
        self.stage = Stage::Ended;
        let amounts = (K::CLOCK || X::ANY).then(|| {
            let mut amounts = Amounts::default();
            amounts.set(Amount::Polls, self.polls.into());
            amounts.set(Amount::Busy, self.busy);
            amounts.set(Amount::LongestPoll, self.longest);
            amounts
        });
        let elapsed = self.turned.saturating_sub(self.start);
        let extra = mem::take(&mut self.extra);
        guard::conclude::<K, X>(self.site, elapsed, result, outcome, extra, amounts);
    }
}

impl<K: Measure, X: Extra> Drop for AsyncCall<K, X> {
    fn drop(&mut self) {
        if self.stage == Stage::Running {
            // It waited until now.
            self.turned = if K::CLOCK { ticks::now() } else { 0 };
            self.end(CallResult::Cancelled, Outcome::OK);
        }
    }
}

impl<F, C, K: Measure, X: Extra> fmt::Debug for CallFuture<F, C, K, X> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFuture").field("site", self.call.site).finish_non_exhaustive()
    }
}
