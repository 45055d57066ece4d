//! A forked child begins anew: its own calls, no monitor, and one of its own if it wants.
#![cfg(unix)]
#![allow(unsafe_code, reason = "there is no safe way to fork")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

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

#[test]
fn a_forked_child_counts_its_own_calls_alone() {
    let monitor = Monitor::start().unwrap();
    (0..1000).for_each(|_| work());
    assert_eq!(calls(&monitor), 1000);
    (0..7).for_each(|_| work());
    // SAFETY: the child touches only what resmon says is safe in a forked child, and ends
    // without running the test harness any further.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let code = in_child().err().unwrap_or(0).cast_signed();
        // SAFETY: ends this process at once.
        unsafe { libc::_exit(code) };
    }
    assert!(child > 0, "{}", std::io::Error::last_os_error());
    let mut status = 0;
    // SAFETY: waits for the child made above, and writes into a local.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert!(libc::WIFEXITED(status), "{status}");
    assert_eq!(libc::WEXITSTATUS(status), 0, "the line in which the child went wrong");
    work();
    assert_eq!(calls(&monitor), 1008);
    assert!(monitor.flush() && Monitor::current().is_some());
}
