//! What one reading of this process's control groups gave.

use std::time::Duration;

use super::{Failures, machine::RawPressure, rows::Rows};

/// The control groups at one moment. What could not be read, or does not bind, is `None`.
#[derive(Debug, Clone, Default)]
pub(crate) struct RawContainer {
    /// CPU time used by the group.
    pub(crate) cpu_usage: Option<Duration>,
    /// Of the group whose quota is the tightest.
    pub(crate) throttling: Throttling,
    pub(crate) quota: Option<Quota>,
    pub(crate) memory: GroupMemory,
    /// The least limit of all groups.
    pub(crate) memory_limit: Option<u64>,
    /// What is left to the nearest wall: a limit of any group, or the memory of the machine.
    pub(crate) headroom: Option<u64>,
    pub(crate) events: MemoryEvents,
    pub(crate) tasks: GroupTasks,
    pub(crate) pressure: RawPressure,
    pub(crate) disks: Rows<GroupIo>,
}

/// CPU time in each period, both in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    pub(crate) quota: u64,
    pub(crate) period: u64,
}

impl Quota {
    /// As a number of CPUs.
    pub(crate) fn cores(self) -> Option<f64> {
        (self.period > 0).then(|| self.quota as f64 / self.period as f64)
    }
}

/// How often, and for how long, a group was kept from its CPUs by its quota.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Throttling {
    pub(crate) periods: Option<u64>,
    pub(crate) throttled_periods: Option<u64>,
    pub(crate) throttled: Option<Duration>,
}

/// The memory of a group, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct GroupMemory {
    pub(crate) usage: Option<u64>,
    /// What of it holds files that were not used lately, and can be had at once.
    pub(crate) inactive_file: Option<u64>,
    /// What of it holds no files.
    pub(crate) anonymous: Option<u64>,
}

impl GroupMemory {
    /// What the group really needs: the kernel kills when this meets the limit.
    pub(crate) fn working_set(&self) -> Option<u64> {
        Some(self.usage?.saturating_sub(self.inactive_file?))
    }
}

/// How often the memory of a group met a wall.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct MemoryEvents {
    /// It was at its limit, and pages had to be given back first.
    pub(crate) limit: Option<u64>,
    /// It was slowed down for being above its high mark.
    pub(crate) high: Option<u64>,
    /// A process of it was killed for want of memory.
    pub(crate) kills: Option<u64>,
}

/// Processes and threads of a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct GroupTasks {
    pub(crate) processes: Option<u64>,
    pub(crate) threads: Option<u64>,
    pub(crate) most_threads: Option<u64>,
}

/// What a group read from a disk and wrote to it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct GroupIo {
    pub(crate) read_bytes: Option<u64>,
    pub(crate) written_bytes: Option<u64>,
    pub(crate) reads: Option<u64>,
    pub(crate) writes: Option<u64>,
}

/// One way to read the control groups.
pub(crate) trait ContainerReader: Send + Sync + std::fmt::Debug {
    /// Reads what is due and keeps the rest; what failed is noted and left out.
    fn read(&mut self, failures: &mut Failures) -> &RawContainer;
}

/// Where there are no control groups.
#[derive(Debug, Default)]
pub(crate) struct NoContainer(RawContainer);

impl ContainerReader for NoContainer {
    fn read(&mut self, _: &mut Failures) -> &RawContainer {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_working_set_is_without_what_can_be_had_at_once() {
        let memory =
            |usage, inactive_file| GroupMemory { usage, inactive_file, ..GroupMemory::default() };
        assert_eq!(memory(Some(10), Some(4)).working_set(), Some(6));
        assert_eq!(memory(Some(4), Some(10)).working_set(), Some(0));
        assert_eq!(memory(Some(4), None).working_set(), None);
        assert_eq!(Quota { quota: 150_000, period: 100_000 }.cores(), Some(1.5));
        assert_eq!(Quota { quota: 1, period: 0 }.cores(), None);
    }
}
