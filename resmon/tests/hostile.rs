//! What the program gives resmon to call may hang, panic or call back: the program goes on.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use common::alone;
use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use resmon::{Monitor, Readings, Source, SourceError, figure::Definition};

#[resmon::timed]
fn work() {}

fn calls_of(function: &str) -> u64 {
    let monitor = Monitor::builder().private().start().unwrap();
    let found = monitor.functions().into_iter().find(|f| f.function() == function);
    found.unwrap().calls()
}

/// A recorder that counts calls of `work`, and does something else first.
struct Does(fn());

static COUNTED: AtomicU64 = AtomicU64::new(0);

struct Count;

impl CounterFn for Count {
    fn increment(&self, value: u64) {
        COUNTED.fetch_add(value, Relaxed);
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Does {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.0();
        let of_work = key.labels().any(|label| label.value() == "work");
        if of_work { Counter::from_arc(Arc::new(Count)) } else { Counter::noop() }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        self.0();
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

fn install(does: fn()) {
    assert!(metrics::set_global_recorder(Does(does)).is_ok());
}

#[test]
fn a_recorder_that_hangs_keeps_nobody_waiting() {
    static HANGS: AtomicBool = AtomicBool::new(false);

    alone("a_recorder_that_hangs_keeps_nobody_waiting", || {
        install(|| {
            while HANGS.load(Relaxed) {
                thread::sleep(Duration::from_millis(10));
            }
        });
        let monitor = Monitor::start().unwrap();
        HANGS.store(true, Relaxed);
        work();
        assert!(!monitor.flush());
        let quick = Instant::now();
        assert!(monitor.functions().iter().any(|f| f.function() == "work" && f.calls() == 1));
        assert!(monitor.summary().contains("work"));
        #[cfg(feature = "prometheus")]
        assert!(resmon::render().contains("function=\"work\""));
        assert!(quick.elapsed() < Duration::from_secs(1), "{:?}", quick.elapsed());
        let began = Instant::now();
        monitor.stop();
        assert!(began.elapsed() < Duration::from_millis(2500), "{:?}", began.elapsed());
        assert!(Monitor::current().is_none());
    });
}

#[test]
fn a_recorder_that_is_annotated_hears_of_itself_without_end() {
    #[resmon::timed]
    fn inside_the_recorder() {}

    alone("a_recorder_that_is_annotated_hears_of_itself_without_end", || {
        install(inside_the_recorder);
        (0..10).for_each(|_| work());
        assert_eq!(COUNTED.load(Relaxed), 10);
        let monitor = Monitor::start().unwrap();
        (0..10).for_each(|_| work());
        assert!(monitor.flush());
        monitor.stop();
        resmon::flush();
        assert_eq!(COUNTED.load(Relaxed), 20);
        assert!(calls_of("inside_the_recorder") >= 20);
    });
}

#[test]
fn a_recorder_that_panics_is_left_alone_with_it() {
    static PANICS: AtomicBool = AtomicBool::new(false);

    alone("a_recorder_that_panics_is_left_alone_with_it", || {
        install(|| assert!(!PANICS.load(Relaxed), "on purpose"));
        PANICS.store(true, Relaxed);
        work();
        let monitor = Monitor::start().unwrap();
        work();
        assert!(monitor.flush() && monitor.handle().is_healthy());
        assert_eq!(calls_of("work"), 2);
        PANICS.store(false, Relaxed);
        work();
        assert!(monitor.flush());
        assert_eq!(COUNTED.load(Relaxed), 1);
    });
}

/// A source that panics where it is told to.
struct Panics {
    in_name: bool,
    in_figures: bool,
}

impl Source for Panics {
    fn name(&self) -> &'static str {
        assert!(!self.in_name, "on purpose");
        "panics"
    }

    fn figures(&self) -> Vec<Definition> {
        assert!(!self.in_figures, "on purpose");
        Vec::new()
    }

    fn sample(&mut self, _: &mut Readings<'_>) -> Result<(), SourceError> {
        Ok(())
    }
}

#[test]
fn a_source_that_panics_when_asked_what_it_is_is_refused() {
    for (in_name, in_figures) in [(true, false), (false, true)] {
        let source = Panics { in_name, in_figures };
        let error = Monitor::builder().private().source(source).start().unwrap_err();
        assert!(error.is_config() && error.to_string().contains("panicked"), "{error}");
    }
}

#[test]
fn a_filter_that_panics_leaves_the_function_out_of_the_export_alone() {
    alone("a_filter_that_panics_leaves_the_function_out_of_the_export_alone", || {
        install(|| {});
        let monitor = Monitor::builder()
            .functions(|function, _| {
                assert_ne!(function, "work", "on purpose");
                true
            })
            .start()
            .unwrap();
        work();
        assert!(monitor.flush());
        assert_eq!(COUNTED.load(Relaxed), 0);
        assert!(monitor.functions().iter().any(|f| f.function() == "work" && f.calls() == 1));
        #[cfg(feature = "prometheus")]
        assert!(!resmon::render().contains("work"));
    });
}

#[cfg(feature = "prometheus")]
#[test]
fn where_the_programs_text_panics_resmons_own_is_shown() {
    alone("where_the_programs_text_panics_resmons_own_is_shown", || {
        let monitor = Monitor::builder().render_with(|| panic!("on purpose")).start().unwrap();
        assert!(resmon::render().contains("process_cpu_seconds_total"));
        monitor.stop();
    });
}

#[test]
fn a_filter_may_ask_the_monitor_and_call_what_is_annotated() {
    alone("a_filter_may_ask_the_monitor_and_call_what_is_annotated", || {
        install(|| {});
        let monitor = Monitor::builder()
            .functions(|_, _| {
                work();
                Monitor::current().is_none_or(|monitor| !monitor.functions().is_empty())
            })
            .start()
            .unwrap();
        work();
        assert!(monitor.flush());
        #[cfg(feature = "prometheus")]
        common::check(&resmon::render());
        monitor.stop();
    });
}
