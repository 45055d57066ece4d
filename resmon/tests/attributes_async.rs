//! The attributes on functions that return futures: timed to their end, not their creation.

mod support;

use std::{
    future::{Future, Ready, pending, poll_fn, ready},
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
    time::Duration,
};

use async_trait::async_trait;
use resmon::{log_execution_time, timed};
use support::{Seen, seen, seen_async};

const NAP: Duration = Duration::from_millis(30);

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

#[derive(Debug)]
struct Failed;

async fn nap() {
    tokio::time::sleep(NAP).await;
}

/// One call of `function` that failed and lasted as long as the nap.
fn assert_napped(seen: &Seen, function: &str) {
    assert_eq!(seen.all(), [(function, "error", 1)]);
    let seconds = seen.seconds(function, "error");
    assert!(seconds.len() == 1 && seconds[0] >= NAP.as_secs_f64(), "{function}: {seconds:?}");
}

#[timed]
async fn napping(fail: bool) -> Result<u8, Failed> {
    nap().await;
    if fail { Err(Failed) } else { Ok(1) }
}

#[timed]
fn opaque(fail: bool) -> impl Future<Output = Result<u8, Failed>> + Send {
    async move {
        nap().await;
        if fail { Err(Failed) } else { Ok(1) }
    }
}

#[timed]
fn boxed<'a>(fail: &'a bool) -> Pin<Box<dyn Future<Output = Result<u8, Failed>> + Send + 'a>> {
    if *fail {
        return Box::pin(async move {
            nap().await;
            Err(Failed)
        });
    }
    Box::pin(ready(Ok(1)))
}

#[timed]
fn aliased(fail: &bool) -> BoxFuture<'_, Result<u8, Failed>> {
    Box::pin(async move {
        nap().await;
        if *fail { Err(Failed) } else { Ok(1) }
    })
}

#[timed]
fn aliased_local(fail: &bool) -> LocalBoxFuture<'_, Result<u8, Failed>> {
    Box::pin(async move {
        nap().await;
        if *fail { Err(Failed) } else { Ok(1) }
    })
}

#[test]
fn every_form_of_future_is_timed_to_its_end() {
    let (value, seen) = seen_async(async { napping(true).await });
    assert!(value.is_err());
    assert_napped(&seen, "napping");
    let (value, seen) = seen_async(async { opaque(true).await });
    assert!(value.is_err());
    assert_napped(&seen, "opaque");
    let (value, seen) = seen_async(async { boxed(&true).await });
    assert!(value.is_err());
    assert_napped(&seen, "boxed");
    let (value, seen) = seen_async(async { aliased(&true).await });
    assert!(value.is_err());
    assert_napped(&seen, "aliased");
    let (value, seen) = seen_async(async { aliased_local(&true).await });
    assert!(value.is_err());
    assert_napped(&seen, "aliased_local");
    let (value, seen) = seen_async(async { boxed(&false).await });
    assert!(value.is_ok());
    assert_eq!(seen.all(), [("boxed", "ok", 1)]);
}

#[async_trait]
trait Store {
    async fn load(&self, fail: bool) -> Result<u8, Failed>;

    #[timed]
    async fn load_twice(&self, fail: bool) -> Result<u8, Failed> {
        self.load(false).await?;
        self.load(fail).await
    }
}

struct Memory;

#[async_trait]
impl Store for Memory {
    #[log_execution_time]
    async fn load(&self, fail: bool) -> Result<u8, Failed> {
        nap().await;
        if fail { Err(Failed) } else { Ok(1) }
    }
}

#[async_trait(?Send)]
trait LocalStore {
    #[timed]
    async fn load(&self) -> Result<u8, Failed> {
        nap().await;
        Err(Failed)
    }
}

impl LocalStore for u8 {}

#[async_trait(?Send)]
impl LocalStore for u16 {
    #[timed]
    async fn load(&self) -> Result<u8, Failed> {
        nap().await;
        Err(Failed)
    }
}

#[test]
fn methods_of_async_trait_are_timed_to_their_end() {
    let (value, seen) = seen_async(async { Memory.load(true).await });
    assert!(value.is_err());
    assert_napped(&seen, "Memory::load");
    let (value, seen) = seen_async(async { LocalStore::load(&1_u8).await });
    assert!(value.is_err());
    assert_napped(&seen, "LocalStore::load");
    let (value, seen) = seen_async(async { LocalStore::load(&1_u16).await });
    assert!(value.is_err());
    assert_napped(&seen, "u16::load");

    let (value, seen) = seen_async(async { Memory.load_twice(true).await });
    assert!(value.is_err());
    assert_eq!(
        seen.all(),
        [
            ("Memory::load", "error", 1),
            ("Memory::load", "ok", 1),
            ("Store::load_twice", "error", 1)
        ]
    );
    assert!(seen.seconds("Store::load_twice", "error")[0] >= 2.0 * NAP.as_secs_f64());
}

#[timed]
async fn waits() -> Result<u8, Failed> {
    pending::<()>().await;
    Ok(1)
}

#[timed]
fn waits_in_box() -> Pin<Box<dyn Future<Output = u8>>> {
    Box::pin(pending())
}

fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_future_never_polled_is_no_call() {
    let ((), seen) = seen(|| {
        drop(waits());
        drop(waits_in_box());
        drop(opaque(true));
        drop(aliased(&true));
    });
    assert_eq!(seen.all(), []);
}

#[test]
fn a_future_dropped_between_is_cancelled() {
    let (timeout, seen_in_select) =
        seen_async(async { tokio::time::timeout(Duration::from_millis(5), waits()).await });
    assert!(timeout.is_err());
    assert_eq!(seen_in_select.all(), [("waits", "cancelled", 1)]);
    let ((), seen) = seen(|| assert!(poll_once(waits_in_box()).is_pending()));
    assert_eq!(seen.all(), [("waits_in_box", "cancelled", 1)]);
}

#[timed]
async fn loses() {
    nap().await;
}

#[timed]
async fn wins() -> u8 {
    1
}

#[test]
fn the_loser_of_a_race_is_cancelled() {
    let (value, seen) = seen_async(async {
        let (mut slow, mut fast) = (pin!(loses()), pin!(wins()));
        poll_fn(|cx| {
            assert!(slow.as_mut().poll(cx).is_pending());
            fast.as_mut().poll(cx)
        })
        .await
    });
    assert_eq!(value, 1);
    assert_eq!(seen.all(), [("loses", "cancelled", 1), ("wins", "ok", 1)]);
}

#[timed]
async fn panics() -> Result<u8, Failed> {
    tokio::task::yield_now().await;
    panic!("as the test wants");
}

#[test]
fn a_panic_inside_a_poll_is_one() {
    let (unwound, seen) = seen(|| {
        std::panic::catch_unwind(AssertUnwindSafe(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(panics())
        }))
    });
    assert!(unwound.is_err());
    assert_eq!(seen.all(), [("panics", "panic", 1)]);
}

#[timed]
async fn questioned(text: &str) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    if text.is_empty() {
        return Err("empty".into());
    }
    let first: u8 = text[..1].parse()?;
    tokio::task::yield_now().await;
    if first == 0 {
        return Ok(text.bytes().collect());
    }
    Ok(text.split(',').map(str::parse).collect::<Result<_, _>>()?)
}

#[test]
fn types_are_inferred_as_in_the_bare_function() {
    let (values, seen) = seen_async(async {
        (
            questioned("1,2").await.unwrap(),
            questioned("").await.is_err(),
            questioned("x").await.is_err(),
        )
    });
    assert_eq!(values, (vec![1, 2], true, true));
    assert_eq!(seen.all(), [("questioned", "error", 2), ("questioned", "ok", 1)]);
}

struct Machine {
    state: Vec<u8>,
}

impl Machine {
    #[timed]
    async fn step(&mut self, by: u8) -> Result<&mut u8, Failed> {
        nap().await;
        self.state.push(by);
        self.state.last_mut().ok_or(Failed)
    }

    #[timed]
    async fn finish(mut self) -> Vec<u8> {
        self.state.push(0);
        self.state
    }

    #[timed]
    async fn recurse(&self, n: u8) -> u8 {
        if n == 0 { 0 } else { 1 + Box::pin(self.recurse(n - 1)).await }
    }
}

#[test]
fn methods_borrow_and_consume_as_they_did() {
    let (state, seen) = seen_async(async {
        let mut machine = Machine { state: Vec::new() };
        *machine.step(1).await.unwrap() += 1;
        assert_eq!(machine.recurse(3).await, 3);
        machine.finish().await
    });
    assert_eq!(state, [2, 0]);
    assert_eq!(
        seen.all(),
        [("Machine::finish", "ok", 1), ("Machine::recurse", "ok", 4), ("Machine::step", "ok", 1)]
    );
}

#[test]
fn futures_stay_send() {
    fn assert_send<T: Send>(_: &T) {}
    assert_send(&napping(true));
    assert_send(&opaque(true));
    assert_send(&boxed(&true));
    assert_send(&Machine { state: Vec::new() }.recurse(1));
    assert_send(&questioned(""));
}

#[test]
#[allow(clippy::large_types_passed_by_value, reason = "its size is what is tested")]
fn a_future_holds_an_argument_no_more_often_than_needed() {
    async fn bare(bytes: [u8; 1024]) -> Result<u8, Failed> {
        std::future::ready(()).await;
        Ok(bytes[0])
    }
    #[timed]
    async fn measured(bytes: [u8; 1024]) -> Result<u8, Failed> {
        std::future::ready(()).await;
        Ok(bytes[0])
    }
    // Once in the outer future and once in the inner one; the bare one holds two as well.
    assert!(size_of_val(&measured([0; 1024])) <= size_of_val(&bare([0; 1024])) + 64);
}

thread_local! {
    static DROPPED: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

struct Noted(&'static str);

impl Drop for Noted {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

struct Pair(Noted, #[expect(dead_code, reason = "it is there to be dropped")] Noted);

impl Pair {
    #[allow(clippy::unused_async, reason = "as the measured one")]
    async fn bare(self, _a: Noted, b: Noted, (_c, _d): (Noted, Noted)) {
        let _local = Noted("local");
        let _first = &self.0;
        drop(b);
    }

    #[timed]
    async fn measured(self, _a: Noted, b: Noted, (_c, _d): (Noted, Noted)) {
        let _local = Noted("local");
        let _first = &self.0;
        drop(b);
    }
}

#[test]
fn arguments_are_dropped_in_the_order_of_the_bare_function() {
    let pair = || Pair(Noted("0"), Noted("1"));
    let args = || (Noted("a"), Noted("b"), (Noted("c"), Noted("d")));
    let (a, b, c) = args();
    seen_async(pair().bare(a, b, c));
    let expected = DROPPED.take();
    let (a, b, c) = args();
    seen_async(pair().measured(a, b, c));
    assert_eq!(DROPPED.take(), expected);
}

#[timed]
async fn never_returns() -> ! {
    nap().await;
    panic!("as the test wants")
}

#[test]
fn an_async_function_may_never_return() {
    let (unwound, seen) = seen(|| {
        std::panic::catch_unwind(AssertUnwindSafe(|| {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
            runtime.block_on(never_returns())
        }))
    });
    assert!(unwound.is_err());
    assert_eq!(seen.all(), [("never_returns", "panic", 1)]);
}

/// Futures that are not the function's own call are left alone.
#[timed]
fn makes_several() -> Vec<Ready<u8>> {
    vec![ready(1), ready(2)]
}

#[test]
fn a_collection_of_futures_is_a_value() {
    let (futures, seen) = seen(makes_several);
    assert_eq!(futures.len(), 2);
    assert_eq!(seen.all(), [("makes_several", "ok", 1)]);
}
