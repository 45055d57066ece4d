//! What a monitor takes of a core while it runs: at one tick a second, and at a hundred.
//!
//! `cargo bench -p resmon-benches --bench pace`. After a second's sleep every page and cache
//! line is cold, so that the machine itself, and not the work, decides most of the cost: a
//! thread that wakes as often and does nothing else stands beside it, and one that reads the
//! same figures through sysinfo.

use std::{
    error::Error,
    fs,
    hint::black_box,
    thread,
    time::{Duration, Instant},
};

use resmon::{Monitor, figure};
use sysinfo::{Disks, Networks, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

fn main() -> Result<(), Box<dyn Error>> {
    for (interval, ticks) in [(Duration::from_secs(1), 15), (Duration::from_millis(10), 1_000)] {
        let empty = in_a_thread(interval, ticks, || Ok(Box::new(|| {})))?;
        let own = monitor(interval, ticks)?;
        let peer = in_a_thread(interval, ticks, sysinfo)?;
        println!("\nevery {interval:?}: CPU time of a tick, and what it is of a core");
        for (name, tick) in [
            ("resmon: process, machine, container, history", own),
            ("sysinfo: process and machine", peer),
            ("a thread that only wakes", empty),
        ] {
            let share = tick.as_secs_f64() / interval.as_secs_f64() * 100.0;
            println!("  {name:46} {:8.1} us  {share:.4} %", tick.as_secs_f64() * 1e6);
        }
        println!("  resmon is {:.2} of sysinfo", own.as_secs_f64() / peer.as_secs_f64());
    }
    Ok(())
}

fn monitor(interval: Duration, ticks: u32) -> Result<Duration, Box<dyn Error>> {
    let monitor = Monitor::builder().interval(interval).start()?;
    let used = || monitor.snapshot().get(figure::RESMON_SAMPLER_CPU_SECONDS_TOTAL);
    // The first ticks open files.
    thread::sleep(2 * interval);
    let (before, begun) = (used(), Instant::now());
    thread::sleep(interval * ticks);
    let used = used().zip(before).map(|(after, before)| after - before);
    let passed = begun.elapsed().as_secs_f64() / interval.as_secs_f64();
    let used = used.ok_or("this platform does not tell the CPU time of a thread")?;
    Ok(Duration::from_secs_f64(used / passed))
}

type Work = Box<dyn FnMut()>;

/// The CPU time of one round of a thread that sleeps and works.
fn in_a_thread(
    interval: Duration,
    ticks: u32,
    work: fn() -> Result<Work, Box<dyn Error>>,
) -> Result<Duration, Box<dyn Error>> {
    let round = thread::spawn(move || {
        let mut work = work().map_err(|error| error.to_string())?;
        let mut rounds = |ticks| {
            for _ in 0..ticks {
                thread::sleep(interval);
                work();
            }
        };
        rounds(2);
        let before = thread_cpu()?;
        rounds(ticks);
        Ok::<_, String>(thread_cpu()?.saturating_sub(before) / ticks)
    });
    let round = round.join().map_err(|_| "the thread panicked")?;
    Ok(round?)
}

/// The CPU time of this thread.
fn thread_cpu() -> Result<Duration, String> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").map_err(|e| e.to_string())?;
    let nanoseconds = text.split(' ').next().and_then(|field| field.parse().ok());
    nanoseconds.map(Duration::from_nanos).ok_or_else(|| format!("schedstat says {text:?}"))
}

/// The reading of the same figures through sysinfo, as far as it has them.
fn sysinfo() -> Result<Work, Box<dyn Error>> {
    let mut system = System::new()?;
    let mut networks = Networks::new_with_refreshed_list()?;
    let mut disks = Disks::new_with_refreshed_list()?;
    let me = Pid::from_u32(std::process::id());
    let kind =
        ProcessRefreshKind::nothing().with_cpu().with_memory().with_disk_usage().without_tasks();
    Ok(Box::new(move || {
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[me]), false, kind);
        system.refresh_cpu_usage();
        system.refresh_memory();
        networks.refresh(true);
        disks.refresh(true);
        let _ = black_box(System::load_average());
    }))
}
