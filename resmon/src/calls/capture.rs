//! For tests: the calls that a piece of code makes, seen apart from all others.
//!
//! A capture is a local recorder of its thread, so calls leave the way to the shards as they
//! do for any other; then they are written down here instead of being given to it.

use std::{
    cell::RefCell,
    future::Future,
    pin::{Pin, pin},
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, NoopRecorder, Recorder, SharedString, Unit,
};

use super::{CallResult, CallSite};
use crate::clock::ticks;

/// How often a function was called in a capture, by how the calls ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Calls that returned, and not an `Err`.
    pub ok: u64,
    /// Calls that returned an `Err`.
    pub error: u64,
    /// Calls that panicked.
    pub panic: u64,
    /// Futures dropped between their first poll and their end.
    pub cancelled: u64,
}

/// What a capture saw.
#[derive(Debug, Clone, Default)]
pub struct Captured(Vec<Call>);

/// One call of an annotated function.
#[derive(Debug, Clone)]
struct Call {
    function: String,
    module: &'static str,
    labels: &'static [(&'static str, &'static str)],
    result: CallResult,
    /// None where the function is counted only.
    took: Option<Duration>,
}

impl<'a> FromIterator<&'a Call> for Calls {
    fn from_iter<I: IntoIterator<Item = &'a Call>>(each: I) -> Self {
        let mut calls = Self::default();
        for call in each {
            match call.result {
                CallResult::Ok => calls.ok += 1,
                CallResult::Error => calls.error += 1,
                CallResult::Panic => calls.panic += 1,
                CallResult::Cancelled => calls.cancelled += 1,
            }
        }
        calls
    }
}

impl Captured {
    /// The calls of a function by the name of its `function` label, or that behind its
    /// `module`: `"f"` or `"shop::f"`. All zero where it was not called.
    pub fn calls(&self, function: &str) -> Calls {
        self.of(function).collect()
    }

    /// The calls whose labels, as the option `labels` gives them, have these values among
    /// them: `("tier", "gold")`.
    pub fn calls_with(&self, function: &str, labels: &[(&str, &str)]) -> Calls {
        let has = |call: &&Call| labels.iter().all(|label| call.labels.contains(label));
        self.of(function).filter(has).collect()
    }

    /// How long each call of a function took, in the order they ended.
    pub fn durations(&self, function: &str) -> Vec<Duration> {
        self.of(function).filter_map(|call| call.took).collect()
    }

    /// The functions that were called, in the order their calls ended, each call once.
    pub fn functions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|call| call.function.as_str())
    }

    fn of(&self, function: &str) -> impl Iterator<Item = &Call> {
        self.0.iter().filter(move |call| {
            let in_module = || function.strip_prefix(call.module)?.strip_prefix("::");
            call.function == function || in_module() == Some(&call.function)
        })
    }
}

/// Runs `work`, and tells which annotated functions were called in it on this thread.
///
/// They are told of here alone, even while a monitor runs: no figure of the program moves.
/// Tests may run in parallel. A recorder that `work` makes local to the thread gets the calls
/// made under it, as ever; metrics that the program records in `work` go nowhere.
///
/// # Examples
///
/// ```
/// #[resmon::timed]
/// fn half(n: u32) -> Result<u32, String> {
///     if n % 2 == 0 { Ok(n / 2) } else { Err(format!("{n} is odd")) }
/// }
///
/// let (halves, seen) = resmon::testing::capture(|| [2, 3, 4].map(half));
/// assert_eq!(halves[2], Ok(2));
/// assert_eq!((seen.calls("half").ok, seen.calls("half").error), (2, 1));
/// assert_eq!(seen.durations("half").len(), 3);
/// ```
pub fn capture<T>(work: impl FnOnce() -> T) -> (T, Captured) {
    let sheet = Arc::new(Sheet::default());
    let value = sheet.during(work);
    (value, sheet.read())
}

/// [`capture`] for a future: what is called in its polls, on whichever thread they run.
///
/// Tasks that it spawns run outside of its polls and are not seen.
///
/// # Examples
///
/// ```
/// # use std::{future::Future, pin::pin, task::{Context, Poll, Waker}};
/// #[resmon::timed]
/// async fn answer() -> u32 {
///     42
/// }
///
/// # fn block_on<T>(future: impl Future<Output = T>) -> T {
/// #     let mut context = Context::from_waker(Waker::noop());
/// #     match pin!(future).poll(&mut context) {
/// #         Poll::Ready(value) => value,
/// #         Poll::Pending => unreachable!("it waits for nothing"),
/// #     }
/// # }
/// let (value, seen) = block_on(resmon::testing::capture_async(answer()));
/// assert_eq!((value, seen.calls("answer").ok), (42, 1));
/// ```
pub async fn capture_async<F: Future>(work: F) -> (F::Output, Captured) {
    let sheet = Arc::new(Sheet::default());
    let value = Capturing { work: pin!(Some(work)), sheet: Arc::clone(&sheet) }.await;
    (value, sheet.read())
}

struct Capturing<'a, F> {
    /// None once it is done.
    work: Pin<&'a mut Option<F>>,
    sheet: Arc<Sheet>,
}

impl<F: Future> Future for Capturing<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let sheet = Arc::clone(&self.sheet);
        sheet.during(|| {
            let work = self.work.as_mut().as_pin_mut();
            let value = ready!(work.expect("polled no more once it is done").poll(cx));
            // What it still holds, the loser of a race for instance, is cancelled in here.
            self.work.set(None);
            Poll::Ready(value)
        })
    }
}

/// Where calls are written down; as a recorder it takes nothing.
#[derive(Default)]
struct Sheet {
    calls: Mutex<Vec<Call>>,
}

thread_local! {
    /// The captures that this thread is in, the innermost last.
    static SHEETS: RefCell<Vec<Arc<Sheet>>> = const { RefCell::new(Vec::new()) };
}

impl Sheet {
    fn during<T>(self: &Arc<Self>, work: impl FnOnce() -> T) -> T {
        struct Leave;

        impl Drop for Leave {
            fn drop(&mut self) {
                SHEETS.with_borrow_mut(Vec::pop);
            }
        }

        SHEETS.with_borrow_mut(|sheets| sheets.push(Arc::clone(self)));
        let _leave = Leave;
        metrics::with_local_recorder(&**self, work)
    }

    fn read(&self) -> Captured {
        Captured(self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

/// Writes a call down where the current recorder is a capture's; false where it is not.
pub(super) fn seize(site: &CallSite, result: CallResult, ticks: Option<u64>) -> bool {
    let here = metrics::with_recorder(|recorder| std::ptr::from_ref(recorder).addr());
    let sheet = SHEETS.try_with(|sheets| {
        let sheets = sheets.try_borrow().ok()?;
        sheets.iter().find(|sheet| Arc::as_ptr(sheet).addr() == here).cloned()
    });
    let Ok(Some(sheet)) = sheet else { return false };
    let call = Call {
        function: site.function().to_owned(),
        module: site.module(),
        labels: site.labels(),
        result,
        took: ticks.map(ticks::duration),
    };
    sheet.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    true
}

impl Recorder for Sheet {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        NoopRecorder.register_counter(key, metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        NoopRecorder.register_gauge(key, metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        NoopRecorder.register_histogram(key, metadata)
    }
}
