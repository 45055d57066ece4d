//! What binds this process now: its affinity, the quotas and memory limits of its control groups.

use std::{
    ffi::{CStr, CString},
    fs, io,
};

use rustix::{process::Pid, system::sysinfo, thread::sched_getaffinity};

use super::{
    cgroup_path::{Controller, Version, groups},
    file::KeptFile,
    parse::{number, single, words},
    slow::SLOW,
};
use crate::source::sys::{Failures, RawLimits};

/// Version 1 writes "no limit" as the largest number of whole pages in an `i64`.
const V1_UNLIMITED: u64 = i64::MAX as u64 - 0xffff;

/// Reads the limits at the first sample and every tenth after it, and keeps them in between.
#[derive(Debug)]
pub(super) struct Limits {
    membership: KeptFile<&'static CStr>,
    /// The membership for which `files` were found.
    known: Vec<u8>,
    files: Vec<LimitFile>,
    samples: u64,
    last: RawLimits,
}

impl Limits {
    pub(super) fn new() -> Self {
        Self {
            membership: KeptFile::new(c"/proc/self/cgroup"),
            known: Vec::new(),
            files: Vec::new(),
            samples: 0,
            last: RawLimits::default(),
        }
    }

    pub(super) fn read(&mut self, pid: u32, failures: &mut Failures) -> RawLimits {
        if self.samples.is_multiple_of(SLOW) {
            self.find(failures);
            self.last = self.read_files();
            let affinity = failures.keep("the affinity of the main thread", affinity(pid));
            self.last.cpu_cores = least(self.last.cpu_cores, affinity, f64::min);
            self.last.machine_memory = machine_memory();
        }
        self.samples += 1;
        self.last
    }

    /// Finds the files anew where the process is in other groups than before.
    fn find(&mut self, failures: &mut Failures) {
        let mut buffer = [0; 4096];
        let membership = match self.membership.read(&mut buffer) {
            Ok(membership) => membership,
            // A kernel without control groups: nothing binds, and nothing failed.
            Err(error) if error.kind() == io::ErrorKind::NotFound => &[],
            Err(error) => return failures.note("/proc/self/cgroup", error),
        };
        if self.known == membership {
            return;
        }
        if let Some(mounts) =
            failures.keep("/proc/self/mountinfo", fs::read("/proc/self/mountinfo"))
        {
            self.files = limit_files(membership, &mounts);
            self.known = membership.to_vec();
        }
    }

    fn read_files(&mut self) -> RawLimits {
        let mut limits = RawLimits::default();
        for file in &mut self.files {
            file.tighten(&mut limits);
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

type File = KeptFile<CString>;

/// A file that may hold a limit.
///
/// One that is not there holds none, now: it is tried again, since a controller can be
/// switched on for a group that lives (`systemctl set-property` does so).
#[derive(Debug)]
enum LimitFile {
    Quota(File),
    QuotaV1 { quota: File, period: File },
    Memory(File),
    High(File),
}

/// The files that may hold a limit, of every visible group.
fn limit_files(membership: &[u8], mounts: &[u8]) -> Vec<LimitFile> {
    let mut files = Vec::new();
    for controller in [Controller::Cpu, Controller::Memory] {
        let Some(groups) = groups(membership, mounts, controller) else { continue };
        for folder in &groups.folders {
            let file = |name: &str| {
                let path = folder.join(name).into_os_string().into_encoded_bytes();
                KeptFile::new(CString::new(path).unwrap_or_default())
            };
            match (controller, groups.version) {
                (Controller::Cpu, Version::V1) => files.push(LimitFile::QuotaV1 {
                    quota: file("cpu.cfs_quota_us"),
                    period: file("cpu.cfs_period_us"),
                }),
                (Controller::Cpu, Version::V2) => files.push(LimitFile::Quota(file("cpu.max"))),
                (Controller::Memory, Version::V1) => {
                    files.push(LimitFile::Memory(file("memory.limit_in_bytes")));
                }
                (Controller::Memory, Version::V2) => {
                    files.push(LimitFile::Memory(file("memory.max")));
                    files.push(LimitFile::High(file("memory.high")));
                }
            }
        }
    }
    files
}

impl LimitFile {
    /// Lowers the limits to this file's, where it has one.
    fn tighten(&mut self, limits: &mut RawLimits) {
        match self {
            Self::Quota(file) => {
                limits.cpu_cores = least(limits.cpu_cores, value(file, quota), f64::min);
            }
            Self::QuotaV1 { quota, period } => {
                // The quota is -1 where there is none.
                let cores =
                    value(quota, single).and_then(|quota| cores(quota, value(period, single)?));
                limits.cpu_cores = least(limits.cpu_cores, cores, f64::min);
            }
            Self::Memory(file) => {
                limits.cgroup_memory = least(limits.cgroup_memory, value(file, bytes), u64::min);
            }
            Self::High(file) => {
                limits.cgroup_high = least(limits.cgroup_high, value(file, bytes), u64::min);
            }
        }
    }
}

fn value<T>(file: &mut File, parse: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
    let mut buffer = [0; 64];
    parse(file.read(&mut buffer).ok()?)
}

fn least<T: Copy>(a: Option<T>, b: Option<T>, min: impl FnOnce(T, T) -> T) -> Option<T> {
    match (a, b) {
        (Some(a), Some(b)) => Some(min(a, b)),
        (one, other) => one.or(other),
    }
}

/// Parses `cpu.max`: `max 100000` or microseconds of CPU time in each period.
fn quota(text: &[u8]) -> Option<f64> {
    let mut fields = words(text);
    cores(number(fields.next()?)?, number(fields.next()?)?)
}

fn cores(quota: u64, period: u64) -> Option<f64> {
    (period > 0).then(|| quota as f64 / period as f64)
}

/// Parses a memory limit: `max`, or bytes.
fn bytes(text: &[u8]) -> Option<u64> {
    single(text).filter(|&bytes| bytes < V1_UNLIMITED)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;

    /// A folder with the files of made-up control groups, removed at the end.
    struct Tree(PathBuf);

    impl Tree {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let tree =
                Self(std::env::temp_dir().join(format!("resmon-{name}-{}", std::process::id())));
            for (path, text) in files {
                tree.write(path, text);
            }
            tree
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.0.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn limits(&self, membership: &str, kinds: &str) -> RawLimits {
            let mut reading = Limits { files: self.files(membership, kinds), ..Limits::new() };
            reading.read_files()
        }

        fn files(&self, membership: &str, kinds: &str) -> Vec<LimitFile> {
            let point = |below: &str| self.0.join(below).display().to_string();
            let mounts = kinds
                .split(' ')
                .map(|kind| match kind {
                    "unified" => format!("1 1 0:1 / {} rw - cgroup2 cgroup2 rw\n", point(kind)),
                    v1 => format!("1 1 0:1 / {} rw - cgroup cgroup rw,{v1}\n", point(v1)),
                })
                .collect::<String>();
            limit_files(membership.as_bytes(), mounts.as_bytes())
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
        let mut reading = Limits { files: tree.files("0::/a\n", "unified"), ..Limits::new() };
        assert_eq!(reading.read_files().cpu_cores, None);
        tree.write("unified/a/cpu.max", "200000 100000\n");
        tree.write("unified/a/memory.max", "8192\n");
        let limits = reading.read_files();
        assert_eq!((limits.cpu_cores, limits.cgroup_memory), (Some(2.0), Some(8192)));
    }

    #[test]
    fn quotas_of_any_format_never_panic() {
        assert_eq!(quota(b"max 100000\n"), None);
        assert_eq!(quota(b"100000 0\n"), None);
        assert_eq!(quota(b"100000"), None);
        assert_eq!(quota(b"\xff 1\n"), None);
        assert_eq!(bytes(b"18446744073709551615\n"), None);
        assert_eq!(bytes(b"max\n"), None);
        assert_eq!(bytes(b""), None);
    }

    #[test]
    fn this_process_has_cpus_and_a_machine() {
        let mut failures = Failures::default();
        let limits = Limits::new().read(std::process::id(), &mut failures);
        assert!(failures.into_error().is_none());
        assert!(limits.cpu_cores.unwrap() > 0.0);
        let text = fs::read_to_string("/proc/meminfo").unwrap();
        let total = text.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
        assert_eq!(limits.machine_memory, Some(total * 1024));
    }
}
