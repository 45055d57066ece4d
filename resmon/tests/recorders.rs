//! Who installs a recorder, and when: no call is lost and nothing is shown twice.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use common::{alone, check, value};
use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use resmon::Monitor;

#[resmon::timed]
fn work() {}

#[expect(dead_code, reason = "what is never called is known all the same")]
#[resmon::timed]
fn never() -> Result<(), String> {
    Ok(())
}

fn call(times: usize) {
    (0..times).for_each(|_| work());
}

fn install_users() -> PrometheusHandle {
    PrometheusBuilder::new().install_recorder().unwrap()
}

/// Calls of `work` as a text tells them: the counter, and the count of the durations.
fn counts(text: &str) -> (f64, f64) {
    let labels = [("function", "work"), ("result", "ok")];
    let get = |name| value(text, name, &labels).unwrap_or_default();
    (get("function_calls_total"), get("function_calls_duration_seconds_count"))
}

#[test]
fn a_recorder_that_comes_late_gets_every_call_at_a_flush() {
    alone("a_recorder_that_comes_late_gets_every_call_at_a_flush", || {
        call(1000);
        let handle = install_users();
        resmon::flush();
        assert_eq!(counts(&handle.render()), (1000.0, 1000.0));
        check(&resmon::render());
    });
}

#[test]
fn a_recorder_that_comes_late_gets_every_call_at_the_next_one() {
    alone("a_recorder_that_comes_late_gets_every_call_at_the_next_one", || {
        call(1000);
        let handle = install_users();
        call(1);
        assert_eq!(counts(&handle.render()), (1001.0, 1001.0));
        call(5);
        assert_eq!(counts(&handle.render()), (1006.0, 1006.0));
    });
}

#[test]
fn without_a_monitor_calls_go_straight_to_the_recorder() {
    alone("without_a_monitor_calls_go_straight_to_the_recorder", || {
        let handle = install_users();
        call(3);
        assert_eq!(counts(&handle.render()), (3.0, 3.0));
    });
}

#[test]
fn calls_that_went_straight_to_the_recorder_are_known_and_not_given_again() {
    alone("calls_that_went_straight_to_the_recorder_are_known_and_not_given_again", || {
        let handle = install_users();
        call(3);
        let private = Monitor::builder().private().start().unwrap();
        let known = |monitor: &Monitor| {
            monitor.functions().into_iter().find(|f| f.function() == "work").unwrap().calls()
        };
        assert_eq!(known(&private), 3);
        assert_eq!(counts(&resmon::render()), (3.0, 3.0));
        let monitor = Monitor::start().unwrap();
        call(2);
        monitor.flush();
        assert_eq!(known(&monitor), 5);
        monitor.stop();
        call(1);
        resmon::flush();
        assert_eq!(counts(&handle.render()), (6.0, 6.0));
        assert_eq!(counts(&resmon::render()), (6.0, 6.0));
    });
}

#[test]
fn what_was_left_out_does_not_come_out_later() {
    alone("what_was_left_out_does_not_come_out_later", || {
        let handle = install_users();
        let monitor = Monitor::builder().functions(|f, _| f != "work").start().unwrap();
        call(5);
        monitor.flush();
        monitor.stop();
        resmon::flush();
        assert_eq!(counts(&handle.render()), (0.0, 0.0));
        call(1);
        assert_eq!(counts(&handle.render()), (1.0, 1.0));
    });
}

#[test]
fn a_recorder_without_a_size_is_a_recorder() {
    alone("a_recorder_without_a_size_is_a_recorder", || {
        let seen = || SIZELESS.swap(0, Relaxed);
        metrics::with_local_recorder(&Sizeless, || call(2));
        assert_eq!(seen(), 2, "as the thread's own");
        metrics::set_global_recorder(Sizeless).unwrap();
        call(3);
        assert_eq!(seen(), 3, "as the program's");
        let monitor = Monitor::start().unwrap();
        call(4);
        monitor.flush();
        assert_eq!(seen(), 4, "beside a monitor");
        metrics::with_local_recorder(&Sizeless, || call(5));
        monitor.stop();
        assert_eq!(seen(), 5, "as the thread's own, beside a monitor");
    });
}

static SIZELESS: AtomicU64 = AtomicU64::new(0);

struct Sizeless;

impl CounterFn for Sizeless {
    fn increment(&self, value: u64) {
        SIZELESS.fetch_add(value, Relaxed);
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Sizeless {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let of_work = key.labels().any(|label| label.value() == "work");
        if of_work { Counter::from_arc(Arc::new(Self)) } else { Counter::noop() }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[test]
fn a_monitor_gives_the_users_recorder_the_calls_from_before_both() {
    alone("a_monitor_gives_the_users_recorder_the_calls_from_before_both", || {
        call(1000);
        let handle = install_users();
        let monitor = Monitor::start().unwrap();
        call(10);
        monitor.flush();
        assert_eq!(counts(&handle.render()), (1010.0, 1010.0));
        assert_eq!(counts(&resmon::render()), (1010.0, 1010.0));
        check(&resmon::render());
    });
}

#[test]
fn a_recorder_installed_after_the_monitor_misses_nothing() {
    alone("a_recorder_installed_after_the_monitor_misses_nothing", || {
        let monitor = Monitor::start().unwrap();
        call(1000);
        monitor.flush();
        let handle = install_users();
        call(7);
        monitor.flush();
        let text = handle.render();
        assert_eq!(counts(&text), (1007.0, 1007.0), "{text}");
        let never = [("function", "never"), ("result", "error")];
        assert_eq!(value(&text, "function_calls_total", &never), Some(0.0));
        assert!(text.contains("# HELP function_calls_total "), "{text}");
        monitor.stop();
        call(1);
        assert_eq!(counts(&handle.render()), (1008.0, 1008.0));
    });
}

#[test]
fn figures_reach_a_users_recorder_with_their_help() {
    alone("figures_reach_a_users_recorder_with_their_help", || {
        let handle = install_users();
        let interval = std::time::Duration::from_millis(10);
        let monitor = Monitor::builder().interval(interval).start().unwrap();
        std::thread::sleep(interval * 3);
        monitor.flush();
        let text = handle.render();
        assert!(value(&text, "process_cpu_seconds_total", &[]).unwrap() > 0.0, "{text}");
        assert!(text.contains("# HELP process_open_fds "), "{text}");
    });
}

#[test]
fn resmons_own_recorder_shows_everything_once() {
    alone("resmons_own_recorder_shows_everything_once", || {
        call(1000);
        let monitor = Monitor::builder().install_recorder().start().unwrap();
        metrics::describe_counter!("requests_total", "Requests served.");
        metrics::counter!("requests_total").increment(2);
        call(5);
        let text = resmon::render();
        assert_eq!(counts(&text), (1005.0, 1005.0));
        assert_eq!(value(&text, "requests_total", &[]), Some(2.0));
        assert!(text.contains("# TYPE process_cpu_seconds_total counter"), "{text}");
        check(&text);
        monitor.stop();
        call(1);
        assert_eq!(counts(&resmon::render()), (1006.0, 1006.0));
        assert!(PrometheusBuilder::new().install_recorder().is_err());

        let again = Monitor::builder().install_recorder().start().unwrap();
        call(1);
        assert_eq!(counts(&resmon::render()), (1007.0, 1007.0));
        assert_eq!(value(&resmon::render(), "requests_total", &[]), Some(2.0));
        drop(again);
    });
}

#[test]
fn a_name_of_resmons_under_another_kind_is_counted_and_shown_once() {
    alone("a_name_of_resmons_under_another_kind_is_counted_and_shown_once", || {
        let clock = resmon::ManualClock::new();
        let monitor = Monitor::builder().install_recorder().clock(clock.clone()).start().unwrap();
        metrics::counter!("process_open_fds").increment(1);
        metrics::gauge!("process_threads").set(-5.0);
        clock.advance(std::time::Duration::from_secs(1));
        monitor.flush();
        let text = resmon::render();
        assert_eq!(value(&text, "resmon_name_conflicts_total", &[]), Some(1.0));
        assert!(value(&text, "process_threads", &[]).unwrap() > 0.0);
        check(&text);
    });
}

#[test]
fn the_users_recorder_stands_where_both_are_asked_for() {
    alone("the_users_recorder_stands_where_both_are_asked_for", || {
        let handle = install_users();
        let monitor = Monitor::builder().install_recorder().start().unwrap();
        call(4);
        metrics::counter!("requests_total").increment(2);
        monitor.flush();
        assert_eq!(counts(&handle.render()), (4.0, 4.0));
        assert_eq!(value(&handle.render(), "requests_total", &[]), Some(2.0));
        let text = resmon::render();
        assert_eq!(counts(&text), (4.0, 4.0));
        assert_eq!(value(&text, "requests_total", &[]), None);
        check(&text);
    });
}

#[test]
fn a_users_text_is_shown_with_its_types_put_right() {
    alone("a_users_text_is_shown_with_its_types_put_right", || {
        call(2);
        let handle = install_users();
        let render = handle.clone();
        let monitor = Monitor::builder().render_with(move || render.render()).start().unwrap();
        metrics::describe_counter!("requests_total", "Requests served.");
        metrics::counter!("requests_total").increment(2);
        call(4);
        std::thread::sleep(std::time::Duration::from_millis(1100));
        monitor.flush();
        assert!(handle.render().contains("# TYPE process_cpu_seconds_total gauge"));
        let text = resmon::render();
        assert!(text.contains("# TYPE process_cpu_seconds_total counter"), "{text}");
        assert_eq!(counts(&text), (6.0, 6.0));
        assert_eq!(value(&text, "requests_total", &[]), Some(2.0));
        check(&text);
    });
}

#[test]
fn without_anything_the_process_is_sampled_on_the_spot() {
    alone("without_anything_the_process_is_sampled_on_the_spot", || {
        call(3);
        let text = resmon::render();
        assert_eq!(counts(&text), (3.0, 3.0));
        assert!(value(&text, "process_resident_memory_bytes", &[]).unwrap() > 0.0);
        check(&text);
    });
}

#[test]
fn a_local_recorder_gets_its_calls_and_the_monitor_does_not() {
    alone("a_local_recorder_gets_its_calls_and_the_monitor_does_not", || {
        let monitor = Monitor::builder().install_recorder().start().unwrap();
        call(1);
        for _ in 0..3 {
            let local = DebuggingRecorder::new();
            let seen = local.snapshotter();
            metrics::with_local_recorder(&local, || call(2));
            let seen = seen.snapshot().into_vec();
            let counter = seen.iter().find_map(|(key, _, _, value)| match value {
                DebugValue::Counter(n) if key.key().name() == "function_calls_total" => Some(*n),
                _ => None,
            });
            assert_eq!(counter, Some(2));
        }
        call(1);
        assert_eq!(counts(&resmon::render()), (2.0, 2.0));
        monitor.stop();
    });
}

#[test]
fn labels_and_what_is_left_out_hold_in_every_text() {
    alone("labels_and_what_is_left_out_hold_in_every_text", || {
        let handle = install_users();
        let monitor = Monitor::builder()
            .label("service", "pay")
            .without("process_*")
            .functions(|function, _| function != "never")
            .start()
            .unwrap();
        call(1);
        std::thread::sleep(std::time::Duration::from_millis(1100));
        monitor.flush();
        for text in [handle.render(), resmon::render()] {
            assert!(!text.contains("process_"), "{text}");
            assert!(!text.contains("never"), "{text}");
            let series = text.lines().filter(|l| !l.starts_with('#') && !l.is_empty());
            series.for_each(|line| assert!(line.contains("service=\"pay\""), "{line}"));
        }
        assert!(monitor.snapshot().get("process_open_fds").is_some());
        check(&resmon::render());
    });
}

/// Runs every other test of this program with promtool looking on.
#[test]
#[ignore = "needs promtool"]
fn promtool_has_nothing_to_say_in_any_case() {
    let program = std::env::current_exe().unwrap();
    let tests = Command::new(program).env("RESMON_PROMTOOL", "1").output().unwrap();
    assert!(tests.status.success(), "{}", String::from_utf8_lossy(&tests.stdout));
}
