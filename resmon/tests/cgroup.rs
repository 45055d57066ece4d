//! A real control group with a quota binds this process.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use resmon::{Error, Process};

/// A group below the one this process was in; left and removed at the end.
struct Group {
    home: PathBuf,
    outer: PathBuf,
    inner: PathBuf,
}

impl Group {
    /// Two groups, one in the other: `set` writes the outer one's quota.
    fn new(hierarchy: &str, set: impl FnOnce(&Path)) -> Self {
        let home = PathBuf::from(hierarchy);
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

#[test]
#[ignore = "needs root and writable cgroups"]
fn the_quota_of_an_ancestor_binds() -> Result<(), Error> {
    let mut process = Process::current()?;
    let free = process.sample()?.cpu_limit_cores().unwrap();
    assert!(free >= 1.0, "{free}");

    // The process is in the root of this hierarchy; so is the test's assumption.
    let membership = fs::read_to_string("/proc/self/cgroup").unwrap();
    assert!(membership.lines().any(|line| line.ends_with(":cpu:/")), "{membership}");
    let group = Group::new("/sys/fs/cgroup/cpu", |outer| {
        fs::write(outer.join("cpu.cfs_period_us"), "20000").unwrap();
        fs::write(outer.join("cpu.cfs_quota_us"), "10000").unwrap();
    });
    group.enter();
    assert_eq!(settled_sample(&mut process)?.cpu_limit_cores(), Some(0.5));

    // Two threads want two CPUs, and get half of one: all that is allowed.
    thread::scope(|scope| {
        let end = Instant::now() + Duration::from_secs(1);
        for _ in 0..2 {
            scope.spawn(move || {
                while Instant::now() < end {
                    black_box((0..1000_u64).sum::<u64>());
                }
            });
        }
    });
    let ratio = process.sample()?.cpu_utilization_ratio().unwrap();
    assert!((0.8..1.15).contains(&ratio), "{ratio}");

    // A quota changed in place is seen through the same files.
    fs::write(group.outer.join("cpu.cfs_quota_us"), "15000").unwrap();
    assert_eq!(settled_sample(&mut process)?.cpu_limit_cores(), Some(0.75));

    drop(group);
    assert_eq!(settled_sample(&mut process)?.cpu_limit_cores(), Some(free));
    Ok(())
}
