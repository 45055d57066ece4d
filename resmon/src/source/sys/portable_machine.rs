//! Every platform: the machine through sysinfo.

use std::{
    fmt, io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use sysinfo::{Components, Disks, MemoryRefreshKind, Networks, System};

use super::{
    Failures,
    machine::{
        MachineReader, NetworkCounts, RawFilesystem, RawMachine, RawMemory, RawTemperature, Space,
        Traffic,
    },
};
use crate::Error;

/// How often interfaces are read at most.
const COUNTS: Duration = Duration::from_millis(900);
/// How often file systems and sensors are read at most.
const SLOW: Duration = Duration::from_secs(10);

/// Reads the machine through sysinfo.
pub(super) struct PortableMachine {
    system: System,
    networks: Option<Networks>,
    components: Option<Components>,
    filesystems: Filesystems,
    started: Instant,
    cpus_at: Option<Instant>,
    counts_at: Option<Instant>,
    slow_at: Option<Instant>,
    machine: RawMachine,
}

impl PortableMachine {
    /// # Errors
    ///
    /// Where sysinfo does not know the platform.
    pub(super) fn new() -> Result<Self, Error> {
        let unsupported = |error| {
            Error::unsupported("read the machine through the portable backend").because(error)
        };
        Ok(Self {
            system: System::new().map_err(unsupported)?,
            networks: Networks::new().ok(),
            components: Components::new().ok(),
            filesystems: Filesystems::default(),
            started: Instant::now(),
            cpus_at: None,
            counts_at: None,
            slow_at: None,
            machine: RawMachine::default(),
        })
    }

    /// sysinfo takes the difference to its own last reading, which must not be too young.
    fn read_cpus(&mut self, now: Instant) {
        let age = self.cpus_at.map(|last| now.duration_since(last));
        if age.is_some_and(|age| age < sysinfo::MINIMUM_CPU_UPDATE_INTERVAL) {
            return;
        }
        self.system.refresh_cpu_usage();
        self.cpus_at = Some(now);
        let percent = f64::from(self.system.global_cpu_usage());
        let known = age.is_some() && percent.is_finite();
        self.machine.cpu_ratio = known.then(|| (percent / 100.0).clamp(0.0, 1.0));
    }

    fn read_memory(&mut self) {
        self.system.refresh_memory_specifics(MemoryRefreshKind::everything());
        let system = &self.system;
        let total = Some(system.total_memory()).filter(|total| *total > 0);
        self.machine.memory = RawMemory {
            total,
            free: total.map(|_| system.free_memory()),
            available: total.map(|_| system.available_memory()),
            swap_total: total.map(|_| system.total_swap()),
            swap_free: total.map(|_| system.free_swap()),
            ..RawMemory::default()
        };
        let load = System::load_average().ok();
        self.machine.load = load.map(|load| [load.one, load.five, load.fifteen]);
        let boot = System::boot_time().ok().filter(|seconds| *seconds > 0);
        let boot = boot.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        self.machine.boot = boot;
    }

    fn read_networks(&mut self, now: Instant) {
        let Some(networks) = &mut self.networks else { return };
        networks.refresh(true);
        self.machine.counted_at = now.duration_since(self.started);
        self.machine.networks.clear();
        for (name, data) in networks.iter() {
            let traffic = |bytes, packets, errors| Traffic {
                bytes: Some(bytes),
                packets: Some(packets),
                errors: Some(errors),
                drops: None,
            };
            let received = traffic(
                data.total_received(),
                data.total_packets_received(),
                data.total_errors_on_received(),
            );
            let sent = traffic(
                data.total_transmitted(),
                data.total_packets_transmitted(),
                data.total_errors_on_transmitted(),
            );
            let name = name.to_string_lossy();
            self.machine.networks.add(&name, NetworkCounts { received, sent });
        }
    }

    fn read_sensors(&mut self) {
        let Some(components) = &mut self.components else { return };
        components.refresh(true);
        let sensors = components.iter().enumerate().map(|(i, component)| RawTemperature {
            chip: component.label().to_owned(),
            sensor: component.id().map_or_else(|| i.to_string(), ToOwned::to_owned),
            celsius: component.temperature().map(f64::from).filter(|degrees| degrees.is_finite()),
        });
        self.machine.temperatures = sensors.collect();
    }
}

impl MachineReader for PortableMachine {
    fn read(&mut self, _: &mut Failures) -> &RawMachine {
        let now = Instant::now();
        self.read_cpus(now);
        self.read_memory();
        let due = |last: Option<Instant>, every| {
            last.is_none_or(|last| now.duration_since(last) >= every)
        };
        if due(self.counts_at, COUNTS) {
            self.counts_at = Some(now);
            self.read_networks(now);
        }
        if due(self.slow_at, SLOW) {
            self.slow_at = Some(now);
            self.read_sensors();
            self.filesystems.ask();
        }
        self.filesystems.take(&mut self.machine.filesystems);
        &self.machine
    }

    fn refresh(&mut self) {
        (self.counts_at, self.slow_at) = (None, None);
    }

    fn space(&self, path: &Path) -> io::Result<Space> {
        let disks = Disks::new_with_refreshed_list().map_err(io::Error::other)?;
        let path = std::path::absolute(path)?;
        let holds = disks.iter().filter(|disk| path.starts_with(disk.mount_point()));
        let disk = holds.max_by_key(|disk| disk.mount_point().components().count());
        disk.map(space).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn space(disk: &sysinfo::Disk) -> Space {
    // It does not tell what is kept for root.
    let available = disk.available_space();
    Space { size: disk.total_space(), free: available, available }
}

/// The file systems, asked in a thread: on a dead mount that never ends.
#[derive(Debug, Default)]
struct Filesystems {
    answer: Arc<Mutex<Option<Vec<RawFilesystem>>>>,
    waiting: bool,
}

impl Filesystems {
    fn ask(&mut self) {
        if self.waiting {
            return;
        }
        let answer = Arc::clone(&self.answer);
        let started = thread::Builder::new().name("resmon-space".to_owned()).spawn(move || {
            let disks = Disks::new_with_refreshed_list();
            let mut found: Vec<RawFilesystem> = Vec::new();
            for disk in disks.iter().flat_map(|disks| disks.iter()) {
                let device = disk.name().to_string_lossy().into_owned();
                // A bind mount shows the same one again.
                if found.iter().all(|known| known.device != device) {
                    found.push(RawFilesystem {
                        device,
                        kind: disk.file_system().to_string_lossy().into_owned(),
                        mountpoint: disk.mount_point().to_string_lossy().into_owned(),
                        space: Some(space(disk)),
                    });
                }
            }
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        });
        self.waiting = started.is_ok();
    }

    fn take(&mut self, filesystems: &mut Vec<RawFilesystem>) {
        if let Some(found) = self.answer.lock().unwrap_or_else(PoisonError::into_inner).take() {
            *filesystems = found;
            self.waiting = false;
        }
    }
}

impl fmt::Debug for PortableMachine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PortableMachine").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_every_platform_tells() {
        let mut reader = PortableMachine::new().unwrap();
        assert_eq!(reader.read(&mut Failures::default()).cpu_ratio, None);
        thread::sleep(sysinfo::MINIMUM_CPU_UPDATE_INTERVAL + Duration::from_millis(20));
        let machine = reader.read(&mut Failures::default());
        assert!((0.0..=1.0).contains(&machine.cpu_ratio.unwrap()));
        assert!(machine.memory.total > machine.memory.free);
        assert!(machine.load.is_some() && machine.boot.is_some() && !machine.networks.is_empty());
    }
}
