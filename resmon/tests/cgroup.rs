//! Real control groups bind this process, of version 1 where the machine has those.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    fs::{self, File},
    hint::black_box,
    io::Write,
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use common::alone;
use resmon::{Error, Figure, ManualClock, Monitor, Process};

/// A group below the one this process was in; left and removed at the end.
struct Group {
    home: PathBuf,
    outer: PathBuf,
    inner: PathBuf,
}

impl Group {
    /// Two groups, one in the other: `set` writes the outer one's quota.
    fn new(hierarchy: &str, set: impl FnOnce(&Path)) -> Self {
        let home = own_group(hierarchy);
        let outer = home.join(format!("resmon-test-{}", std::process::id()));
        let inner = outer.join("inner");
        fs::create_dir(&outer).unwrap();
        let group = Self { home, outer, inner };
        fs::create_dir(&group.inner).unwrap();
        set(&group.outer);
        group
    }

    fn enter(&self) {
        move_to(&self.inner);
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        move_to(&self.home);
        // A group is busy for a moment after its last process left.
        for folder in [&self.inner, &self.outer] {
            let mut tries = 0..100;
            while fs::remove_dir(folder).is_err() && tries.next().is_some() {
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// The group that this process is in.
fn own_group(hierarchy: &str) -> PathBuf {
    let membership = fs::read_to_string("/proc/self/cgroup").unwrap();
    let of = |line: &str| {
        let (_, rest) = line.split_once(':')?;
        rest.strip_prefix(hierarchy)?.strip_prefix(":/").map(str::to_owned)
    };
    let below = membership.lines().find_map(of);
    let below =
        below.unwrap_or_else(|| panic!("no hierarchy {hierarchy} of version 1:\n{membership}"));
    Path::new("/sys/fs/cgroup").join(hierarchy).join(below)
}

fn move_to(folder: &Path) {
    fs::write(folder.join("cgroup.procs"), std::process::id().to_string()).unwrap();
}

/// The limits are read at every tenth sample.
fn settled_sample(process: &mut Process) -> Result<resmon::ProcessSample, Error> {
    for _ in 0..9 {
        let _ = process.sample()?;
    }
    process.sample()
}

/// Two threads want two CPUs for so long.
fn burn(time: Duration) {
    thread::scope(|scope| {
        let end = Instant::now() + time;
        for _ in 0..2 {
            scope.spawn(move || {
                while Instant::now() < end {
                    black_box((0..1000_u64).sum::<u64>());
                }
            });
        }
    });
}

fn half_a_cpu(outer: &Path) {
    fs::write(outer.join("cpu.cfs_period_us"), "20000").unwrap();
    fs::write(outer.join("cpu.cfs_quota_us"), "10000").unwrap();
}

#[test]
#[ignore = "needs root and writable cgroups of version 1"]
fn the_quota_of_an_ancestor_binds() {
    alone("the_quota_of_an_ancestor_binds", || quota_binds().unwrap());
}

fn quota_binds() -> Result<(), Error> {
    let mut process = Process::current()?;
    let free = process.sample()?.cpu_limit_cores().unwrap();
    assert!(free >= 1.0, "{free}");

    let group = Group::new("cpu", half_a_cpu);
    group.enter();
    assert_eq!(settled_sample(&mut process)?.cpu_limit_cores(), Some(0.5));

    // They get half of one: all that is allowed.
    burn(Duration::from_secs(1));
    let ratio = process.sample()?.cpu_utilization_ratio().unwrap();
    assert!((0.8..1.15).contains(&ratio), "{ratio}");

    // A quota changed in place is seen through the same files.
    fs::write(group.outer.join("cpu.cfs_quota_us"), "15000").unwrap();
    assert_eq!(settled_sample(&mut process)?.cpu_limit_cores(), Some(0.75));

    drop(group);
    assert_eq!(settled_sample(&mut process)?.cpu_limit_cores(), Some(free));
    Ok(())
}

/// The numbers of the disk that holds a path.
fn disk_of(path: &Path) -> String {
    let device = path.metadata().unwrap().dev();
    let (major, minor) = (rustix::fs::major(device), rustix::fs::minor(device));
    let folder = PathBuf::from(format!("/sys/dev/block/{major}:{minor}"));
    let of_whole = if folder.join("partition").exists() { "../dev" } else { "dev" };
    fs::read_to_string(folder.join(of_whole)).unwrap().trim().to_owned()
}

/// A monitor whose ticks come when they are wanted.
struct Watch(ManualClock, Monitor);

impl Watch {
    fn start() -> Self {
        let clock = ManualClock::new();
        let monitor = Monitor::builder().private().clock(clock.clone()).start().unwrap();
        Self(clock, monitor)
    }

    /// Reads everything anew.
    fn look(&self) {
        self.0.advance(Duration::from_secs(5));
        self.1.flush();
    }

    fn get(&self, figure: impl Into<Figure>) -> Option<f64> {
        self.1.snapshot().get(figure)
    }

    fn errors(&self) -> Option<f64> {
        self.get(Figure::named("resmon_collect_errors_total").with("source", "container"))
    }
}

#[test]
#[ignore = "needs root and writable cgroups of version 1"]
fn throttling_is_seen_and_a_group_may_vanish() {
    alone("throttling_is_seen_and_a_group_may_vanish", || {
        let cpu = Group::new("cpu", half_a_cpu);
        let account = Group::new("cpuacct", |_| {});
        cpu.enter();
        account.enter();
        let watch = Watch::start();
        let throttled = "container_cpu_cfs_throttled_periods_total";
        let used = "container_cpu_usage_seconds_total";
        let before = (watch.get(throttled).unwrap(), watch.get(used).unwrap());
        burn(Duration::from_secs(1));
        watch.look();
        // Fifty periods of 20 ms went by, and in most of them the quota was used up.
        let periods = watch.get(throttled).unwrap() - before.0;
        assert!((20.0..=60.0).contains(&periods), "{periods}");
        let used = watch.get(used).unwrap() - before.1;
        assert!((0.4..0.65).contains(&used), "{used} s in a second of half a CPU");
        let ratio = watch.get("resmon_cpu_throttled_ratio").unwrap();
        assert!((0.6..=1.0).contains(&ratio), "{ratio}");
        assert_eq!(watch.get("resmon_cpu_limit_cores"), Some(0.5));
        assert_eq!(watch.get("container_spec_cpu_quota"), Some(10_000.0));
        let stat = fs::read_to_string(cpu.outer.join("cpu.stat")).unwrap();
        let kernel = stat.lines().find_map(|line| line.strip_prefix("nr_throttled "));
        let kernel: f64 = kernel.unwrap().parse().unwrap();
        assert!((watch.get(throttled).unwrap() - kernel).abs() <= 3.0, "{stat}");

        drop((cpu, account));
        watch.look();
        for figure in [throttled, "container_spec_cpu_quota", "container_cpu_usage_seconds_total"] {
            assert_eq!(watch.get(figure), None, "{figure}");
        }
        assert_eq!(watch.errors(), None, "that a group is gone is no error");
        assert!(watch.get("process_resident_memory_bytes").is_some());
    });
}

#[test]
#[ignore = "needs root and writable cgroups of version 1"]
fn a_recorded_run_has_what_the_group_used_and_a_move_is_seen() {
    alone("a_recorded_run_has_what_the_group_used_and_a_move_is_seen", || {
        let cpu = Group::new("cpu", half_a_cpu);
        let account = Group::new("cpuacct", |_| {});
        cpu.enter();
        account.enter();
        let recorder = resmon::Recording::start(Duration::from_millis(200)).unwrap();
        burn(Duration::from_secs(2));
        let run = recorder.finish().unwrap();
        let summary = run.summary();
        let get = |figure: &'static str| summary.get(figure).unwrap();
        let used = get("container_cpu_usage_seconds_total");
        assert!((0.4..0.6).contains(&used.mean()) && used.max() < 0.8, "{used:?}");
        let throttled = get("container_cpu_cfs_throttled_periods_total");
        assert!(throttled.mean() > 20.0, "{throttled:?}");
        assert!(get("resmon_cpu_throttled_ratio").mean() > 0.5);

        let watch = Watch::start();
        assert_eq!(watch.get("container_spec_cpu_quota"), Some(10_000.0));
        move_to(&cpu.home);
        watch.look();
        assert_eq!(watch.get("container_spec_cpu_quota"), None, "seen at the next reading");
    });
}

#[test]
#[ignore = "needs root and writable cgroups of version 1"]
fn the_limit_of_memory_is_met_and_counted() {
    const LIMIT: u64 = 64 << 20;
    alone("the_limit_of_memory_is_met_and_counted", || {
        let group = Group::new("memory", |outer| {
            fs::write(outer.join("memory.limit_in_bytes"), LIMIT.to_string()).unwrap();
        });
        group.enter();
        let watch = Watch::start();
        let get = |figure: &'static str| watch.get(figure).unwrap();
        assert_eq!(watch.get("container_spec_memory_limit_bytes"), Some(LIMIT as f64));
        let of_cgroup = Figure::named("resmon_memory_limit_bytes").with("source", "cgroup");
        assert_eq!(watch.get(of_cgroup), Some(LIMIT as f64));
        let before = (get("resmon_memory_headroom_bytes"), get("container_memory_rss"));

        let touched = black_box(vec![1_u8; 24 << 20]);
        watch.look();
        let taken = before.0 - get("resmon_memory_headroom_bytes");
        let mebibytes = 20.0 * f64::from(1 << 20)..28.0 * f64::from(1 << 20);
        assert!(mebibytes.contains(&taken), "{taken}");
        let gained = get("container_memory_rss") - before.1;
        assert!(mebibytes.contains(&gained), "{gained}");
        let kernel = fs::read_to_string(group.inner.join("memory.usage_in_bytes")).unwrap();
        let kernel: f64 = kernel.trim().parse().unwrap();
        let usage = get("container_memory_usage_bytes");
        assert!((usage - kernel).abs() < f64::from(2 << 20), "{usage} {kernel}");
        let ratio = get("process_memory_utilization_ratio");
        let resident = get("process_resident_memory_bytes");
        assert!((ratio - resident / LIMIT as f64).abs() < 1e-9, "{ratio}");

        // The files that are written are the group's memory too, and push one another out.
        assert_eq!(watch.get("container_oom_events_total"), Some(0.0));
        let path = std::env::temp_dir().join(format!("resmon-limit-{}", std::process::id()));
        let mut file = File::create(&path).unwrap();
        for _ in 0..128 {
            file.write_all(&vec![7; 1 << 20]).unwrap();
        }
        watch.look();
        fs::remove_file(path).unwrap();
        // The outer group is at its limit; the inner one, whose figures these are, has none.
        assert_eq!(watch.get("resmon_memory_limit_hits_total"), Some(0.0));
        let hits = fs::read_to_string(group.outer.join("memory.failcnt")).unwrap();
        assert!(hits.trim().parse::<u64>().unwrap() > 0);
        assert!(get("resmon_memory_headroom_bytes") <= before.0);
        drop(touched);
        assert_eq!(watch.errors(), None);
    });
}

#[test]
#[ignore = "needs root and writable cgroups of version 1"]
fn threads_and_disks_of_the_group_are_counted() {
    alone("threads_and_disks_of_the_group_are_counted", || {
        let pids = Group::new("pids", |_| {});
        fs::write(pids.inner.join("pids.max"), "64").unwrap();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("resmon-disks");
        let disks = Group::new("blkio", |_| {});
        // Lately the kernel counts for version 1 what it might have to slow down, nothing else.
        let rule = format!("{} {}", disk_of(path.parent().unwrap()), 1_u64 << 40);
        fs::write(disks.inner.join("blkio.throttle.write_bps_device"), rule).unwrap();
        pids.enter();
        disks.enter();
        let watch = Watch::start();
        assert_eq!(watch.get("container_threads_max"), Some(64.0));
        assert_eq!(watch.get("container_processes"), Some(1.0));
        let before = watch.get("container_threads").unwrap();
        let (stop, stopped) = mpsc::channel::<()>();
        let stopped = std::sync::Arc::new(std::sync::Mutex::new(stopped));
        let threads: Vec<_> = (0..10)
            .map(|_| {
                let stopped = std::sync::Arc::clone(&stopped);
                thread::spawn(move || stopped.lock().unwrap().recv().is_ok())
            })
            .collect();
        // Past the cache: what that writes later counts for no group of version 1.
        let direct = rustix::fs::OFlags::DIRECT.bits().cast_signed();
        let mut options = File::options();
        let mut file = options.create(true).write(true).custom_flags(direct).open(&path).unwrap();
        let blocks = vec![7; (4 << 20) + 4096];
        let start = blocks.as_ptr().align_offset(4096);
        file.write_all(&blocks[start..start + (4 << 20)]).unwrap();
        watch.look();
        fs::remove_file(path).unwrap();
        assert_eq!(watch.get("container_threads"), Some(before + 10.0));
        drop(stop);
        assert!(threads.into_iter().all(|thread| !thread.join().unwrap()));

        let now = watch.1.snapshot();
        let name = "container_fs_writes_bytes_total";
        let kernel =
            fs::read_to_string(disks.inner.join("blkio.throttle.io_service_bytes")).unwrap();
        let total = kernel.lines().find_map(|line| line.strip_prefix("Total "));
        let written: f64 = now.iter().filter(|(s, _)| s.name() == name).map(|(_, v)| v).sum();
        let read: f64 = now
            .iter()
            .filter(|(s, _)| s.name() == "container_fs_reads_bytes_total")
            .map(|(_, v)| v)
            .sum();
        assert_eq!(Some(written + read), total.map(|total| total.parse().unwrap()), "{kernel}");
        assert!(written >= f64::from(4 << 20), "{kernel}");
        assert_eq!(watch.errors(), None);
    });
}
