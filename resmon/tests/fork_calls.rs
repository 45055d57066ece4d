//! A forked child begins anew: its own calls, no monitor, and one of its own if it wants.
#![cfg(unix)]
#![allow(unsafe_code, reason = "there is no safe way to fork")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use common::alone;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use resmon::Monitor;

#[resmon::timed]
fn work() {}

fn calls(monitor: &Monitor) -> u64 {
    monitor.functions().iter().find(|f| f.function() == "work").unwrap().calls()
}

/// What the child finds; an error says at which line it went wrong.
fn in_child() -> Result<(), u32> {
    let check = |holds: bool, line: u32| if holds { Ok(()) } else { Err(line) };
    check(Monitor::current().is_none(), line!())?;
    (0..5).for_each(|_| work());
    let own = Monitor::start().map_err(|_| line!())?;
    work();
    check(Monitor::current().is_some(), line!())?;
    check(calls(&own) == 6, line!())?;
    check(own.snapshot().sequence() >= 1, line!())?;
    own.stop();
    Ok(())
}

/// Runs `child` in a forked child, which is killed where it hangs.
fn forked(child: impl FnOnce() -> Result<(), u32>) {
    // SAFETY: the child touches only what resmon says is safe in a forked child, and ends
    // without running the test harness any further.
    let pid = unsafe { libc::fork() };
    if pid == 0 {
        // SAFETY: sets a timer whose signal ends this process, which then ends by itself.
        unsafe { libc::alarm(20) };
        let code = child().err().unwrap_or(0).cast_signed();
        // SAFETY: as above.
        unsafe { libc::_exit(code) };
    }
    assert!(pid > 0, "{}", std::io::Error::last_os_error());
    let mut status = 0;
    // SAFETY: waits for the child made above, and writes into a local.
    assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
    assert!(libc::WIFEXITED(status), "it hung: {status}");
    assert_eq!(libc::WEXITSTATUS(status), 0, "the line in which the child went wrong");
}

#[test]
fn a_forked_child_counts_its_own_calls_alone() {
    alone("a_forked_child_counts_its_own_calls_alone", || {
        let monitor = Monitor::start().unwrap();
        (0..1000).for_each(|_| work());
        assert_eq!(calls(&monitor), 1000);
        (0..7).for_each(|_| work());
        forked(in_child);
        work();
        assert_eq!(calls(&monitor), 1008);
        assert!(monitor.flush() && Monitor::current().is_some());
    });
}

#[test]
fn a_child_of_a_child_begins_anew_too() {
    alone("a_child_of_a_child_begins_anew_too", || {
        let monitor = Monitor::start().unwrap();
        (0..10).for_each(|_| work());
        forked(|| {
            in_child()?;
            forked(|| {
                in_child()?;
                forked(in_child);
                Ok(())
            });
            Ok(())
        });
        assert_eq!(calls(&monitor), 10);
    });
}

/// The parent's threads are in the middle of everything whenever it forks.
#[test]
fn a_child_waits_for_no_lock_that_the_parent_held() {
    alone("a_child_waits_for_no_lock_that_the_parent_held", || {
        metrics::set_global_recorder(Lockless).unwrap();
        let use_everything = || {
            work();
            resmon::time("block", || ());
            resmon::flush();
        };
        // What a fork is to do is registered by the first call.
        use_everything();
        let stop = Stop(AtomicBool::new(false));
        thread::scope(|scope| {
            let stop = &stop;
            for _ in 0..3 {
                scope.spawn(|| {
                    while !stop.0.load(Ordering::Relaxed) {
                        use_everything();
                    }
                });
            }
            let _stop = StopAtEnd(stop);
            for _ in 0..60 {
                forked(|| {
                    use_everything();
                    Ok(())
                });
            }
        });
    });
}

struct Stop(AtomicBool);

/// However the test ends, its threads do.
struct StopAtEnd<'a>(&'a Stop);

impl Drop for StopAtEnd<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// A recorder of which nothing can be held by a thread that forking leaves behind.
struct Lockless;

impl Recorder for Lockless {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
        Counter::noop()
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
