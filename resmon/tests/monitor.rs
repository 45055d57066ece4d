//! The life of a monitor, as its user sees it.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use common::alone;
use resmon::{Gap, ManualClock, Monitor};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn one_publishing_monitor_and_any_number_of_private_ones() {
    alone("one_publishing_monitor_and_any_number_of_private_ones", || {
        assert!(Monitor::current().is_none());
        let private = Monitor::builder().private().start().unwrap();
        assert!(Monitor::current().is_none());
        let first = Monitor::start().unwrap();
        let error = Monitor::start().unwrap_err();
        assert!(error.is_already_running(), "{error}");
        let handle = Monitor::current().unwrap();
        assert!(handle.snapshot().sequence() >= 1);
        first.stop();
        assert!(Monitor::current().is_none());
        Monitor::start().unwrap().stop();
        drop(private);
    });
}

#[test]
fn a_hundred_starts_and_stops_leave_nothing_behind() {
    alone("a_hundred_starts_and_stops_leave_nothing_behind", || {
        let cycle = || Monitor::builder().gauge("depth", || 1.0).start().unwrap().stop();
        let held = || {
            let now = resmon::Process::current().unwrap().sample().unwrap();
            (now.threads(), now.open_fds(), now.resident_memory_bytes())
        };
        (0..10).for_each(|_| cycle());
        let (threads, fds, memory) = held();
        (0..100).for_each(|_| cycle());
        let after = held();
        assert_eq!((after.0, after.1), (threads, fds));
        let grown = after.2.unwrap().saturating_sub(memory.unwrap());
        assert!(grown < 256 * 1024, "{grown} bytes in a hundred cycles");
    });
}

#[test]
fn ticks_come_on_time_on_the_systems_clock() {
    let interval = Duration::from_millis(20);
    let monitor = Monitor::builder().private().interval(interval).start().unwrap();
    let began = Instant::now();
    while monitor.snapshot().sequence() < 21 {
        assert!(began.elapsed() < 10 * SECOND, "{:?}", monitor.snapshot().sequence());
        std::thread::sleep(Duration::from_millis(2));
    }
    assert!(began.elapsed() >= interval * 18, "{:?}", began.elapsed());
}

#[test]
fn time_that_a_test_moves_ticks_exactly() {
    let clock = ManualClock::new();
    let reads = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&reads);
    let monitor = Monitor::builder()
        .private()
        .clock(clock.clone())
        .gauge("reads", move || (count.fetch_add(1, Ordering::Relaxed) + 1) as f64)
        .start()
        .unwrap();
    for second in 1..=5 {
        clock.advance(SECOND);
        assert!(monitor.flush());
        assert_eq!(monitor.snapshot().get("reads"), Some(f64::from(second + 1)));
    }
    clock.advance(Duration::from_millis(900));
    monitor.flush();
    assert_eq!(reads.load(Ordering::Relaxed), 6);
    assert_eq!(monitor.history().len(), 6);
}

#[test]
fn lateness_suspension_and_clock_steps_are_seen() {
    let clock = ManualClock::new();
    let monitor = Monitor::builder().private().clock(clock.clone()).start().unwrap();
    let tick = || {
        monitor.flush();
        monitor.snapshot()
    };
    clock.advance(4 * SECOND + SECOND / 2);
    assert_eq!(tick().gap(), Some(Gap::Late(3)));
    assert_eq!(monitor.snapshot().get("resmon_missed_ticks_total"), Some(3.0));
    clock.suspend(600 * SECOND);
    clock.advance(SECOND);
    assert_eq!(tick().gap(), Some(Gap::Suspended(600 * SECOND)));
    assert_eq!(monitor.snapshot().get("resmon_suspended_seconds_total"), Some(600.0));
    clock.set_wall_clock(SystemTime::UNIX_EPOCH);
    clock.advance(SECOND);
    assert!(matches!(tick().gap(), Some(Gap::ClockStepped(ms)) if ms < -600_000));
    clock.advance(SECOND);
    assert_eq!(tick().gap(), None);
}

#[test]
fn history_is_bounded_and_sums_up_windows() {
    let clock = ManualClock::new();
    let mut n = 0.0;
    let monitor = Monitor::builder()
        .private()
        .clock(clock.clone())
        .history(10 * SECOND)
        .gauge("n", move || {
            n += 1.0;
            n
        })
        .start()
        .unwrap();
    for _ in 0..25 {
        clock.advance(SECOND);
        monitor.flush();
    }
    let history = monitor.history();
    assert_eq!((history.len(), history.capacity()), (10, 10));
    let last_five = history.window("n", 5 * SECOND).unwrap();
    assert_eq!((last_five.min(), last_five.mean(), last_five.max()), (22.0, 24.0, 26.0));
    assert_eq!((last_five.last(), last_five.samples()), (26.0, 5));
    assert_eq!(history.points("n").first().unwrap().value, Some(17.0));
    assert!(history.window("unknown", SECOND).is_none());
}

#[test]
fn a_source_that_blocks_does_not_keep_the_program_from_ending() {
    let mut first = true;
    let monitor = Monitor::builder()
        .private()
        .interval(Duration::from_millis(10))
        .gauge("blocks", move || {
            if !std::mem::take(&mut first) {
                std::thread::sleep(10 * SECOND);
            }
            0.0
        })
        .start()
        .unwrap();
    std::thread::sleep(Duration::from_millis(50));
    let began = Instant::now();
    monitor.stop();
    assert!(began.elapsed() < 3 * SECOND, "{:?}", began.elapsed());
}

#[test]
fn what_cannot_be_carried_out_is_refused_at_the_start() {
    let refused = |builder: resmon::Builder, named: &str| {
        let error = builder.private().start().unwrap_err();
        assert!(error.is_config() && error.to_string().contains(named), "{error}");
    };
    refused(Monitor::builder().interval(Duration::ZERO), "0ns");
    refused(Monitor::builder().history(Duration::from_millis(1)), "1ms");
    refused(Monitor::builder().history(Duration::MAX), "million");
    refused(Monitor::builder().label("not-a-label", "x"), "not-a-label");
    refused(Monitor::builder().gauge("no good", || 1.0), "no good");
    refused(Monitor::builder().gauge("process_threads", || 1.0), "process_threads");
    refused(Monitor::builder().gauge("twice", || 1.0).gauge("twice", || 2.0), "twice");
    refused(Monitor::builder().without("proces_*"), "proces_*");
}

#[test]
fn a_figure_may_ask_the_monitor_it_belongs_to() {
    let handle: Arc<OnceLock<resmon::Handle>> = Arc::default();
    let asked = Arc::clone(&handle);
    let monitor = Monitor::builder()
        .private()
        .clock(ManualClock::new())
        .gauge("asks", move || {
            let began = Instant::now();
            if let Some(handle) = asked.get() {
                assert!(!handle.flush());
                let _ = (handle.snapshot(), handle.history(), handle.functions(), handle.summary());
            }
            began.elapsed().as_secs_f64()
        })
        .start()
        .unwrap();
    assert!(handle.set(monitor.handle()).is_ok());
    let seen = monitor.handle();
    monitor.stop();
    assert!(seen.snapshot().get("asks").is_some_and(|seconds| seconds < 1.0));
}

#[test]
fn the_summary_names_resources_and_functions() {
    #[resmon::timed]
    fn summed_up() {}

    let monitor = Monitor::builder().private().start().unwrap();
    summed_up();
    let text = monitor.summary();
    for part in ["CPU time", "Memory", "peak", "Threads", "function", "p99", "summed_up"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
}

#[test]
fn a_handle_outlives_its_monitor() {
    let monitor = Monitor::builder().private().start().unwrap();
    let handle = monitor.handle();
    assert!(handle.is_healthy());
    drop(monitor);
    assert!(handle.snapshot().sequence() >= 2, "a last sample was taken");
    assert!(!handle.flush() && !handle.is_healthy());
}

#[test]
fn switched_off_by_the_environment_it_does_nothing() {
    const MARK: &str = "RESMON_OFF";
    if std::env::var_os(MARK).is_some() {
        let monitor = Monitor::builder().from_env().unwrap().start().unwrap();
        assert_eq!(monitor.snapshot().sequence(), 0);
        assert!(monitor.flush() && !resmon::is_enabled() && Monitor::current().is_none());
        return;
    }
    let program = std::env::current_exe().unwrap();
    let test = "switched_off_by_the_environment_it_does_nothing";
    let run = std::process::Command::new(program).args(["--exact", test]).env(MARK, "1").output();
    assert!(run.unwrap().status.success());
}

#[test]
fn public_types_cross_threads() {
    fn crosses<T: Send + Sync + 'static>() {}
    crosses::<Monitor>();
    crosses::<resmon::Handle>();
    crosses::<resmon::Snapshot>();
    crosses::<resmon::History>();
    crosses::<resmon::FunctionStats>();
}
