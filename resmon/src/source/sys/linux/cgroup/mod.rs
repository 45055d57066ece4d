//! What binds this process now: its affinity, the quotas and memory limits of its control groups.

mod container;
mod disks;
mod files;
mod path;
mod stalls;
mod tasks;

use std::{ffi::CString, fs, io, path::PathBuf};

use rustix::{process::Pid, system::sysinfo, thread::sched_getaffinity};

pub(crate) use self::container::ContainerFiles;
use self::{
    files::{CpuFiles, MemoryFiles},
    path::{Controller, groups},
};
use super::{
    file::{KeptFile, kept},
    text::Buffer,
};
use crate::source::sys::{Failures, RawLimits, Roots, container::Quota};

/// Reads the limits when they are due, and keeps them in between.
#[derive(Debug)]
pub(super) struct Limits {
    membership: Membership,
    cpu: Vec<CpuFiles>,
    memory: Vec<MemoryFiles>,
    last: RawLimits,
}

/// The groups that a process is in.
#[derive(Debug)]
struct Membership {
    file: KeptFile<CString>,
    mounts: PathBuf,
    buffer: Buffer,
    /// What it was found to be in before.
    known: Vec<u8>,
}

impl Membership {
    /// Of this process, or of a host's first.
    fn new(roots: &Roots) -> Self {
        Self {
            file: kept(&roots.of_process("cgroup")),
            mounts: roots.of_process("mountinfo"),
            buffer: Buffer::default(),
            known: Vec::new(),
        }
    }

    /// Where the process is in other groups than before: its groups, and the mounts.
    fn look(&mut self, failures: &mut Failures) -> Option<(Vec<u8>, Vec<u8>)> {
        let Self { file, mounts, buffer, known } = self;
        let membership = match buffer.read(file) {
            Ok(membership) => membership,
            // A kernel without control groups: nothing binds, and nothing failed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => &[],
            Err(error) => {
                failures.note(&file.name(), error);
                return None;
            }
        };
        if known == membership {
            return None;
        }
        let mounts = failures.keep(&mounts.to_string_lossy(), fs::read(&*mounts))?;
        *known = membership.to_vec();
        Some((known.clone(), mounts))
    }
}

impl Limits {
    pub(super) fn new() -> Self {
        Self {
            membership: Membership::new(&Roots::default()),
            cpu: Vec::new(),
            memory: Vec::new(),
            last: RawLimits::default(),
        }
    }

    /// What was read last.
    pub(super) fn last(&self) -> RawLimits {
        self.last
    }

    pub(super) fn read(&mut self, pid: u32, failures: &mut Failures) {
        if let Some((membership, mounts)) = self.membership.look(failures) {
            self.find(&membership, &mounts);
        }
        self.last = self.read_files(failures);
        let affinity = failures.keep("the affinity of the main thread", affinity(pid));
        self.last.cpu_cores = least(self.last.cpu_cores, affinity, f64::min);
        self.last.machine_memory = machine_memory();
    }

    /// The files that may hold a limit, of every visible group.
    fn find(&mut self, membership: &[u8], mounts: &[u8]) {
        (self.cpu, self.memory) = (Vec::new(), Vec::new());
        if let Some(groups) = groups(membership, mounts, Controller::Cpu) {
            let files = groups.folders.iter().map(|folder| CpuFiles::of(folder, groups.version));
            self.cpu = files.collect();
        }
        if let Some(groups) = groups(membership, mounts, Controller::Memory) {
            let files = groups.folders.iter().map(|folder| MemoryFiles::of(folder, groups.version));
            self.memory = files.collect();
        }
    }

    /// A file that is not there holds no limit, now: it is tried again, since a controller can
    /// be switched on for a group that lives (`systemctl set-property` does so).
    fn read_files(&mut self, failures: &mut Failures) -> RawLimits {
        let mut limits = RawLimits::default();
        for files in &mut self.cpu {
            let cores = files.quota(failures).and_then(Quota::cores);
            limits.cpu_cores = least(limits.cpu_cores, cores, f64::min);
        }
        for files in &mut self.memory {
            let (limit, high) = (files.limit(failures), files.high(failures));
            limits.cgroup_memory = least(limits.cgroup_memory, limit, u64::min);
            limits.cgroup_high = least(limits.cgroup_high, high, u64::min);
        }
        limits
    }
}

/// All memory of the machine, `MemTotal` of `/proc/meminfo`, by a system call.
fn machine_memory() -> Option<u64> {
    let memory = sysinfo();
    #[allow(clippy::useless_conversion, reason = "the kernel's long has 32 bits on some machines")]
    u64::from(memory.totalram).checked_mul(memory.mem_unit.into())
}

/// CPUs on which the main thread may run.
///
/// Affinity is a thread's. Others may have narrower masks, which bind themselves alone.
fn affinity(pid: u32) -> io::Result<f64> {
    let main = i32::try_from(pid).ok().and_then(Pid::from_raw);
    match sched_getaffinity(main) {
        Ok(cpus) => Ok(f64::from(cpus.count())),
        // A machine with more CPUs than the mask has bits.
        Err(_) => std::thread::available_parallelism().map(|cpus| cpus.get() as f64),
    }
}

fn least<T: Copy>(a: Option<T>, b: Option<T>, min: impl FnOnce(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(min(a, b)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A folder with the files of made-up control groups, removed at the end.
    pub(super) struct Tree(PathBuf);

    impl Tree {
        pub(super) fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let tree =
                Self(std::env::temp_dir().join(format!("resmon-{name}-{}", std::process::id())));
            for (path, text) in files {
                tree.write(path, text);
            }
            tree
        }

        pub(super) fn write(&self, path: &str, text: &str) {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        pub(super) fn folder(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }

        fn limits(&self, membership: &str, kinds: &str) -> RawLimits {
            self.reading(membership, kinds).read_files(&mut Failures::default())
        }

        fn reading(&self, membership: &str, kinds: &str) -> Limits {
            let mut reading = Limits::new();
            reading.find(membership.as_bytes(), self.mounts(kinds).as_bytes());
            reading
        }

        pub(super) fn mounts(&self, kinds: &str) -> String {
            let point = |below: &str| self.0.join(below).display().to_string();
            let mount = |kind| match kind {
                "unified" => format!("1 1 0:1 / {} rw - cgroup2 cgroup2 rw\n", point(kind)),
                v1 => format!("1 1 0:1 / {} rw - cgroup cgroup rw,{v1}\n", point(v1)),
            };
            kinds.split(' ').map(mount).collect()
        }
    }

    impl Drop for Tree {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all::<&Path>(&self.0);
        }
    }

    #[test]
    fn the_tightest_ancestor_binds() {
        let tree = Tree::new(
            "v2",
            &[
                ("unified/a/cpu.max", "50000 100000\n"),
                ("unified/a/memory.max", "max\n"),
                ("unified/a/b/cpu.max", "max 100000\n"),
                ("unified/a/b/memory.max", "1073741824\n"),
                ("unified/a/b/memory.high", "536870912\n"),
            ],
        );
        let limits = tree.limits("0::/a/b\n", "unified");
        let expected = RawLimits {
            cpu_cores: Some(0.5),
            cgroup_memory: Some(1 << 30),
            cgroup_high: Some(1 << 29),
            machine_memory: None,
        };
        assert_eq!(limits, expected);
    }

    #[test]
    fn the_huge_number_of_version_1_is_no_limit() {
        let files = [
            ("cpu/a/cpu.cfs_quota_us", "-1\n"),
            ("cpu/a/cpu.cfs_period_us", "100000\n"),
            ("cpu/cpu.cfs_quota_us", "150000\n"),
            ("cpu/cpu.cfs_period_us", "100000\n"),
            ("memory/a/memory.limit_in_bytes", "9223372036854771712\n"),
        ];
        let tree = Tree::new("v1", &files);
        let membership = "2:memory:/a\n1:cpu:/a\n0::/\n";
        let limits = tree.limits(membership, "cpu memory");
        assert_eq!(limits, RawLimits { cpu_cores: Some(1.5), ..RawLimits::default() });
        tree.write("memory/memory.limit_in_bytes", "4096\n");
        assert_eq!(tree.limits(membership, "cpu memory").cgroup_memory, Some(4096));
    }

    #[test]
    fn a_limit_set_later_is_seen_through_the_same_files() {
        let tree = Tree::new("later", &[("unified/a/memory.max", "4096\n")]);
        let mut reading = tree.reading("0::/a\n", "unified");
        assert_eq!(reading.read_files(&mut Failures::default()).cpu_cores, None);
        tree.write("unified/a/cpu.max", "200000 100000\n");
        tree.write("unified/a/memory.max", "8192\n");
        let limits = reading.read_files(&mut Failures::default());
        assert_eq!((limits.cpu_cores, limits.cgroup_memory), (Some(2.0), Some(8192)));
    }

    #[test]
    fn this_process_has_cpus_and_a_machine() {
        let mut failures = Failures::default();
        let mut limits = Limits::new();
        limits.read(std::process::id(), &mut failures);
        let limits = limits.last();
        assert!(failures.into_error().is_none());
        assert!(limits.cpu_cores.unwrap() > 0.0);
        let text = fs::read_to_string("/proc/meminfo").unwrap();
        let total = text.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
        assert_eq!(limits.machine_memory, Some(total * 1024));
    }
}
