//! Threads come and go while everything is read: not one call is lost, and nothing goes back.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    cell::RefCell,
    panic::catch_unwind,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    task::{Context, Poll, Waker},
    thread,
    time::Duration,
};

use common::alone;
use resmon::{FunctionStats, Monitor};

#[resmon::timed]
fn work(n: u64) -> Result<u64, u64> {
    if n.is_multiple_of(3) { Err(n) } else { Ok(n) }
}

fn work_on(n: u64) {
    let _ = work(n);
}

#[resmon::counted]
fn tick() {}

fn stats(monitor: &Monitor, function: &str) -> FunctionStats {
    monitor.functions().into_iter().find(|f| f.function() == function).unwrap()
}

#[test]
fn no_call_is_lost_while_threads_come_and_go_and_ticks_read() {
    alone("no_call_is_lost_while_threads_come_and_go_and_ticks_read", || {
        const SPAWNERS: u64 = 4;
        const THREADS: u64 = 150;
        const CALLS: u64 = 300;
        let interval = Duration::from_millis(10);
        let monitor = Monitor::builder().interval(interval).start().unwrap();
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            let reader = scope.spawn(|| {
                let (mut calls, mut total) = (0, Duration::ZERO);
                while !done.load(Relaxed) {
                    let now = stats(&monitor, "work");
                    assert!(now.calls() >= calls && now.total() >= total, "{now:?}");
                    (calls, total) = (now.calls(), now.total());
                }
            });
            let spawners: Vec<_> = (0..SPAWNERS)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..THREADS {
                            let calls = || (0..CALLS).for_each(work_on);
                            thread::scope(|inner| drop(inner.spawn(calls)));
                            tick();
                        }
                    })
                })
                .collect();
            for spawner in spawners {
                spawner.join().unwrap();
            }
            done.store(true, Relaxed);
            reader.join().unwrap();
        });
        let work = stats(&monitor, "work");
        assert_eq!(work.calls(), SPAWNERS * THREADS * CALLS);
        assert_eq!(work.errors(), work.calls() / 3);
        assert_eq!(stats(&monitor, "tick").calls(), SPAWNERS * THREADS);
        monitor.stop();
    });
}

#[test]
fn calls_in_the_destructors_of_a_thread_count() {
    #[resmon::timed]
    fn last_words() {}

    struct Calls;

    impl Drop for Calls {
        fn drop(&mut self) {
            last_words();
        }
    }

    thread_local! {
        static EARLY: RefCell<Option<Calls>> = const { RefCell::new(None) };
        static LATE: RefCell<Option<Calls>> = const { RefCell::new(None) };
    }

    for _ in 0..50 {
        thread::spawn(|| {
            // Destructors run in the order of first use, resmon's own between these two.
            EARLY.set(Some(Calls));
            last_words();
            LATE.set(Some(Calls));
        })
        .join()
        .unwrap();
    }
    let monitor = Monitor::builder().private().start().unwrap();
    assert_eq!(stats(&monitor, "last_words").calls(), 150);
}

#[test]
fn a_recursion_is_as_deep_as_it_would_be() {
    #[resmon::timed]
    fn deep(n: u32) -> u32 {
        if n == 0 { 0 } else { 1 + deep(n - 1) }
    }

    let depth = thread::Builder::new().stack_size(64 << 20).spawn(|| deep(10_000));
    assert_eq!(depth.unwrap().join().unwrap(), 10_000);
    let monitor = Monitor::builder().private().start().unwrap();
    assert_eq!(stats(&monitor, "deep").calls(), 10_001);
}

#[test]
fn a_panic_in_a_destructor_is_one() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            assert!(thread::panicking(), "on purpose");
        }
    }

    #[resmon::timed]
    fn explodes() {
        let _bomb = Bomb;
    }

    /// What is called while the thread unwinds has not panicked itself.
    #[resmon::timed]
    fn cleans_up() {}

    struct Cleans;

    impl Drop for Cleans {
        fn drop(&mut self) {
            cleans_up();
        }
    }

    assert!(catch_unwind(explodes).is_err());
    let unwinds = || {
        let _cleans = Cleans;
        explodes();
    };
    assert!(catch_unwind(unwinds).is_err());
    let monitor = Monitor::builder().private().start().unwrap();
    assert_eq!(stats(&monitor, "explodes").panics(), 2);
    let cleans = stats(&monitor, "cleans_up");
    assert_eq!((cleans.calls(), cleans.panics()), (1, 0));
}

#[test]
fn a_future_polled_on_two_threads_is_one_call() {
    #[resmon::timed]
    async fn moves() -> u8 {
        let mut first = true;
        std::future::poll_fn(move |_| {
            if std::mem::take(&mut first) { Poll::Pending } else { Poll::Ready(7) }
        })
        .await
    }

    let mut future = Box::pin(moves());
    let poll = move || {
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        (polled, future)
    };
    let (polled, mut future) = thread::scope(|scope| scope.spawn(poll).join().unwrap());
    assert_eq!(polled, Poll::Pending);
    let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Ready(7));
    let monitor = Monitor::builder().private().start().unwrap();
    let moves = stats(&monitor, "moves");
    assert_eq!((moves.calls(), moves.polls()), (1, Some(2)));
}

/// Memory depends on what was called where, not on how often.
#[test]
#[ignore = "a hundred million calls take their time"]
fn a_hundred_million_calls_take_no_more_memory_than_the_first_million() {
    alone("a_hundred_million_calls_take_no_more_memory_than_the_first_million", || {
        let monitor = Monitor::start().unwrap();
        let resident = || {
            monitor.flush();
            let mut process = resmon::Process::current().unwrap();
            process.sample().unwrap().resident_memory_bytes().unwrap()
        };
        let run = |millions: u64| (0..millions * 1_000_000).for_each(work_on);
        run(1);
        let before = resident();
        run(99);
        let grown = resident().saturating_sub(before);
        assert!(grown < 256 * 1024, "{grown} bytes");
        assert_eq!(stats(&monitor, "work").calls(), 100_000_000);
    });
}

/// Whatever runs it, an async function is the same call.
#[test]
fn every_executor_runs_the_same_calls() {
    #[resmon::timed]
    async fn naps(times: u32) -> u32 {
        for _ in 0..times {
            let mut first = true;
            std::future::poll_fn(|cx| {
                if !std::mem::take(&mut first) {
                    return Poll::Ready(());
                }
                let waker = cx.waker().clone();
                thread::spawn(move || {
                    thread::sleep(Duration::from_millis(10));
                    waker.wake();
                });
                Poll::Pending
            })
            .await;
        }
        times
    }

    let tokio = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ran =
        [tokio.block_on(naps(3)), smol::block_on(naps(3)), futures_executor::block_on(naps(3))];
    assert_eq!(ran, [3; 3]);
    let monitor = Monitor::builder().private().start().unwrap();
    let naps = stats(&monitor, "naps");
    assert_eq!((naps.calls(), naps.polls()), (3, Some(12)));
    assert!(naps.p50().unwrap() >= Duration::from_millis(29), "{naps:?}");
    assert!(naps.busy_ratio().unwrap() < 0.5, "{naps:?}");
}
