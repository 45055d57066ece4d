//! A capture sees exactly the calls made inside.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{panic, sync::Barrier, thread, time::Duration};

use common::alone;
use metrics_util::debugging::DebuggingRecorder;
use resmon::{
    Monitor,
    testing::{Calls, capture, capture_async},
};

#[resmon::timed]
fn work() {}

#[resmon::counted]
fn tick() {}

#[resmon::timed]
fn fails() -> Result<(), String> {
    Err("no".to_owned())
}

#[resmon::timed]
fn naps() {
    thread::sleep(Duration::from_millis(30));
}

#[resmon::timed]
async fn steps() {
    work();
    tokio::task::yield_now().await;
    work();
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn captures_in_parallel_see_their_own_calls_alone() {
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for n in 0..8 {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                let ((), seen) = capture(|| (0..100 * n).for_each(|_| work()));
                assert_eq!(seen.calls("work"), Calls { ok: 100 * n, ..Calls::default() });
                assert_eq!(seen.functions().count() as u64, 100 * n);
            });
        }
    });
}

#[test]
fn results_and_durations_are_told() {
    let ((), seen) = capture(|| {
        tick();
        naps();
        let _ = fails();
        let _ = panic::catch_unwind(|| {
            #[resmon::timed]
            fn panics() {
                panic!("on purpose");
            }
            panics();
        });
    });
    assert_eq!(seen.calls("fails"), Calls { error: 1, ..Calls::default() });
    assert_eq!(seen.calls("panics").panic, 1);
    assert_eq!(seen.calls("capture::tick").ok, 1, "by its module too");
    assert_eq!(seen.calls("other::tick"), Calls::default());
    assert!(seen.durations("tick").is_empty());
    let naps = seen.durations("naps");
    assert!(naps[0] >= Duration::from_millis(29) && naps[0] < Duration::from_secs(2), "{naps:?}");
}

#[test]
fn a_capture_beats_a_running_monitor_and_its_filter() {
    alone("a_capture_beats_a_running_monitor_and_its_filter", || {
        let monitor = Monitor::builder().functions(|_, _| false).label("a", "b").start().unwrap();
        work();
        let ((), seen) = capture(work);
        assert_eq!(seen.calls("work").ok, 1);
        let known = |monitor: &Monitor| {
            monitor.functions().iter().find(|f| f.function() == "work").unwrap().calls()
        };
        assert_eq!(known(&monitor), 1);
        work();
        assert_eq!(known(&monitor), 2);
    });
}

#[test]
fn captures_and_local_recorders_nest_and_the_inner_one_has_it() {
    let local = DebuggingRecorder::new();
    let told = local.snapshotter();
    let ((), outer) = capture(|| {
        work();
        let ((), inner) = capture(|| {
            work();
            work();
        });
        assert_eq!(inner.calls("work").ok, 2);
        metrics::with_local_recorder(&local, work);
        work();
    });
    assert_eq!(outer.calls("work").ok, 2);
    assert!(!told.snapshot().into_vec().is_empty());

    let ((), seen) = metrics::with_local_recorder(&local, || capture(work));
    assert_eq!(seen.calls("work").ok, 1);
}

#[test]
fn a_future_is_seen_in_its_polls_and_nothing_between_them() {
    runtime().block_on(async {
        let other = async {
            for _ in 0..5 {
                tick();
                tokio::task::yield_now().await;
            }
        };
        let (((), seen), ()) = tokio::join!(capture_async(steps()), other);
        assert_eq!((seen.calls("work").ok, seen.calls("steps").ok), (2, 1));
        assert_eq!(seen.calls("tick"), Calls::default());
    });
}

#[test]
fn a_future_dropped_in_a_capture_was_cancelled_in_it() {
    let ((), seen) = runtime().block_on(capture_async(async {
        let limit = Duration::from_millis(5);
        let forever = async {
            #[resmon::timed]
            async fn waits() {
                std::future::pending::<()>().await;
            }
            waits().await;
        };
        assert!(tokio::time::timeout(limit, forever).await.is_err());
    }));
    assert_eq!(seen.calls("waits"), Calls { cancelled: 1, ..Calls::default() });
}

#[test]
fn a_capture_that_panics_leaves_nothing_behind() {
    let caught = panic::catch_unwind(|| capture(|| panic!("on purpose")));
    assert!(caught.is_err());
    let ((), seen) = capture(work);
    assert_eq!(seen.calls("work").ok, 1);
}

#[test]
fn the_loser_of_a_race_is_cancelled_in_the_capture() {
    #[resmon::timed]
    async fn slow() {
        tokio::time::sleep(Duration::from_mins(1)).await;
    }

    let race =
        async { capture_async(tokio::time::timeout(Duration::from_millis(5), slow())).await };
    let ended = runtime().block_on(race);
    assert!(ended.0.is_err());
    assert_eq!(ended.1.calls("slow").cancelled, 1);
}
