//! Two ways of reading the same process tell the same.
#![cfg(all(target_os = "linux", feature = "system"))]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::time::Duration;

use resmon::{Backend, Error, Process};

#[test]
fn native_and_portable_agree() -> Result<(), Error> {
    let mut native = Process::with_backend(Backend::Native)?;
    let mut portable = Process::with_backend(Backend::Portable)?;
    // The first readings allocate and open; the second ones can be compared.
    let _ = (native.sample()?, portable.sample()?);
    std::thread::sleep(Duration::from_millis(50));
    let (a, b) = (native.sample()?, portable.sample()?);
    assert_eq!((a.backend(), b.backend()), (Backend::Native, Backend::Portable));
    assert_eq!(a.pid(), b.pid());

    let near = |a: Option<u64>, b: Option<u64>, by: u64| a.unwrap().abs_diff(b.unwrap()) <= by;
    let mebibyte = 1 << 20;
    assert!(near(a.resident_memory_bytes(), b.resident_memory_bytes(), mebibyte), "{a}{b}");
    assert!(near(a.virtual_memory_bytes(), b.virtual_memory_bytes(), 64 * mebibyte), "{a}{b}");
    assert_eq!(a.threads(), b.threads());
    assert_eq!(a.open_fds(), b.open_fds());
    assert_eq!(
        (a.max_fds(), a.virtual_memory_max_bytes()),
        (b.max_fds(), b.virtual_memory_max_bytes())
    );
    assert!(near(a.read_bytes(), b.read_bytes(), mebibyte));
    assert!(near(a.write_bytes(), b.write_bytes(), mebibyte));
    assert!(near(a.minor_page_faults(), b.minor_page_faults(), 100));
    assert!(near(a.voluntary_context_switches(), b.voluntary_context_switches(), 10));

    let difference = a.cpu_time().unwrap().abs_diff(b.cpu_time().unwrap());
    assert!(difference < Duration::from_millis(10), "{difference:?}");
    let start = |sample: &resmon::ProcessSample| sample.start_time().unwrap();
    let apart = start(&a).duration_since(start(&b)).unwrap_or_else(|error| error.duration());
    // sysinfo knows whole seconds, of the boot time as well.
    assert!(apart <= Duration::from_secs(2), "{apart:?}");
    assert!(a.uptime().unwrap().abs_diff(b.uptime().unwrap()) <= Duration::from_secs(2));

    // What only one of them knows is absent from the other, not zero.
    assert!(a.oom_score().is_some() && b.oom_score().is_none());
    assert!(a.swap_bytes().is_some() && b.swap_bytes().is_none());
    assert!(b.read_chars().is_none() && b.written_bytes_net().is_none());
    let share = a.memory_utilization_ratio().unwrap() - b.memory_utilization_ratio().unwrap();
    let tighter = a.memory_limit_bytes() < b.memory_limit_bytes();
    assert!(tighter || share.abs() < 0.01);

    let percents = (native.memory_percent()?, portable.memory_percent()?);
    assert!((percents.0 - percents.1).abs() < 0.5, "{percents:?}");
    Ok(())
}
