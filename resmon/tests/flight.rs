//! Calls that are seen while they are under way, and told of where they are slow.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    fmt::{self, Write},
    panic::catch_unwind,
    sync::{
        Barrier, Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use common::alone;
use resmon::{FunctionStats, ManualClock, Monitor};
use tracing::{Event, Metadata, Subscriber, field::Visit, span};

#[resmon::timed(in_flight)]
fn holds(start: &Barrier, end: &Barrier) {
    start.wait();
    end.wait();
}

#[resmon::counted(in_flight)]
async fn waits() {
    std::future::pending::<()>().await;
}

#[resmon::timed(in_flight)]
fn panics() {
    panic!("on purpose");
}

#[resmon::timed(slow = "20ms")]
fn takes(time: Duration) {
    thread::sleep(time);
}

fn stats(monitor: &Monitor, function: &str) -> FunctionStats {
    monitor.functions().into_iter().find(|f| f.function() == function).unwrap()
}

fn monitor() -> Monitor {
    Monitor::builder().private().start().unwrap()
}

#[test]
fn calls_under_way_are_seen_and_then_gone() {
    let (start, end) = (Barrier::new(5), Barrier::new(5));
    let monitor = monitor();
    assert_eq!(stats(&monitor, "holds").in_flight(), Some(0));
    thread::scope(|scope| {
        (0..4).for_each(|_| drop(scope.spawn(|| holds(&start, &end))));
        start.wait();
        thread::sleep(Duration::from_millis(20));
        let holds = stats(&monitor, "holds");
        assert_eq!((holds.in_flight(), holds.calls()), (Some(4), 0));
        assert!(holds.oldest_in_flight().unwrap() >= Duration::from_millis(19));
        let seen = monitor.in_flight();
        let seen: Vec<_> = seen.iter().filter(|call| call.function() == "holds").collect();
        assert_eq!(seen.len(), 4);
        assert!(seen.windows(2).all(|pair| pair[0].age() >= pair[1].age()), "{seen:?}");
        end.wait();
    });
    let holds = stats(&monitor, "holds");
    assert_eq!((holds.in_flight(), holds.oldest_in_flight(), holds.calls()), (Some(0), None, 4));
}

#[test]
fn what_panics_or_is_dropped_is_no_longer_under_way() {
    let monitor = monitor();
    assert!(catch_unwind(panics).is_err());
    let panics = stats(&monitor, "panics");
    assert_eq!((panics.in_flight(), panics.panics()), (Some(0), 1));

    let never_polled = waits();
    assert_eq!(stats(&monitor, "waits").in_flight(), Some(0), "not begun");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut polled = std::pin::pin!(waits());
        tokio::select! {
            biased;
            () = &mut polled => {}
            () = tokio::task::yield_now() => {}
        }
        assert_eq!(stats(&monitor, "waits").in_flight(), Some(1));
    });
    drop(never_polled);
    let waits = stats(&monitor, "waits");
    assert_eq!((waits.in_flight(), waits.cancelled()), (Some(0), 1));
}

/// Keeps what is told at level WARN.
struct Warnings;

static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == tracing::Level::WARN
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        TOLD.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

fn told() -> Vec<String> {
    std::mem::take(&mut TOLD.lock().unwrap())
}

#[test]
fn a_slow_call_is_told_of_while_it_runs_and_at_its_end() {
    alone("a_slow_call_is_told_of_while_it_runs_and_at_its_end", || {
        tracing::subscriber::set_global_default(Warnings).unwrap();
        let clock = ManualClock::new();
        let monitor = Monitor::builder().clock(clock.clone()).start().unwrap();
        takes(Duration::ZERO);
        assert!(told().is_empty());
        let done = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                takes(Duration::from_millis(1500));
                done.store(true, Relaxed);
            });
            thread::sleep(Duration::from_millis(60));
            clock.advance(Duration::from_secs(1));
            assert!(monitor.flush() && !done.load(Relaxed));
            let while_running = told();
            assert_eq!(while_running.len(), 1, "{while_running:?}");
            assert!(while_running[0].contains("takes is slow: it has been running for"));
            assert!(while_running[0].contains("limit=0.02"), "{while_running:?}");
            clock.advance(Duration::from_secs(1));
            assert!(monitor.flush());
            assert!(told().is_empty(), "once a call");
        });
        let at_the_end = told();
        assert_eq!(at_the_end.len(), 1, "{at_the_end:?}");
        assert!(at_the_end[0].contains("takes was slow: it took 1."), "{at_the_end:?}");
        let takes = stats(&monitor, "takes");
        assert_eq!((takes.slow_calls(), takes.calls()), (Some(1), 2));
    });
}

#[test]
fn many_slow_calls_are_told_of_once_a_second() {
    alone("many_slow_calls_are_told_of_once_a_second", || {
        tracing::subscriber::set_global_default(Warnings).unwrap();
        (0..10).for_each(|_| takes(Duration::from_millis(21)));
        let lines = told();
        assert_eq!(lines.len(), 1, "{lines:?}");
        thread::sleep(Duration::from_secs(1));
        takes(Duration::from_millis(21));
        let lines = told();
        assert!(lines.len() == 1 && lines[0].contains("withheld=9"), "{lines:?}");
        assert_eq!(stats(&monitor(), "takes").slow_calls(), Some(11));
    });
}

#[cfg(feature = "prometheus")]
#[test]
fn the_wire_has_them_whoever_renders() {
    use common::{check, value};
    use metrics_exporter_prometheus::PrometheusBuilder;

    alone("the_wire_has_them_whoever_renders", || {
        let handle = PrometheusBuilder::new().install_recorder().unwrap();
        let monitor = Monitor::start().unwrap();
        takes(Duration::from_millis(25));
        let (start, end) = (Barrier::new(2), Barrier::new(2));
        thread::scope(|scope| {
            scope.spawn(|| holds(&start, &end));
            start.wait();
            monitor.flush();
            let own = resmon::render();
            check(&own);
            for text in [&handle.render(), &own] {
                let get = |name, function| value(text, name, &[("function", function)]);
                assert_eq!(get("function_slow_calls_total", "takes"), Some(1.0), "{text}");
                assert_eq!(get("function_calls_concurrent", "holds"), Some(1.0), "{text}");
                assert_eq!(get("function_calls_concurrent", "takes"), Some(0.0), "{text}");
            }
            end.wait();
        });
        monitor.flush();
        let after = value(&handle.render(), "function_calls_concurrent", &[("function", "holds")]);
        assert_eq!(after, Some(0.0));
    });
}

type Boxed = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

#[resmon::timed(slow = "10ms")]
fn behind_an_alias() -> Boxed {
    Box::pin(async {})
}

#[test]
fn a_future_that_is_not_polled_is_not_under_way() {
    let monitor = Monitor::builder().private().start().unwrap();
    let made = behind_an_alias();
    thread::sleep(Duration::from_millis(20));
    assert!(monitor.in_flight().iter().all(|call| call.function() != "behind_an_alias"));
    assert_eq!(stats(&monitor, "behind_an_alias").in_flight(), Some(0));
    drop(made);
}
