//! Not one call is lost, whatever its thread does, and no figure ever goes back.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    cell::RefCell,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use resmon::{FunctionStats, Monitor};

#[resmon::timed]
fn on_threads() {}

#[resmon::counted]
fn in_destructors() {}

fn find(monitor: &Monitor, name: &str) -> FunctionStats {
    let functions = monitor.functions();
    functions.into_iter().find(|f| f.function() == name).expect("annotated, so known")
}

/// Calls an annotated function when its thread ends, after the thread's slot may be gone.
struct CallsAtTheEnd;

impl Drop for CallsAtTheEnd {
    fn drop(&mut self) {
        in_destructors();
    }
}

thread_local! {
    static BEFORE: RefCell<Option<CallsAtTheEnd>> = const { RefCell::new(None) };
    static AFTER: RefCell<Option<CallsAtTheEnd>> = const { RefCell::new(None) };
}

#[test]
fn threads_come_and_go_and_every_call_is_counted() {
    const ROUNDS: u64 = 40;
    const THREADS: u64 = 8;
    const CALLS: u64 = 2_000;
    let monitor = Monitor::builder().private().start().unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let (mut calls, mut total) = (0, std::time::Duration::ZERO);
            while !done.load(Ordering::Relaxed) {
                let now = find(&monitor, "on_threads");
                assert!(now.calls() >= calls && now.total() >= total, "went back");
                (calls, total) = (now.calls(), now.total());
            }
        });
        for _ in 0..ROUNDS {
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        BEFORE.set(Some(CallsAtTheEnd));
                        (0..CALLS).for_each(|_| on_threads());
                        in_destructors();
                        AFTER.set(Some(CallsAtTheEnd));
                    });
                }
            });
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert_eq!(find(&monitor, "on_threads").calls(), ROUNDS * THREADS * CALLS);
    // Destructors may still run for a moment after a scope has ended: join them all first.
    let last = thread::spawn(|| AFTER.set(Some(CallsAtTheEnd)));
    last.join().unwrap();
    let expected = ROUNDS * THREADS * 3 + 1;
    let until = std::time::Instant::now() + std::time::Duration::from_secs(5);
    while find(&monitor, "in_destructors").calls() < expected {
        assert!(std::time::Instant::now() < until, "{:?}", find(&monitor, "in_destructors"));
        thread::yield_now();
    }
    assert_eq!(find(&monitor, "in_destructors").calls(), expected);
}

#[resmon::timed]
fn sleeps() {
    thread::sleep(std::time::Duration::from_millis(20));
}

#[test]
fn durations_are_true_and_sums_are_exact() {
    let monitor = Monitor::builder().private().start().unwrap();
    let began = std::time::Instant::now();
    (0..10).for_each(|_| sleeps());
    let truth = began.elapsed();
    let sleeps = find(&monitor, "sleeps");
    let (total, p50) = (sleeps.total(), sleeps.p50().unwrap());
    assert!(total <= truth && truth.abs_diff(total) < truth / 50, "{total:?} of {truth:?}");
    assert!(p50.as_millis() >= 19 && p50 <= sleeps.max().unwrap(), "{p50:?}");
    assert_eq!((sleeps.calls(), sleeps.errors(), sleeps.cancelled()), (10, 0, 0));
}
