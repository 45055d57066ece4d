//! The same process as Python's psutil sees it from outside.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    collections::HashMap,
    fs,
    hint::black_box,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, UNIX_EPOCH},
};

use resmon::Process;

/// Prints a figure a line, then waits, so that its pipes stay open for the comparison.
const SCRIPT: &str = "
import psutil, sys
p = psutil.Process(int(sys.argv[1]))
print('ready', 0, flush=True)
percent = p.cpu_percent(interval=0.5)
with p.oneshot():
    memory, io, cpu = p.memory_info(), p.io_counters(), p.cpu_times()
    for key, value in dict(
        percent=percent, rss=memory.rss, vms=memory.vms, user=cpu.user, system=cpu.system,
        threads=p.num_threads(), fds=p.num_fds(), start=p.create_time(),
        memory_percent=p.memory_percent(), read_chars=io.read_chars, write_chars=io.write_chars,
        write_bytes=io.write_bytes, read_bytes=io.read_bytes,
    ).items():
        print(key, value)
print('end', 0, flush=True)
sys.stdin.read()
";

/// Lets the working thread end, also when a comparison fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
#[ignore = "needs python3 with psutil"]
fn psutil_tells_the_same() {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let _stop = Stop(&stop);
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                black_box((0..1000_u64).sum::<u64>());
            }
        });
        compare();
    });
}

fn compare() {
    let mut process = Process::current().unwrap();
    let _ = process.sample().unwrap();
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT, &std::process::id().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(python.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
    // Importing psutil takes a while: from here on both measure the same half second.
    assert_eq!(lines.next().as_deref(), Some("ready 0"));
    let percent = process.cpu_percent(Duration::from_millis(500)).unwrap();
    let seen: HashMap<_, _> = lines
        .map(|line| {
            let (key, value) = line.split_once(' ').unwrap();
            (key.to_owned(), value.parse::<f64>().unwrap())
        })
        .take_while(|(key, _)| key != "end")
        .collect();
    let own = process.sample().unwrap();
    let memory_percent = process.memory_percent().unwrap();

    let near = |key: &str, ours: f64, by: f64| {
        let theirs = seen[key];
        assert!((ours - theirs).abs() <= by, "{key}: {ours}, psutil says {theirs}");
    };
    let whole = |value: Option<u64>| value.unwrap() as f64;
    near("percent", percent, 10.0);
    near("rss", whole(own.resident_memory_bytes()), 256.0 * 1024.0);
    near("vms", whole(own.virtual_memory_bytes()), 256.0 * 1024.0);
    // psutil rounds to ticks of 10 ms, and the thread goes on working between the readings.
    near("user", own.user_cpu_time().unwrap().as_secs_f64(), 0.1);
    near("system", own.system_cpu_time().unwrap().as_secs_f64(), 0.05);
    near("threads", whole(own.threads()), 0.0);
    near("fds", whole(own.open_fds()) + held_by_resmon(), 0.0);
    let start = own.start_time().unwrap().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    // psutil takes the boot time in whole seconds.
    near("start", start, 1.01);
    near("memory_percent", memory_percent, 0.05);
    near("read_chars", whole(own.read_chars()), 65_536.0);
    near("write_chars", whole(own.write_chars()), 4096.0);
    near("read_bytes", whole(own.read_bytes()), 1_048_576.0);
    near("write_bytes", whole(own.write_bytes()), 65_536.0);

    drop(python.stdin.take());
    assert!(python.wait().unwrap().success());
}

/// Descriptors of files that only resmon opens.
fn held_by_resmon() -> f64 {
    let links = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    let targets: Vec<_> = links.filter_map(|link| fs::read_link(link).ok()).collect();
    let of_resmon = targets
        .iter()
        .filter(|target| target.starts_with("/proc") || target.starts_with("/sys/fs/cgroup"));
    // The folder that this function itself lists is among them.
    of_resmon.count() as f64 - 1.0
}
