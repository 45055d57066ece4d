//! Sampling allocates nothing once it runs.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "a global allocator is unsafe to write")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

use resmon::{Error, Process};

thread_local! {
    /// Allocations of this thread: the harness's own threads do not matter.
    static COUNT: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is handed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promise holds for the system's allocator too.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the pointer came from `alloc` above, which is the system's.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

#[test]
fn a_steady_sample_allocates_nothing() -> Result<(), Error> {
    let mut process = Process::current()?;
    let _ = process.sample()?;
    let before = COUNT.get();
    // Two of these twenty read what is read at every tenth sample.
    for _ in 0..20 {
        assert!(process.sample()?.oom_score().is_some());
    }
    assert_eq!(COUNT.get() - before, 0);
    // The allocator does count.
    drop(std::hint::black_box(Box::new(1)));
    assert_eq!(COUNT.get() - before, 1);
    Ok(())
}

#[test]
fn a_steady_tick_of_a_monitor_allocates_nothing() -> Result<(), Error> {
    // The gauge is read on the monitor's thread, whose allocations it tells.
    let clock = resmon::ManualClock::new();
    let monitor = resmon::Monitor::builder()
        .private()
        .clock(clock.clone())
        .gauge("allocations", || COUNT.get() as f64)
        .start()?;
    let ticks = |times: u32| {
        for _ in 0..times {
            clock.advance(std::time::Duration::from_secs(1));
            monitor.flush();
        }
        monitor.snapshot().get("allocations")
    };
    // Rates and shares come with the second reading, a second of real time after the first.
    ticks(2);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    let before = ticks(3);
    std::thread::sleep(std::time::Duration::from_millis(1_100));
    assert_eq!(ticks(20), before);
    Ok(())
}

#[test]
fn a_steady_reading_of_the_machine_allocates_its_answer_alone() -> Result<(), Error> {
    // Every file is read each time, whatever tier it is in.
    let mut machine = resmon::System::new()?;
    for _ in 0..3 {
        machine.sample()?;
    }
    let before = COUNT.get();
    for _ in 0..20 {
        machine.sample()?;
    }
    // The values of the snapshot that is given out; its series are shared.
    assert_eq!(COUNT.get() - before, 20);
    Ok(())
}
