//! What the functions did in a part of the past, beside what the test itself wrote down.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    thread,
    time::{Duration, Instant, SystemTime},
};

use resmon::{FunctionStats, Monitor};

#[resmon::timed(cpu)]
fn work(length: Duration) -> Result<Duration, ()> {
    let began = Instant::now();
    thread::sleep(length);
    if length.is_zero() { Err(()) } else { Ok(began.elapsed()) }
}

#[resmon::timed]
#[allow(dead_code, reason = "it is known all the same")]
fn never() {}

fn find(all: &[FunctionStats], name: &str) -> FunctionStats {
    all.iter().find(|f| f.function() == name).expect("annotated, so known").clone()
}

/// How long calls took, in rising order: as their bodies saw it, and as their caller did.
struct Took {
    inside: Vec<Duration>,
    outside: Vec<Duration>,
}

/// Calls for two seconds and a half; and when that began and ended.
fn phase(length: Duration) -> (Took, SystemTime, SystemTime) {
    let (began, wall) = (Instant::now(), SystemTime::now());
    let mut took = Took { inside: Vec::new(), outside: Vec::new() };
    while began.elapsed() < Duration::from_millis(2_500) {
        let before = Instant::now();
        took.inside.push(work(length).unwrap());
        took.outside.push(before.elapsed());
    }
    let end = SystemTime::now();
    // What ends a phase's last second falls into the pause.
    thread::sleep(Duration::from_millis(2_200));
    took.inside.sort();
    took.outside.sort();
    (took, wall, end + Duration::from_millis(1_100))
}

fn agree(stats: &FunctionStats, took: &Took) {
    let Took { inside, outside } = took;
    assert_eq!(stats.calls(), inside.len() as u64);
    let between = |found: Duration, least: Duration, most: Duration, off: f64| {
        let (least, most) = (least.mul_f64(1.0 - off), most.mul_f64(1.0 + off));
        assert!(least <= found && found <= most, "{found:?} is not in {least:?}..{most:?}");
    };
    between(stats.total(), inside.iter().sum(), outside.iter().sum(), 0.001);
    let quantiles = [stats.p50(), stats.p95(), stats.p99(), stats.max()];
    for (quantile, rank) in quantiles.into_iter().zip([0.5, 0.95, 0.99, 1.0]) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place")]
        let place = ((inside.len() as f64 * rank).ceil() as usize).max(1) - 1;
        between(quantile.unwrap(), inside[place], outside[place], 0.02);
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
    assert!((rate * seconds / fast.inside.len() as f64 - 1.0).abs() < 0.01, "{rate}");
    assert_eq!((find(&first, "never").calls(), find(&first, "never").p50()), (0, None));
    agree(&find(&monitor.functions_in(again..end), "work"), &slow);
    // What ended just now is in it too.
    let lately = find(&monitor.functions_in(failing..), "work");
    assert_eq!((lately.calls(), lately.errors()), (7, 7));
    assert!(lately.cpu_time().unwrap() < Duration::from_millis(50));
    let all = find(&monitor.functions_last(Duration::from_mins(1)), "work");
    assert_eq!(all.calls(), (fast.inside.len() + slow.inside.len() + 7) as u64);
    assert_eq!(all.calls(), find(&monitor.functions(), "work").calls());
    assert!(monitor.functions_in(end..began).iter().all(|f| f.calls() == 0));

    let points = monitor.function_points("windows::work", Duration::from_mins(1));
    let calls: u64 = points.iter().map(|point| point.calls).sum();
    assert_eq!(calls, (fast.inside.len() + slow.inside.len()) as u64);
    assert!((5..=7).contains(&points.len()), "{points:?}");
    assert!(points.windows(2).all(|pair| pair[0].time < pair[1].time));
    let longest: Vec<_> = points.iter().map(|point| point.max.unwrap()).collect();
    let known = *slow.outside.last().unwrap().max(fast.outside.last().unwrap());
    assert!(longest.iter().all(|max| *max <= known.mul_f64(1.02)), "{longest:?}");
    assert!(*longest.last().unwrap() >= Duration::from_millis(59), "{longest:?}");
    assert!(monitor.function_points("nowhere::work", Duration::from_mins(1)).is_empty());
}

#[resmon::timed]
async fn polled(length: Duration) {
    thread::sleep(length);
}

#[resmon::timed]
fn steady() {
    thread::sleep(Duration::from_millis(5));
}

#[test]
fn a_short_window_has_no_higher_rate_and_no_longer_poll_than_there_was() {
    let monitor = Monitor::builder().private().start().unwrap();
    futures_executor::block_on(polled(Duration::from_millis(120)));
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(2_600) {
        steady();
    }
    for milliseconds in [1, 100, 500, 1_500] {
        let lately = monitor.functions_last(Duration::from_millis(milliseconds));
        let rate = find(&lately, "steady").rate().unwrap();
        assert!(rate <= 201.0, "{milliseconds} ms: {rate}");
    }
    let later = SystemTime::now();
    futures_executor::block_on(polled(Duration::from_millis(2)));
    let since = find(&monitor.functions_in(later..), "polled");
    assert_eq!(since.calls(), 1);
    let longest = since.longest_poll().unwrap_or_default();
    assert!(longest < Duration::from_millis(100), "{longest:?}");
    let all = find(&monitor.functions(), "polled");
    assert!(all.longest_poll().unwrap() >= Duration::from_millis(119), "{all:?}");
}
