//! A spike between two scrapes is not lost.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use common::alone;
use resmon::Monitor;

const BLOCK: u64 = 64 << 20;

#[test]
fn a_spike_of_cpu_and_memory_is_seen_after_it_is_over() {
    alone("a_spike_of_cpu_and_memory_is_seen_after_it_is_over", || {
        let interval = Duration::from_millis(50);
        let monitor = Monitor::builder().private().interval(interval).start().unwrap();
        let get = |figure: &'static str| monitor.snapshot().get(figure);
        let before = get("process_resident_memory_bytes").unwrap();
        let cpus = get("resmon_cpu_limit_cores").unwrap();
        // One CPU's worth of work, for as long as four samples.
        let block = black_box(vec![1_u8; usize::try_from(BLOCK).unwrap()]);
        let end = Instant::now() + 4 * interval;
        while Instant::now() < end {
            black_box((0..1000_u64).sum::<u64>());
        }
        drop(block);
        thread::sleep(4 * interval);
        assert!(get("process_resident_memory_bytes").unwrap() < before + BLOCK as f64 / 2.0);
        assert!(get("process_cpu_utilization_ratio").unwrap() < 0.3 / cpus);
        let resident = get("resmon_peak_resident_memory_bytes").unwrap();
        assert!(resident >= before + BLOCK as f64 * 0.99, "{resident} {before}");
        // Others may have taken the CPU for a part of it.
        let ratio = get("resmon_peak_cpu_utilization_ratio").unwrap();
        assert!(ratio > 0.5 / cpus, "{ratio} of {cpus} CPUs");
    });
}

#[test]
fn memory_that_came_and_went_between_two_samples_is_in_the_peak() {
    alone("memory_that_came_and_went_between_two_samples_is_in_the_peak", || {
        // The high-water mark of the kernel is read at the first sample and after ten seconds.
        let interval = Duration::from_secs(10);
        let monitor = Monitor::builder().private().interval(interval).start().unwrap();
        let get = |figure: &'static str| monitor.snapshot().get(figure);
        let before = get("process_resident_memory_bytes").unwrap();
        drop(black_box(vec![1_u8; usize::try_from(BLOCK).unwrap()]));
        thread::sleep(interval + Duration::from_millis(500));
        assert!(get("process_resident_memory_bytes").unwrap() < before + BLOCK as f64 / 2.0);
        let peak = get("resmon_peak_resident_memory_bytes").unwrap();
        assert!(peak >= before + BLOCK as f64 * 0.99, "{peak} {before}");
    });
}

#[test]
fn what_is_shared_is_a_figure_on_request_and_no_dearer_than_allowed() {
    alone("what_is_shared_is_a_figure_on_request_and_no_dearer_than_allowed", || {
        let builder = || Monitor::builder().private();
        let monitor = builder().footprint(Duration::from_secs(1)).start().unwrap();
        let now = monitor.snapshot();
        let get = |figure| now.get(figure).unwrap();
        assert!(get("process_memory_uss_bytes") <= get("process_memory_pss_bytes"));
        assert!(get("process_memory_pss_bytes") <= get("process_resident_memory_bytes") * 1.1);
        let monitor = builder().footprint(Duration::ZERO).start().unwrap();
        let now = monitor.snapshot();
        assert_eq!(now.get("process_memory_pss_bytes"), None);
        let errors = resmon::Figure::named("resmon_collect_errors_total");
        assert_eq!(now.get(errors.with("source", "footprint")), Some(1.0));
        assert_eq!(builder().start().unwrap().snapshot().get("process_memory_pss_bytes"), None);
    });
}
