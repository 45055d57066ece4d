//! What the control groups of this process use, of what they may.

use std::{ffi::CString, time::Duration};

use super::{
    super::{
        file::{KeptFile, kept},
        machine::available_memory,
        parse::single,
        text::Buffer,
    },
    Membership,
    disks::IoFiles,
    files::{CpuFiles, MemoryFiles, value},
    least,
    path::{Controller, Groups, Version, groups},
    stalls::StallFiles,
    tasks::TaskFiles,
};
use crate::source::sys::{
    Failures, Roots,
    container::{ContainerReader, RawContainer},
};

/// Reads the groups in which this process is, each ancestor that is visible among them.
#[derive(Debug)]
pub(crate) struct ContainerFiles {
    roots: Roots,
    membership: Membership,
    /// Innermost first.
    cpu: Vec<CpuFiles>,
    memory: Vec<MemoryFiles>,
    /// CPU time, where the controller for it is one of its own.
    usage: Option<KeptFile<CString>>,
    tasks: TaskFiles,
    stalls: Option<StallFiles>,
    io: Option<IoFiles>,
    meminfo: KeptFile<CString>,
    buffer: Buffer,
    /// What is left to each wall.
    rooms: Vec<Option<u64>>,
    last: RawContainer,
}

impl ContainerFiles {
    pub(crate) fn new(roots: Roots) -> Self {
        Self {
            membership: Membership::new(&roots),
            cpu: Vec::new(),
            memory: Vec::new(),
            usage: None,
            tasks: TaskFiles::default(),
            stalls: None,
            io: None,
            meminfo: kept(&roots.proc("meminfo")),
            buffer: Buffer::default(),
            rooms: Vec::new(),
            last: RawContainer::default(),
            roots,
        }
    }

    fn find(&mut self, membership: &[u8], mounts: &[u8]) {
        let of = |controller| {
            let mut groups = groups(membership, mounts, controller).filter(|g| !g.is_machine())?;
            for folder in &mut groups.folders {
                *folder = self.roots.mounted(folder);
            }
            Some(groups)
        };
        let files =
            |groups: Option<&Groups>, name: &str| Some(kept(&groups?.folders.first()?.join(name)));
        let (cpu, memory) = (of(Controller::Cpu), of(Controller::Memory));
        self.cpu = levels(cpu.as_ref(), CpuFiles::of);
        self.memory = levels(memory.as_ref(), MemoryFiles::of);
        let account = of(Controller::CpuAccount).filter(|groups| groups.version == Version::V1);
        self.usage = files(account.as_ref(), "cpuacct.usage");
        let (io, pids) = (of(Controller::Io), of(Controller::Pids));
        let innermost = |groups: &Option<Groups>| Some(groups.as_ref()?.folders.first()?.clone());
        let any = [&pids, &memory, &cpu, &io].into_iter().find_map(innermost);
        self.tasks = TaskFiles::of(any.as_deref(), innermost(&pids).as_deref());
        self.io = io.and_then(|io| Some(IoFiles::of(io.folders.first()?, io.version)));
        self.stalls = innermost(&of(Controller::Pressure)).and_then(|f| StallFiles::of(&f));
    }

    fn read_groups(&mut self, failures: &mut Failures) {
        let last = &mut self.last;
        // The group whose quota is the tightest is the one that throttles.
        let mut tightest: Option<(f64, usize)> = None;
        last.quota = None;
        for (level, files) in self.cpu.iter_mut().enumerate() {
            let quota = files.quota(failures);
            if let Some((quota, cores)) = quota.and_then(|quota| Some((quota, quota.cores()?)))
                && tightest.is_none_or(|(least, _)| cores < least)
            {
                tightest = Some((cores, level));
                last.quota = Some(quota);
            }
        }
        let throttles = self.cpu.get_mut(tightest.map_or(0, |(_, level)| level));
        last.throttling = throttles.map(|files| files.throttling(failures)).unwrap_or_default();
        last.cpu_usage = match &mut self.usage {
            Some(file) => value(file, single, failures).map(Duration::from_nanos),
            None => self.cpu.first_mut().and_then(CpuFiles::usage),
        };
        last.memory_limit = None;
        let rooms = &mut self.rooms;
        rooms.clear();
        for (level, files) in self.memory.iter_mut().enumerate() {
            let (limit, high) = (files.limit(failures), files.high(failures));
            if level > 0 && limit.is_none() && high.is_none() {
                continue;
            }
            let memory = files.memory(failures);
            if level == 0 {
                (last.memory, last.events) = (memory, files.events(failures));
            }
            last.memory_limit = least(last.memory_limit, limit, u64::min);
            if let Some(wall) = least(limit, high, u64::min) {
                rooms.push(memory.working_set().map(|used| wall.saturating_sub(used)));
            }
        }
        rooms.push(available_memory(&mut self.buffer, &mut self.meminfo));
        // A wall is known and what is used of it is not: the nearest may be that one.
        let known = rooms.iter().all(Option::is_some);
        last.headroom = rooms.iter().copied().flatten().min().filter(|_| known);
    }

    fn read_others(&mut self, failures: &mut Failures) {
        let last = &mut self.last;
        last.tasks = self.tasks.read(failures);
        last.pressure = self.stalls.as_mut().map(|s| s.read(failures)).unwrap_or_default();
        match &mut self.io {
            Some(io) => io.read(&mut last.disks, failures),
            None => last.disks.clear(),
        }
    }
}

fn levels<T>(groups: Option<&Groups>, files: fn(&std::path::Path, Version) -> T) -> Vec<T> {
    let groups = groups.into_iter();
    groups.flat_map(|g| g.folders.iter().map(|folder| files(folder, g.version))).collect()
}

impl ContainerReader for ContainerFiles {
    fn read(&mut self, failures: &mut Failures) -> &RawContainer {
        if let Some((membership, mounts)) = self.membership.look(failures) {
            self.find(&membership, &mounts);
            self.last = RawContainer::default();
        }
        self.read_groups(failures);
        self.read_others(failures);
        &self.last
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::Tree, *};
    use crate::source::sys::{
        container::{GroupIo, GroupMemory, GroupTasks, MemoryEvents, Quota, Throttling},
        machine::RawPressure,
        rows::Rows,
    };

    fn read(tree: &Tree, membership: &str, kinds: &str) -> (RawContainer, Failures) {
        let mut files = ContainerFiles::new(Roots::default());
        files.meminfo = kept(&tree.folder("meminfo"));
        tree.write("meminfo", "MemTotal: 9000 kB\nMemAvailable: 8000 kB\n");
        files.find(membership.as_bytes(), tree.mounts(kinds).as_bytes());
        let mut failures = Failures::default();
        files.read_groups(&mut failures);
        files.read_others(&mut failures);
        (files.last.clone(), failures)
    }

    fn without_disks(read: &RawContainer) -> RawContainer {
        RawContainer { disks: Rows::default(), ..read.clone() }
    }

    #[test]
    fn version_2_tells_use_throttling_and_room() {
        let tree = Tree::new(
            "container-v2",
            &[
                ("unified/a/cpu.max", "50000 100000\n"),
                (
                    "unified/a/cpu.stat",
                    "usage_usec 9\nnr_periods 8\nnr_throttled 2\nthrottled_usec 7\n",
                ),
                ("unified/a/memory.max", "10000\n"),
                ("unified/a/memory.current", "9500\n"),
                ("unified/a/memory.stat", "anon 1\ninactive_file 500\n"),
                ("unified/a/b/cpu.max", "max 100000\n"),
                (
                    "unified/a/b/cpu.stat",
                    "usage_usec 5000000\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n",
                ),
                ("unified/a/b/memory.max", "max\n"),
                ("unified/a/b/memory.high", "8000\n"),
                ("unified/a/b/memory.current", "5000\n"),
                ("unified/a/b/memory.stat", "anon 3000\ninactive_file 1000\n"),
                ("unified/a/b/cgroup.procs", "1\n17\n"),
                ("unified/a/b/cgroup.events", "populated 1\n"),
                ("unified/a/b/memory.events", "low 0\nhigh 4\nmax 3\noom 2\noom_kill 1\n"),
                ("unified/a/b/pids.current", "12\n"),
                ("unified/a/b/pids.max", "max\n"),
                ("unified/a/b/cpu.pressure", "some avg10=0 avg60=0 avg300=0 total=8\n"),
                ("unified/a/b/io.stat", "4000:1 rbytes=7 wbytes=6 rios=5 wios=4\n"),
            ],
        );
        let (read, failures) = read(&tree, "0::/a/b\n", "unified");
        assert!(failures.into_error().is_none());
        let expected = RawContainer {
            cpu_usage: Some(Duration::from_secs(5)),
            throttling: Throttling {
                periods: Some(8),
                throttled_periods: Some(2),
                throttled: Some(Duration::from_micros(7)),
            },
            quota: Some(Quota { quota: 50_000, period: 100_000 }),
            memory: GroupMemory {
                usage: Some(5000),
                inactive_file: Some(1000),
                anonymous: Some(3000),
            },
            memory_limit: Some(10_000),
            // 10,000 less 9,000 in the outer group; 8,000 less 4,000 in the inner one; the
            // machine has more.
            headroom: Some(1000),
            events: MemoryEvents { limit: Some(3), high: Some(4), kills: Some(1) },
            tasks: GroupTasks { processes: Some(2), threads: Some(12), most_threads: None },
            pressure: RawPressure {
                cpu_waiting: Some(Duration::from_micros(8)),
                ..RawPressure::default()
            },
            disks: Rows::default(),
        };
        let disks: Vec<_> = read.disks.iter().collect();
        let io = GroupIo {
            read_bytes: Some(7),
            written_bytes: Some(6),
            reads: Some(5),
            writes: Some(4),
        };
        assert_eq!(disks, [("4000:1", &io)]);
        assert_eq!(format!("{expected:?}"), format!("{:?}", without_disks(&read)));
    }

    #[test]
    fn version_1_tells_the_same_by_other_names() {
        let tree = Tree::new(
            "container-v1",
            &[
                ("cpu/c/cpu.cfs_quota_us", "-1\n"),
                ("cpu/c/cpu.cfs_period_us", "100000\n"),
                ("cpu/c/cpu.stat", "nr_periods 8\nnr_throttled 2\nthrottled_time 7000\n"),
                ("cpuacct/c/cpuacct.usage", "5000000000\n"),
                ("memory/c/memory.limit_in_bytes", "9223372036854771712\n"),
                ("memory/c/memory.usage_in_bytes", "5000\n"),
                ("memory/c/memory.stat", "total_rss 3000\ntotal_inactive_file 1000\n"),
                ("memory/c/memory.failcnt", "3\n"),
                ("memory/c/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"),
                ("pids/c/pids.current", "12\n"),
                ("pids/c/pids.max", "40\n"),
                ("pids/c/cgroup.procs", "17\n"),
                ("blkio/c/blkio.throttle.io_service_bytes", "4000:1 Read 7\n"),
            ],
        );
        let membership = "5:blkio:/c\n4:pids:/c\n3:memory:/c\n2:cpuacct:/c\n1:cpu:/c\n0::/\n";
        let (read, failures) = read(&tree, membership, "cpu cpuacct memory pids blkio");
        assert!(failures.into_error().is_none());
        assert_eq!(read.cpu_usage, Some(Duration::from_secs(5)));
        assert_eq!(read.throttling.throttled, Some(Duration::from_micros(7)));
        assert_eq!((read.quota, read.memory_limit, read.headroom), (None, None, Some(8_192_000)));
        assert_eq!(read.memory.working_set(), Some(4000));
        assert_eq!(read.events, MemoryEvents { limit: Some(3), high: None, kills: Some(1) });
        let tasks = GroupTasks { processes: Some(1), threads: Some(12), most_threads: Some(40) };
        assert_eq!(read.tasks, tasks);
        assert_eq!(read.disks.iter().next().unwrap().1.read_bytes, Some(7));
        assert_eq!(read.pressure, RawPressure::default());
    }

    #[test]
    fn a_process_in_no_group_of_its_own_has_no_container() {
        let tree = Tree::new(
            "container-none",
            &[
                ("memory/memory.usage_in_bytes", "5000\n"),
                ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
                ("cpu/cpu.stat", "nr_periods 0\n"),
            ],
        );
        let (read, _) = read(&tree, "2:memory:/\n1:cpu:/\n", "cpu memory");
        let headroom = Some(8_192_000);
        let expected = RawContainer { headroom, ..RawContainer::default() };
        assert_eq!(format!("{read:?}"), format!("{expected:?}"));
    }

    #[test]
    fn a_file_of_another_format_is_an_error_and_no_value() {
        let tree = Tree::new(
            "container-odd",
            &[
                ("unified/a/cpu.max", "nonsense\n"),
                ("unified/a/cpu.stat", "\u{1}\n"),
                ("unified/a/memory.current", "12\n"),
                ("unified/a/memory.max", "99\n"),
                ("unified/a/memory.stat", "\n"),
                ("unified/a/memory.events", "oom_kill one\n"),
                ("unified/a/io.stat", "no disk\n"),
                ("unified/a/pids.max", "many\n"),
            ],
        );
        let (read, failures) = read(&tree, "0::/a\n", "unified");
        assert_eq!((read.quota, read.memory.usage), (None, Some(12)));
        // There is a wall, and what is used of it is not known.
        assert_eq!((read.memory_limit, read.headroom), (Some(99), None));
        let error = failures.into_error().unwrap().to_string();
        let files = ["cpu.max", "cpu.stat", "memory.stat", "memory.events", "io.stat", "pids.max"];
        for file in files {
            assert!(error.contains(&format!("unified/a/{file}")), "{error}");
        }
    }

    #[test]
    fn this_process_is_read_without_a_failure() {
        let mut failures = Failures::default();
        let mut files = ContainerFiles::new(Roots::default());
        let read = files.read(&mut failures).clone();
        assert!(failures.into_error().is_none(), "{read:?}");
        assert!(read.headroom > Some(0));
    }
}
