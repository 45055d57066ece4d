//! What the kernel does not tell is absent, counted, and back as soon as it tells it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]
#![allow(unsafe_code, reason = "mounts are made by foreign calls")]

mod common;

use std::{ffi::CStr, ptr, time::Duration};

use common::alone;
use resmon::{Figure, ManualClock, Monitor, Process, System};

/// A file system in memory over a folder, in a namespace of this thread and those it starts.
struct Hidden(&'static CStr);

impl Hidden {
    fn new(folder: &'static CStr) -> Self {
        let kind = c"tmpfs".as_ptr();
        // SAFETY: every pointer is null, where that is allowed, or to a string with an end.
        unsafe {
            assert_eq!(libc::unshare(libc::CLONE_NEWNS), 0, "unshare the mounts");
            let private = libc::MS_REC | libc::MS_PRIVATE;
            let (none, root) = (ptr::null(), c"/".as_ptr());
            assert_eq!(libc::mount(none, root, none, private, ptr::null()), 0);
            assert_eq!(libc::mount(kind, folder.as_ptr(), kind, 0, ptr::null()), 0);
        }
        Self(folder)
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        // SAFETY: the pointer is to a string with an end.
        unsafe { libc::umount(self.0.as_ptr()) };
    }
}

const OF_FILES: [&str; 6] = [
    "process_resident_memory_bytes",
    "process_threads",
    "process_open_fds",
    "system_cpu_utilization_ratio",
    "node_memory_MemAvailable_bytes",
    "process_oom_score",
];

const OF_CALLS: [&str; 4] = [
    "process_cpu_seconds_total",
    "process_cpu_utilization_ratio",
    "process_max_fds",
    "resmon_memory_limit_bytes",
];

#[test]
#[ignore = "needs root, for a mount of its own"]
fn without_proc_what_needs_no_file_goes_on_and_the_rest_comes_back() {
    alone("without_proc_what_needs_no_file_goes_on_and_the_rest_comes_back", || {
        let hidden = Hidden::new(c"/proc");
        assert!(Process::current().unwrap().sample().is_err());
        assert!(System::new().and_then(|mut machine| machine.sample()).is_err());

        let clock = ManualClock::new();
        let monitor = Monitor::builder().private().clock(clock.clone()).start().unwrap();
        let tick = |milliseconds| {
            // Some of it is read by the real clock.
            std::thread::sleep(Duration::from_millis(milliseconds));
            clock.advance(Duration::from_secs(5));
            monitor.flush();
            monitor.snapshot()
        };
        let errors = |of| Figure::named("resmon_collect_errors_total").with("source", of);
        let now = tick(100);
        for figure in OF_FILES {
            assert_eq!(now.get(figure), None, "{figure} without /proc");
        }
        for figure in OF_CALLS {
            assert!(now.iter().any(|(s, _)| s.name() == figure), "{figure} needs no /proc");
        }
        let failed = now.get(errors("process")).unwrap();
        assert!(failed >= 2.0, "{failed}");

        drop(hidden);
        let _ = tick(100);
        let now = tick(100);
        for figure in &OF_FILES[..5] {
            assert!(now.get(*figure).is_some(), "{figure} is back");
        }
        let settled = now.get(errors("process"));
        assert_eq!(tick(100).get(errors("process")), settled, "nothing fails any more");
    });
}

#[test]
#[ignore = "needs root, for a mount of its own"]
fn files_that_are_open_outlive_proc() {
    alone("files_that_are_open_outlive_proc", || {
        let mut process = Process::current().unwrap();
        let before = process.sample().unwrap();
        let _hidden = Hidden::new(c"/proc");
        let after = process.sample().unwrap();
        assert!(after.resident_memory_bytes().is_some() && after.open_fds().is_some());
        assert!(after.cpu_time() >= before.cpu_time());
    });
}
