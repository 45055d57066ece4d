//! What the functions did in a part of the past, beside what the test itself wrote down.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    thread,
    time::{Duration, Instant, SystemTime},
};

use resmon::{FunctionStats, Monitor};

#[resmon::timed(cpu)]
fn work(length: Duration) -> Result<(), ()> {
    thread::sleep(length);
    if length.is_zero() { Err(()) } else { Ok(()) }
}

#[resmon::timed]
#[allow(dead_code, reason = "it is known all the same")]
fn never() {}

fn find(all: &[FunctionStats], name: &str) -> FunctionStats {
    all.iter().find(|f| f.function() == name).expect("annotated, so known").clone()
}

/// Calls for two seconds and a half, and how long each took; when it began and ended.
fn phase(length: Duration) -> (Vec<Duration>, SystemTime, SystemTime) {
    let (began, wall) = (Instant::now(), SystemTime::now());
    let mut took = Vec::new();
    while began.elapsed() < Duration::from_millis(2_500) {
        let before = Instant::now();
        let _ = work(length);
        took.push(before.elapsed());
    }
    let end = SystemTime::now();
    // What ends a phase's last second falls into the pause.
    thread::sleep(Duration::from_millis(2_200));
    took.sort();
    (took, wall, end + Duration::from_millis(1_100))
}

fn agree(stats: &FunctionStats, took: &[Duration]) {
    assert_eq!(stats.calls(), took.len() as u64);
    let sum: Duration = took.iter().sum();
    let off = |a: Duration, b: Duration| (a.as_secs_f64() / b.as_secs_f64() - 1.0).abs();
    assert!(off(stats.total(), sum) < 0.02, "{:?} {sum:?}", stats.total());
    for (quantile, rank) in [(stats.p50(), 0.5), (stats.p95(), 0.95), (stats.max(), 1.0)] {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place")]
        let place = ((took.len() as f64 * rank).ceil() as usize).max(1) - 1;
        // The test's own reading takes a little longer than what it reads.
        assert!(off(quantile.unwrap(), took[place]) < 0.03, "{rank}: {quantile:?} {took:?}");
    }
}

#[test]
fn a_window_tells_what_was_done_in_it() {
    let monitor = Monitor::builder().private().start().unwrap();
    let (fast, began, between) = phase(Duration::from_millis(5));
    let (slow, again, end) = phase(Duration::from_millis(60));
    let failing = SystemTime::now();
    (0..7).for_each(|_| assert!(work(Duration::ZERO).is_err()));

    let first = monitor.functions_in(began..between);
    agree(&find(&first, "work"), &fast);
    let rate = find(&first, "work").rate().unwrap();
    let seconds = between.duration_since(began).unwrap().as_secs_f64();
    assert!((rate * seconds / fast.len() as f64 - 1.0).abs() < 0.01, "{rate}");
    assert_eq!((find(&first, "never").calls(), find(&first, "never").p50()), (0, None));
    agree(&find(&monitor.functions_in(again..end), "work"), &slow);
    // What ended just now is in it too.
    let lately = find(&monitor.functions_in(failing..), "work");
    assert_eq!((lately.calls(), lately.errors()), (7, 7));
    assert!(lately.cpu_time().unwrap() < Duration::from_millis(50));
    let all = find(&monitor.functions_last(Duration::from_mins(1)), "work");
    assert_eq!(all.calls(), (fast.len() + slow.len() + 7) as u64);
    assert_eq!(all.calls(), find(&monitor.functions(), "work").calls());
    assert!(monitor.functions_in(end..began).iter().all(|f| f.calls() == 0));

    let points = monitor.function_points("windows::work", Duration::from_mins(1));
    let calls: u64 = points.iter().map(|point| point.calls).sum();
    assert_eq!(calls, (fast.len() + slow.len()) as u64);
    assert!((5..=7).contains(&points.len()), "{points:?}");
    assert!(points.windows(2).all(|pair| pair[0].time < pair[1].time));
    let medians: Vec<_> = points.iter().map(|point| point.p50.unwrap()).collect();
    assert!(medians[0] < Duration::from_millis(15), "{medians:?}");
    assert!(*medians.last().unwrap() >= Duration::from_millis(59), "{medians:?}");
    assert!(monitor.function_points("nowhere::work", Duration::from_mins(1)).is_empty());
}
