//! The files of a control group, by what they tell in either version.

use std::{ffi::CString, io, path::Path, time::Duration};

use super::{
    super::{
        file::{KeptFile, kept},
        parse::{number, single, words},
        text::lines,
    },
    path::Version,
};
use crate::source::sys::{
    Failures,
    container::{GroupMemory, MemoryEvents, Quota, Throttling},
};

/// Version 1 writes "no limit" as the largest number of whole pages in an `i64`.
const V1_UNLIMITED: u64 = i64::MAX as u64 - 0xffff;

type File = KeptFile<CString>;

/// What a group says of CPUs.
#[derive(Debug)]
pub(super) struct CpuFiles {
    quota: QuotaFiles,
    stat: File,
    version: Version,
}

#[derive(Debug)]
enum QuotaFiles {
    V1 { quota: File, period: File },
    V2(File),
}

/// What a group says of memory.
#[derive(Debug)]
pub(super) struct MemoryFiles {
    limit: File,
    /// Version 2 only.
    high: Option<File>,
    usage: File,
    stat: File,
    events: EventFiles,
    version: Version,
}

#[derive(Debug)]
enum EventFiles {
    V1 { limit: File, kills: File },
    V2(File),
}

impl CpuFiles {
    pub(super) fn of(folder: &Path, version: Version) -> Self {
        let file = |name: &str| kept(&folder.join(name));
        let quota = match version {
            Version::V1 => QuotaFiles::V1 {
                quota: file("cpu.cfs_quota_us"),
                period: file("cpu.cfs_period_us"),
            },
            Version::V2 => QuotaFiles::V2(file("cpu.max")),
        };
        Self { quota, stat: file("cpu.stat"), version }
    }

    /// The quota, where the group has one.
    pub(super) fn quota(&mut self, failures: &mut Failures) -> Option<Quota> {
        match &mut self.quota {
            QuotaFiles::V1 { quota, period } => {
                // It is -1 where there is none.
                let quota: i64 = value(quota, single, failures)?;
                let period = value(period, single, failures)?;
                Some(Quota { quota: u64::try_from(quota).ok()?, period })
            }
            QuotaFiles::V2(file) => value(file, cpu_max, failures)?.at(),
        }
    }

    pub(super) fn throttling(&mut self, failures: &mut Failures) -> Throttling {
        let version = self.version;
        value(&mut self.stat, |text| throttling(text, version), failures).unwrap_or_default()
    }

    /// CPU time used by the group: in version 1 it is told elsewhere.
    pub(super) fn usage(&mut self) -> Option<Duration> {
        if self.version == Version::V1 {
            return None;
        }
        // What is wrong with it has been noted for the throttling.
        let usage = |text: &[u8]| keyed(text, b"usage_usec").map(Duration::from_micros);
        value(&mut self.stat, usage, &mut Failures::default())
    }
}

impl MemoryFiles {
    pub(super) fn of(folder: &Path, version: Version) -> Self {
        let file = |name: &str| kept(&folder.join(name));
        let (limit, usage) = match version {
            Version::V1 => ("memory.limit_in_bytes", "memory.usage_in_bytes"),
            Version::V2 => ("memory.max", "memory.current"),
        };
        Self {
            limit: file(limit),
            high: (version == Version::V2).then(|| file("memory.high")),
            usage: file(usage),
            stat: file("memory.stat"),
            events: match version {
                Version::V1 => EventFiles::V1 {
                    limit: file("memory.failcnt"),
                    kills: file("memory.oom_control"),
                },
                Version::V2 => EventFiles::V2(file("memory.events")),
            },
            version,
        }
    }

    /// The limit, where the group has one.
    pub(super) fn limit(&mut self, failures: &mut Failures) -> Option<u64> {
        value(&mut self.limit, memory_limit, failures)?.at()
    }

    /// Where it is slowed down, if anywhere.
    pub(super) fn high(&mut self, failures: &mut Failures) -> Option<u64> {
        value(self.high.as_mut()?, memory_limit, failures)?.at()
    }

    pub(super) fn memory(&mut self, failures: &mut Failures) -> GroupMemory {
        let version = self.version;
        let stat = |text: &[u8]| {
            let stat = memory_stat(text, version);
            (stat != (None, None)).then_some(stat)
        };
        let (inactive_file, anonymous) = value(&mut self.stat, stat, failures).unwrap_or_default();
        let usage = value(&mut self.usage, single, failures);
        GroupMemory { usage, inactive_file, anonymous }
    }
}

impl MemoryFiles {
    /// How often it met a wall.
    pub(super) fn events(&mut self, failures: &mut Failures) -> MemoryEvents {
        match &mut self.events {
            EventFiles::V1 { limit, kills } => {
                let killed = value(kills, oom_control, failures).unwrap_or_default();
                MemoryEvents { limit: value(limit, single, failures), ..killed }
            }
            EventFiles::V2(file) => {
                let events = |text: &[u8]| {
                    let limit = keyed(text, b"max");
                    let events = MemoryEvents {
                        limit,
                        high: keyed(text, b"high"),
                        kills: keyed(text, b"oom_kill"),
                    };
                    (events != MemoryEvents::default()).then_some(events)
                };
                value(file, events, failures).unwrap_or_default()
            }
        }
    }
}

/// Reads a file of a few kilobytes. One that is not there tells nothing: the controller is
/// not switched on for the group, or the group is gone.
pub(super) fn value<T>(
    file: &mut File,
    parse: impl FnOnce(&[u8]) -> Option<T>,
    failures: &mut Failures,
) -> Option<T> {
    let mut buffer = [0; 4096];
    let unknown = || io::Error::new(io::ErrorKind::InvalidData, "unknown format");
    let read = file.read_to_end(&mut buffer).and_then(|text| parse(text).ok_or_else(unknown));
    read.map_err(|error| {
        if !is_gone(&error) {
            failures.note(&file.name(), error);
        }
    })
    .ok()
}

/// Whether there is no such file, it is switched off, or a kept one is of a group that was
/// removed.
pub(super) fn is_gone(error: &io::Error) -> bool {
    let removed = rustix::io::Errno::NODEV.raw_os_error();
    let absent = [io::ErrorKind::NotFound, io::ErrorKind::Unsupported];
    absent.contains(&error.kind()) || error.raw_os_error() == Some(removed)
}

/// What a file of a limit says, where it can be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound<T> {
    None,
    At(T),
}

impl<T> Bound<T> {
    pub(super) fn at(self) -> Option<T> {
        match self {
            Self::None => None,
            Self::At(limit) => Some(limit),
        }
    }
}

/// Parses `cpu.max`: `max 100000` or microseconds of CPU time in each period.
fn cpu_max(text: &[u8]) -> Option<Bound<Quota>> {
    let mut fields = words(text);
    let (quota, period) = (fields.next()?, number(fields.next()?)?);
    if quota == b"max" {
        return Some(Bound::None);
    }
    Some(Bound::At(Quota { quota: number(quota)?, period }))
}

/// Parses a memory limit: `max`, or bytes.
fn memory_limit(text: &[u8]) -> Option<Bound<u64>> {
    if text.trim_ascii() == b"max" {
        return Some(Bound::None);
    }
    single(text).map(|bytes| if bytes < V1_UNLIMITED { Bound::At(bytes) } else { Bound::None })
}

/// Parses `memory.oom_control`: how many were killed, which it tells since 4.13.
fn oom_control(text: &[u8]) -> Option<MemoryEvents> {
    let known = keyed(text, b"oom_kill_disable").is_some();
    known.then(|| MemoryEvents { kills: keyed(text, b"oom_kill"), ..MemoryEvents::default() })
}

/// Parses `cpu.stat`. Version 2 has no throttling where the controller is not switched on, and
/// CPU time always.
fn throttling(text: &[u8], version: Version) -> Option<Throttling> {
    let throttled = match version {
        Version::V1 => keyed(text, b"throttled_time").map(Duration::from_nanos),
        Version::V2 => keyed(text, b"throttled_usec").map(Duration::from_micros),
    };
    let found = Throttling {
        periods: keyed(text, b"nr_periods"),
        throttled_periods: keyed(text, b"nr_throttled"),
        throttled,
    };
    let known = found != Throttling::default() || keyed(text, b"usage_usec").is_some();
    known.then_some(found)
}

/// Parses `memory.stat`: inactive file pages, and anonymous ones, of the group and those in it.
fn memory_stat(text: &[u8], version: Version) -> (Option<u64>, Option<u64>) {
    match version {
        Version::V1 => (keyed(text, b"total_inactive_file"), keyed(text, b"total_rss")),
        Version::V2 => (keyed(text, b"inactive_file"), keyed(text, b"anon")),
    }
}

/// The number behind a word at the start of a line.
fn keyed(text: &[u8], key: &[u8]) -> Option<u64> {
    let mut all = lines(text).map(words);
    all.find_map(|mut fields| (fields.next()? == key).then(|| number(fields.next()?))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotas_and_limits_may_be_none() {
        assert_eq!(cpu_max(b"max 100000\n"), Some(Bound::None));
        let quota = Quota { quota: 50_000, period: 100_000 };
        assert_eq!(cpu_max(b"50000 100000\n"), Some(Bound::At(quota)));
        assert_eq!(memory_limit(b"max\n"), Some(Bound::None));
        assert_eq!(memory_limit(b"4096\n"), Some(Bound::At(4096)));
        assert_eq!(memory_limit(b"9223372036854771712\n"), Some(Bound::None));
        for text in [&b""[..], b"100000\n", b"x 1\n", b"\xff 1\n"] {
            assert_eq!(cpu_max(text), None, "{text:?}");
            assert!(memory_limit(text).is_none() || text == b"100000\n", "{text:?}");
        }
    }

    #[test]
    fn either_version_tells_throttling_and_memory() {
        let v1 = b"nr_periods 12\nnr_throttled 3\nthrottled_time 2500000000\nnr_bursts 0\n";
        let v2 =
            b"usage_usec 5\nuser_usec 3\nnr_periods 12\nnr_throttled 3\nthrottled_usec 2500000\n";
        let expected = Throttling {
            periods: Some(12),
            throttled_periods: Some(3),
            throttled: Some(Duration::from_millis(2500)),
        };
        assert_eq!(throttling(v1, Version::V1), Some(expected));
        assert_eq!(throttling(v2, Version::V2), Some(expected));
        let v1 = b"cache 1\nrss 2\ninactive_file 3\ntotal_rss 20\ntotal_inactive_file 30\n";
        assert_eq!(memory_stat(v1, Version::V1), (Some(30), Some(20)));
        let v2 = b"anon 20\nfile 50\ninactive_anon 1\ninactive_file 30\n";
        assert_eq!(memory_stat(v2, Version::V2), (Some(30), Some(20)));
    }

    #[test]
    fn nonsense_is_nothing() {
        for text in [
            &b""[..],
            b"nr_periods",
            b"nr_periods\n",
            b"nr_periods x\n",
            b"\xff\n",
            b"nr_periods 5",
        ] {
            assert_eq!(throttling(text, Version::V2), None, "{text:?}");
            assert_eq!(memory_stat(text, Version::V1), (None, None), "{text:?}");
        }
    }
}
