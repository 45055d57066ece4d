//! What is measured of calls besides their number and duration, against what was done.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    hint::black_box,
    pin::Pin,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use common::alone;
use resmon::{FunctionStats, Monitor};

const POLLS: u64 = 20;

#[resmon::timed]
async fn yields(times: u64) {
    for _ in 0..times {
        tokio::task::yield_now().await;
    }
}

#[resmon::timed]
async fn waits(time: Duration) {
    tokio::time::sleep(time).await;
}

#[resmon::timed]
async fn blocks(time: Duration) {
    tokio::task::yield_now().await;
    thread::sleep(time);
    tokio::task::yield_now().await;
}

#[resmon::timed]
fn returns_a_future(times: u64) -> impl Future<Output = ()> {
    yields(times)
}

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;

#[resmon::timed]
fn hides_a_future(times: u64) -> Boxed {
    Box::pin(yields(times))
}

/// The CPU time of this thread, as the kernel tells it.
fn spent() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
}

/// CPU time that the calls of one function burnt, by that clock.
struct Burnt(AtomicU64);

static BY_BURNS: Burnt = Burnt(AtomicU64::new(0));
static UNCOUNTED: Burnt = Burnt(AtomicU64::new(0));
static IN_POLLS: Burnt = Burnt(AtomicU64::new(0));
static BETWEEN: Burnt = Burnt(AtomicU64::new(0));

impl Burnt {
    /// Computes until the thread has had so much of a CPU, however many share it. The clock may
    /// jump, where the host takes the CPU away: what it says in the end is what was burnt.
    fn burn(&self, time: Duration) {
        let begin = spent();
        while spent().saturating_sub(begin) < time {
            black_box((0..1000_u64).sum::<u64>());
        }
        let burnt = u64::try_from(spent().saturating_sub(begin).as_nanos()).unwrap();
        self.0.fetch_add(burnt, Ordering::Relaxed);
    }

    fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    /// Whether that is no less than was burnt, and little more.
    fn is(&self, found: Option<Duration>) -> bool {
        let found = found.unwrap();
        found >= self.total() && found <= self.total().mul_f64(1.1)
    }
}

#[resmon::timed(cpu)]
fn burns(time: Duration) {
    BY_BURNS.burn(time);
}

#[resmon::log_execution_time(cpu)]
fn sleeps(time: Duration) -> Result<(), String> {
    thread::sleep(time);
    Ok(())
}

#[resmon::counted(cpu)]
fn burns_uncounted() {
    UNCOUNTED.burn(Duration::from_millis(20));
}

#[resmon::timed(cpu)]
async fn burns_and_waits() {
    for _ in 0..5 {
        IN_POLLS.burn(Duration::from_millis(10));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

fn stats(monitor: &Monitor, function: &str) -> FunctionStats {
    monitor.functions().into_iter().find(|f| f.function() == function).unwrap()
}

fn monitor() -> Monitor {
    Monitor::builder().private().start().unwrap()
}

fn is_about(found: Option<Duration>, expected: Duration) -> bool {
    let found = found.unwrap();
    found >= expected.mul_f64(0.8) && found <= expected.mul_f64(4.0)
}

#[test]
fn polls_are_counted_whatever_form_the_future_has() {
    run(yields(POLLS));
    run(returns_a_future(POLLS));
    run(hides_a_future(POLLS));
    let monitor = monitor();
    assert_eq!(stats(&monitor, "yields").polls(), Some(3 * (POLLS + 1)));
    for outer in ["returns_a_future", "hides_a_future"] {
        assert_eq!(stats(&monitor, outer).polls(), Some(POLLS + 1), "{outer}");
    }
    assert_eq!(stats(&monitor, "burns").polls(), None);
}

#[resmon::timed]
fn queued() -> impl Future<Output = ()> {
    async {}
}

#[resmon::timed(cpu)]
fn queued_in_box() -> Pin<Box<dyn Future<Output = ()>>> {
    Box::pin(async {})
}

#[resmon::timed]
fn queued_in_alias() -> Boxed {
    Box::pin(async {})
}

#[test]
fn the_wait_for_the_first_poll_is_told_where_the_creation_is_seen() {
    const WAIT: Duration = Duration::from_millis(30);
    for _ in 0..2 {
        let made = (queued(), queued_in_box(), queued_in_alias(), waits(Duration::ZERO));
        thread::sleep(WAIT);
        run(async { tokio::join!(made.0, made.1, made.2, made.3) });
    }
    let monitor = monitor();
    for function in ["queued", "queued_in_box", "queued_in_alias"] {
        let stats = stats(&monitor, function);
        assert!(is_about(stats.mean_first_poll_delay(), WAIT), "{stats:?}");
        assert!(stats.total() < WAIT, "{stats:?}");
    }
    assert_eq!(stats(&monitor, "waits").mean_first_poll_delay(), None);
}

#[resmon::counted]
fn counts() {}

#[test]
fn the_rate_is_that_of_lately() {
    let monitor = monitor();
    assert_eq!(stats(&monitor, "counts").rate(), None);
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(1500) {
        (0..10).for_each(|_| counts());
        thread::sleep(Duration::from_millis(10));
    }
    let stats = stats(&monitor, "counts");
    let expected = stats.calls() as f64 / began.elapsed().as_secs_f64();
    let found = stats.rate().unwrap();
    // What was counted began a little before the calls did.
    assert!((expected * 0.5..expected * 1.05).contains(&found), "{found} {expected}");
}

#[test]
fn waiting_is_not_busy_and_blocking_is() {
    run(waits(Duration::from_millis(100)));
    run(blocks(Duration::from_millis(60)));
    let monitor = monitor();
    let waits = stats(&monitor, "waits");
    assert!(waits.total() >= Duration::from_millis(99));
    assert!(waits.busy().unwrap() < Duration::from_millis(20), "{waits:?}");
    assert!(waits.busy_ratio().unwrap() < 0.2, "{waits:?}");
    let blocks = stats(&monitor, "blocks");
    assert!(is_about(blocks.busy(), Duration::from_millis(60)), "{blocks:?}");
    assert!(is_about(blocks.longest_poll(), Duration::from_millis(60)), "{blocks:?}");
}

#[test]
fn cpu_time_is_what_was_burnt_and_not_what_was_slept() {
    alone("cpu_time_is_what_was_burnt_and_not_what_was_slept", || {
        (0..5).for_each(|_| burns(Duration::from_millis(20)));
        sleeps(Duration::from_millis(50)).unwrap();
        burns_uncounted();
        let monitor = monitor();
        let burnt = stats(&monitor, "burns");
        assert!(BY_BURNS.is(burnt.cpu_time()), "{burnt:?}");
        assert!(burnt.total() >= Duration::from_millis(99), "{burnt:?}");
        let slept = stats(&monitor, "sleeps");
        assert!(slept.cpu_time().unwrap() < Duration::from_millis(10), "{slept:?}");
        let uncounted = stats(&monitor, "burns_uncounted");
        assert!(UNCOUNTED.is(uncounted.cpu_time()), "{uncounted:?}");
        assert_eq!(stats(&monitor, "waits").cpu_time(), None);
    });
}

#[test]
fn cpu_time_of_a_future_is_that_of_its_polls() {
    run(async {
        let other = async {
            for _ in 0..30 {
                BETWEEN.burn(Duration::from_millis(10));
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(burns_and_waits(), other);
    });
    let monitor = monitor();
    let stats = stats(&monitor, "burns_and_waits");
    // The other future burnt six times as much between its polls.
    assert!(BETWEEN.total() > 4 * IN_POLLS.total());
    assert!(IN_POLLS.is(stats.cpu_time()), "{stats:?}");
    assert!(stats.busy().unwrap() >= Duration::from_millis(49), "{stats:?}");
}

#[cfg(feature = "prometheus")]
#[test]
fn the_wire_has_them_whoever_renders() {
    use common::{check, value};
    use metrics_exporter_prometheus::PrometheusBuilder;

    alone("the_wire_has_them_whoever_renders", || {
        run(yields(POLLS));
        let handle = PrometheusBuilder::new().install_recorder().unwrap();
        run(yields(POLLS));
        let monitor = Monitor::start().unwrap();
        run(yields(POLLS));
        burns(Duration::from_millis(20));
        monitor.flush();
        let own = resmon::render();
        check(&own);
        for text in [&handle.render(), &own] {
            let polls = value(text, "function_polls_total", &[("function", "yields")]);
            assert_eq!(polls, Some(3.0 * (POLLS + 1) as f64), "{text}");
            let get = |name, function| value(text, name, &[("function", function)]).unwrap();
            assert!(get("function_busy_seconds_total", "yields") > 0.0, "{text}");
            let cpu = get("function_cpu_seconds_total", "burns");
            assert!(BY_BURNS.is(Some(Duration::from_secs_f64(cpu + 1e-9))), "{text}");
        }
        assert!(own.contains("# TYPE function_busy_seconds_total counter"), "{own}");
    });
}
