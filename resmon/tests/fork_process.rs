//! A forked child reads itself, not the parent whose open files it inherited.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]
#![allow(unsafe_code, reason = "only a foreign call can fork")]

use std::{
    fs::File,
    io::{Read, Write},
    os::fd::FromRawFd,
    time::Duration,
};

use resmon::{Process, Recording};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn a_forked_child_reads_itself() {
    let mut process = Process::current().unwrap();
    spin(Duration::from_millis(200));
    let parent = process.sample().unwrap();
    let mut ends = [0; 2];
    // SAFETY: the pointer is to two integers.
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
    // SAFETY: both ends are open and owned by nobody else.
    let (mut reader, writer) = unsafe { (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])) };

    // SAFETY: the harness has another thread, which only waits and holds no lock of the
    // allocator; the child uses none that a third thread could hold, and ends by `_exit`.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        let told = tell(&mut process, writer);
        // SAFETY: ends the child at once, without the parent's destructors.
        unsafe { libc::_exit(i32::from(told.is_none())) };
    }
    drop(writer);
    let mut told = String::new();
    reader.read_to_string(&mut told).unwrap();
    let mut status = 0;
    // SAFETY: the pointer is to an integer; the child is ours.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0, "the child could not read itself: {told}");

    let mut values = told.split_whitespace().map(|word| word.parse::<u64>().unwrap());
    let mut next = || values.next().unwrap();
    assert_eq!(i32::try_from(next()).unwrap(), child, "pid");
    assert_eq!(next(), 1, "threads: only the forking one lives on");
    let parent_cpu = parent.cpu_time().unwrap().as_millis();
    assert!(u128::from(next()) < parent_cpu / 2, "CPU time begins anew");
    let parent_uptime = parent.uptime().unwrap().as_millis();
    assert!(u128::from(next()) < parent_uptime, "the child is younger");
    assert_eq!(next(), 0, "no CPU share yet: its first sample has no window");
    assert!(next() < 1 << 20, "bytes written by the child alone");
    assert_eq!(next(), parent.open_fds().unwrap() + 1, "descriptors: one more end of the pipe");

    // The parent goes on as before.
    let after = process.sample().unwrap();
    assert_eq!(after.pid(), std::process::id());
    assert_eq!(after.start_time(), parent.start_time());
    assert!(after.cpu_time() >= parent.cpu_time());
}

/// What the child says of itself, as whole numbers.
fn tell(process: &mut Process, mut pipe: File) -> Option<()> {
    let own = process.sample().ok()?;
    let values = [
        u64::from(own.pid()),
        own.threads()?,
        u64::try_from(own.cpu_time()?.as_millis()).ok()?,
        u64::try_from(own.uptime()?.as_millis()).ok()?,
        u64::from(own.cpu_utilization_ratio().is_some()),
        own.write_chars()?,
        own.open_fds()? - 1,
    ];
    for value in values {
        writeln!(pipe, "{value}").ok()?;
    }
    Some(())
}

fn spin(time: Duration) {
    let start = std::time::Instant::now();
    while start.elapsed() < time {
        std::hint::spin_loop();
    }
}

#[test]
fn a_recorder_in_a_forked_child_says_who_records_and_ends_in_peace() {
    let recorders = [Recording::start(SECOND).unwrap(), Recording::start(SECOND).unwrap()];
    // SAFETY: as above; the recorders' threads wait, and hold no lock meanwhile.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        let [first, second] = recorders;
        drop(first);
        let refused = second.finish().is_err_and(|error| format!("{error:?}").contains("forked"));
        // SAFETY: ends the child at once, without the parent's destructors.
        unsafe { libc::_exit(i32::from(!refused)) };
    }
    let mut status = 0;
    // SAFETY: the pointer is to an integer; the child is ours.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    for recorder in recorders {
        assert!(recorder.finish().unwrap().len() >= 2, "the parent's went on");
    }
}
