//! What one reading of the machine gave, whatever read it.

use std::time::{Duration, SystemTime};

use super::{Failures, rows::Rows};

/// The machine at one moment. What could not be read is `None`, or has no row.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawMachine {
    /// By the number of the CPU.
    pub(crate) cpus: Rows<CpuTimes>,
    /// The share of all CPUs that was used, where the platform tells that alone.
    pub(crate) cpu_ratio: Option<f64>,
    /// Means of the runnable over 1, 5 and 15 minutes.
    pub(crate) load: Option<[f64; 3]>,
    pub(crate) memory: RawMemory,
    pub(crate) boot: Option<SystemTime>,
    pub(crate) context_switches: Option<u64>,
    pub(crate) procs_running: Option<u64>,
    pub(crate) procs_blocked: Option<u64>,
    pub(crate) files: Option<RawFiles>,
    pub(crate) disks: Rows<DiskCounts>,
    pub(crate) networks: Rows<NetworkCounts>,
    /// Monotonic time at which disks and interfaces were read: rates are taken over it.
    pub(crate) counted_at: Duration,
    pub(crate) tcp: RawTcp,
    pub(crate) pressure: RawPressure,
    pub(crate) filesystems: Vec<RawFilesystem>,
    pub(crate) temperatures: Vec<RawTemperature>,
}

/// What a CPU did with its time, by mode.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct CpuTimes(pub(crate) [Option<Duration>; CpuTimes::MODES.len()]);

impl CpuTimes {
    /// The modes, as node_exporter calls them.
    pub(crate) const MODES: [&'static str; 8] =
        ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"];
    pub(crate) const IDLE: usize = 3;
    pub(crate) const IOWAIT: usize = 4;
    pub(crate) const STEAL: usize = 7;
}

/// Memory in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RawMemory {
    pub(crate) total: Option<u64>,
    pub(crate) free: Option<u64>,
    pub(crate) available: Option<u64>,
    pub(crate) buffers: Option<u64>,
    pub(crate) cached: Option<u64>,
    pub(crate) reclaimable: Option<u64>,
    pub(crate) swap_total: Option<u64>,
    pub(crate) swap_free: Option<u64>,
}

/// File handles of the whole machine.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RawFiles {
    pub(crate) allocated: u64,
    pub(crate) maximum: u64,
}

/// What went through a disk since the machine started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct DiskCounts {
    pub(crate) read_bytes: Option<u64>,
    pub(crate) written_bytes: Option<u64>,
    pub(crate) reads: Option<u64>,
    pub(crate) writes: Option<u64>,
    pub(crate) busy: Option<Duration>,
}

/// What went through one direction of an interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Traffic {
    pub(crate) bytes: Option<u64>,
    pub(crate) packets: Option<u64>,
    pub(crate) errors: Option<u64>,
    pub(crate) drops: Option<u64>,
}

/// What went through an interface.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct NetworkCounts {
    pub(crate) received: Traffic,
    pub(crate) sent: Traffic,
}

/// TCP in the network namespace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RawTcp {
    pub(crate) established: Option<u64>,
    pub(crate) in_use: Option<u64>,
}

/// For how long some work, or all of it, waited for a resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct RawPressure {
    pub(crate) cpu_waiting: Option<Duration>,
    pub(crate) memory_waiting: Option<Duration>,
    pub(crate) memory_stalled: Option<Duration>,
    pub(crate) io_waiting: Option<Duration>,
    pub(crate) io_stalled: Option<Duration>,
}

/// The space of a file system, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RawFilesystem {
    pub(crate) device: String,
    pub(crate) kind: String,
    pub(crate) mountpoint: String,
    /// None where it was not told in time.
    pub(crate) space: Option<Space>,
}

/// The space of a file system, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Space {
    pub(crate) size: u64,
    pub(crate) free: u64,
    /// What is left for those who are not root.
    pub(crate) available: u64,
}

impl Space {
    /// The share that is used of what may be used, as `df` and psutil show it.
    pub(crate) fn utilization(&self) -> Option<f64> {
        let used = self.size.checked_sub(self.free)?;
        let usable = used.checked_add(self.available).filter(|usable| *usable > 0)?;
        Some(used as f64 / usable as f64)
    }
}

/// A sensor.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RawTemperature {
    pub(crate) chip: String,
    pub(crate) sensor: String,
    pub(crate) celsius: Option<f64>,
}

/// One way to read the machine.
pub(crate) trait MachineReader: Send + Sync + std::fmt::Debug {
    /// Reads what is due and keeps the rest; what failed is noted and left out.
    fn read(&mut self, failures: &mut Failures) -> &RawMachine;

    /// Makes everything due.
    fn refresh(&mut self);

    /// The space of the file system that holds a path, read now.
    fn space(&self, path: &std::path::Path) -> std::io::Result<Space>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn space_is_used_of_what_may_be_used() {
        let space = |size, free, available| Space { size, free, available }.utilization();
        assert_eq!(space(100, 40, 15), Some(0.8));
        assert_eq!(space(0, 0, 0), None);
        assert_eq!(space(1, 2, 2), None);
    }
}
