//! The machine as a source of a monitor: which figure takes which value.

use std::{
    collections::HashMap,
    io,
    path::Path,
    time::{Duration, SystemTime},
};

use super::{
    cpu::{Cpus, Shares},
    memory_ratio, swap_ratio,
};
use crate::{
    Error,
    figure::{self, Definition, Scope},
    source::{
        Backend, Readings, Roots, SeriesId, Source, SourceError,
        counter::{Counter, Rate},
        sys::{
            self, Demand, Failures,
            machine::{
                CpuTimes, DiskCounts, MachineReader, NetworkCounts, RawFilesystem, RawMachine,
                RawTemperature, Space,
            },
        },
    },
};

/// A figure without labels, and how its value is taken.
type Row = (&'static str, fn(&RawMachine, Shares) -> Option<f64>);

const ROWS: &[Row] = &[
    (figure::SYSTEM_CPU_UTILIZATION_RATIO, |m, shares| shares.busy.or(m.cpu_ratio)),
    (figure::SYSTEM_CPU_IOWAIT_RATIO, |_, shares| shares.iowait),
    (figure::SYSTEM_CPU_STEAL_RATIO, |_, shares| shares.steal),
    (figure::SYSTEM_MEMORY_UTILIZATION_RATIO, |m, _| memory_ratio(&m.memory)),
    (figure::SYSTEM_SWAP_UTILIZATION_RATIO, |m, _| swap_ratio(&m.memory)),
    (figure::NODE_LOAD1, |m, _| m.load.map(|load| load[0])),
    (figure::NODE_LOAD5, |m, _| m.load.map(|load| load[1])),
    (figure::NODE_LOAD15, |m, _| m.load.map(|load| load[2])),
    (figure::NODE_MEMORY_MEM_TOTAL_BYTES, |m, _| float(m.memory.total)),
    (figure::NODE_MEMORY_MEM_FREE_BYTES, |m, _| float(m.memory.free)),
    (figure::NODE_MEMORY_MEM_AVAILABLE_BYTES, |m, _| float(m.memory.available)),
    (figure::NODE_MEMORY_BUFFERS_BYTES, |m, _| float(m.memory.buffers)),
    (figure::NODE_MEMORY_CACHED_BYTES, |m, _| float(m.memory.cached)),
    (figure::NODE_MEMORY_SRECLAIMABLE_BYTES, |m, _| float(m.memory.reclaimable)),
    (figure::NODE_MEMORY_SWAP_TOTAL_BYTES, |m, _| float(m.memory.swap_total)),
    (figure::NODE_MEMORY_SWAP_FREE_BYTES, |m, _| float(m.memory.swap_free)),
    (figure::NODE_NETSTAT_TCP_CURR_ESTAB, |m, _| float(m.tcp.established)),
    (figure::NODE_SOCKSTAT_TCP_INUSE, |m, _| float(m.tcp.in_use)),
    (figure::NODE_BOOT_TIME_SECONDS, |m, _| since_epoch(m.boot?)),
    (figure::NODE_TIME_SECONDS, |_, _| since_epoch(SystemTime::now())),
    (figure::NODE_FILEFD_ALLOCATED, |m, _| Some(m.files?.allocated as f64)),
    (figure::NODE_FILEFD_MAXIMUM, |m, _| Some(m.files?.maximum as f64)),
    (figure::NODE_PROCS_RUNNING, |m, _| float(m.procs_running)),
    (figure::NODE_PROCS_BLOCKED, |m, _| float(m.procs_blocked)),
];

/// Counters without labels, each of which is held.
const COUNTERS: &[Row] = &[
    (figure::NODE_CONTEXT_SWITCHES_TOTAL, |m, _| float(m.context_switches)),
    (figure::NODE_PRESSURE_CPU_WAITING_SECONDS_TOTAL, |m, _| {
        Some(m.pressure.cpu_waiting?.as_secs_f64())
    }),
    (figure::NODE_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL, |m, _| {
        Some(m.pressure.memory_waiting?.as_secs_f64())
    }),
    (figure::NODE_PRESSURE_MEMORY_STALLED_SECONDS_TOTAL, |m, _| {
        Some(m.pressure.memory_stalled?.as_secs_f64())
    }),
    (figure::NODE_PRESSURE_IO_WAITING_SECONDS_TOTAL, |m, _| {
        Some(m.pressure.io_waiting?.as_secs_f64())
    }),
    (figure::NODE_PRESSURE_IO_STALLED_SECONDS_TOTAL, |m, _| {
        Some(m.pressure.io_stalled?.as_secs_f64())
    }),
];

/// The counters of a disk; the first two also as a rate.
const DISK: [&str; 5] = [
    figure::NODE_DISK_READ_BYTES_TOTAL,
    figure::NODE_DISK_WRITTEN_BYTES_TOTAL,
    figure::NODE_DISK_READS_COMPLETED_TOTAL,
    figure::NODE_DISK_WRITES_COMPLETED_TOTAL,
    figure::NODE_DISK_IO_TIME_SECONDS_TOTAL,
];
const DISK_RATES: [&str; 2] =
    [figure::SYSTEM_DISK_READ_BYTES_PER_SECOND, figure::SYSTEM_DISK_WRITE_BYTES_PER_SECOND];

/// The counters of an interface; the first two also as a rate.
const NETWORK: [&str; 8] = [
    figure::NODE_NETWORK_RECEIVE_BYTES_TOTAL,
    figure::NODE_NETWORK_TRANSMIT_BYTES_TOTAL,
    figure::NODE_NETWORK_RECEIVE_PACKETS_TOTAL,
    figure::NODE_NETWORK_TRANSMIT_PACKETS_TOTAL,
    figure::NODE_NETWORK_RECEIVE_ERRS_TOTAL,
    figure::NODE_NETWORK_TRANSMIT_ERRS_TOTAL,
    figure::NODE_NETWORK_RECEIVE_DROP_TOTAL,
    figure::NODE_NETWORK_TRANSMIT_DROP_TOTAL,
];
const NETWORK_RATES: [&str; 2] = [
    figure::SYSTEM_NETWORK_RECEIVE_BYTES_PER_SECOND,
    figure::SYSTEM_NETWORK_TRANSMIT_BYTES_PER_SECOND,
];

fn float(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64)
}

fn since_epoch(time: SystemTime) -> Option<f64> {
    Some(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs_f64())
}

fn disk(counts: &DiskCounts) -> [Option<f64>; DISK.len()] {
    let DiskCounts { read_bytes, written_bytes, reads, writes, busy } = *counts;
    let busy = busy.map(|busy| busy.as_secs_f64());
    [float(read_bytes), float(written_bytes), float(reads), float(writes), busy]
}

fn network(counts: &NetworkCounts) -> [Option<f64>; NETWORK.len()] {
    let (r, s) = (&counts.received, &counts.sent);
    [r.bytes, s.bytes, r.packets, s.packets, r.errors, s.errors, r.drops, s.drops].map(float)
}

/// The figures of the machine.
#[derive(Debug)]
pub(crate) struct SystemSource {
    reader: Box<dyn MachineReader>,
    demand: Demand,
    cpus: Cpus,
    series: Series,
}

/// The series, found once each, and what their counters have shown.
#[derive(Debug, Default)]
struct Series {
    plain: Vec<Option<SeriesId>>,
    counters: Vec<(Option<SeriesId>, Counter)>,
    cpus: HashMap<String, [Option<SeriesId>; CpuTimes::MODES.len() + 1]>,
    disks: HashMap<String, Device<{ DISK.len() }>>,
    networks: HashMap<String, Device<{ NETWORK.len() }>>,
    filesystems: Vec<([String; 3], [Option<SeriesId>; 4])>,
    temperatures: Vec<Option<SeriesId>>,
}

/// A disk or an interface.
#[derive(Debug)]
struct Device<const N: usize> {
    counters: [(Option<SeriesId>, Counter); N],
    rates: [(Option<SeriesId>, Rate); 2],
    /// It is in the latest reading.
    present: bool,
}

impl SystemSource {
    /// Series of a machine with many CPUs and devices.
    pub(crate) const MOST_SERIES: usize = 4_000;

    /// # Errors
    ///
    /// Where this platform or build does not have that backend.
    pub(crate) fn new(backend: Backend, roots: &Roots, demand: Demand) -> Result<Self, Error> {
        let reader = sys::machine_reader(backend, roots)?;
        Ok(Self { reader, demand, cpus: Cpus::default(), series: Series::default() })
    }

    /// What the machine says now.
    pub(super) fn read_now(&mut self, failures: &mut Failures) -> &RawMachine {
        self.reader.refresh();
        self.reader.read(failures)
    }

    /// The space of the file system that holds a path.
    pub(super) fn space(&self, path: &Path) -> io::Result<Space> {
        self.reader.space(path)
    }
}

impl Source for SystemSource {
    fn name(&self) -> &'static str {
        "system"
    }

    fn figures(&self) -> Vec<Definition> {
        let scopes = [Scope::Machine, Scope::NetworkNamespace];
        figure::catalogue().filter(|figure| scopes.contains(&figure.scope())).cloned().collect()
    }

    /// The kernel counts CPU time by the hundredth of a second: shares of less than a tenth
    /// would tell little.
    fn every(&self) -> Duration {
        match self.demand {
            Demand::Asked => Duration::ZERO,
            Demand::Ticking => Duration::from_millis(90),
        }
    }

    fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
        let Self { reader, demand, cpus, series } = self;
        if *demand == Demand::Asked {
            reader.refresh();
        }
        let mut failures = Failures::default();
        let machine = reader.read(&mut failures);
        cpus.advance(&machine.cpus);
        series.put_plain(machine, cpus.shares(), out);
        series.put_cpus(machine, cpus, out);
        expect(&mut series.disks);
        expect(&mut series.networks);
        for (name, counts) in machine.disks.iter() {
            if let Some(device) = device(&mut series.disks, name, DISK, DISK_RATES, out) {
                device.put(disk(counts), machine, out);
            }
        }
        for (name, counts) in machine.networks.iter() {
            if let Some(device) = device(&mut series.networks, name, NETWORK, NETWORK_RATES, out) {
                device.put(network(counts), machine, out);
            }
        }
        forget_absent(&mut series.disks);
        forget_absent(&mut series.networks);
        series.put_filesystems(&machine.filesystems, out);
        series.put_temperatures(&machine.temperatures, out);
        failures.into_error().map_or(Ok(()), |error| Err(error.into()))
    }
}

impl Series {
    fn put_plain(&mut self, machine: &RawMachine, shares: Shares, out: &mut Readings<'_>) {
        if self.plain.is_empty() {
            self.plain = ROWS.iter().map(|(name, _)| out.series(name, &[])).collect();
            let counter = |(name, _): &Row| (out.series(name, &[]), Counter::default());
            self.counters = COUNTERS.iter().map(counter).collect();
        }
        for ((_, value), id) in ROWS.iter().zip(&self.plain) {
            out.put_where(*id, value(machine, shares));
        }
        for ((_, value), (id, counter)) in COUNTERS.iter().zip(&mut self.counters) {
            out.put_where(*id, value(machine, shares).map(|value| counter.advance(value, 1.0)));
        }
    }

    fn put_cpus(&mut self, machine: &RawMachine, cpus: &Cpus, out: &mut Readings<'_>) {
        for (number, _) in machine.cpus.iter() {
            let Some(cpu) = cpus.get(number) else { continue };
            if !self.cpus.contains_key(number) {
                let mut ids = [None; CpuTimes::MODES.len() + 1];
                for (id, mode) in ids.iter_mut().zip(CpuTimes::MODES) {
                    let labels = [("cpu", number), ("mode", mode)];
                    *id = out.series(figure::NODE_CPU_SECONDS_TOTAL, &labels);
                }
                let core = figure::SYSTEM_CPU_CORE_UTILIZATION_RATIO;
                ids[CpuTimes::MODES.len()] = out.series(core, &[("cpu", number)]);
                self.cpus.insert(number.to_owned(), ids);
            }
            let Some(ids) = self.cpus.get(number) else { continue };
            for (id, value) in ids.iter().zip(cpu.seconds.into_iter().chain([cpu.busy])) {
                out.put_where(*id, value);
            }
        }
    }

    fn put_filesystems(&mut self, filesystems: &[RawFilesystem], out: &mut Readings<'_>) {
        for filesystem in filesystems {
            let RawFilesystem { device, kind, mountpoint, space } = filesystem;
            let same = |known: &&([String; 3], _)| known.0.iter().eq([device, kind, mountpoint]);
            let known = self.filesystems.iter().find(same).map(|(_, ids)| *ids);
            if known.is_none() && self.filesystems.len() == MOST_DEVICES {
                continue;
            }
            let ids = known.unwrap_or_else(|| {
                let labels = [("device", &**device), ("fstype", kind), ("mountpoint", mountpoint)];
                let ids = [
                    out.series(figure::NODE_FILESYSTEM_SIZE_BYTES, &labels),
                    out.series(figure::NODE_FILESYSTEM_FREE_BYTES, &labels),
                    out.series(figure::NODE_FILESYSTEM_AVAIL_BYTES, &labels),
                    out.series(figure::SYSTEM_FILESYSTEM_UTILIZATION_RATIO, &labels[2..]),
                ];
                let names = [device.clone(), kind.clone(), mountpoint.clone()];
                self.filesystems.push((names, ids));
                ids
            });
            let Some(space) = space else { continue };
            let bytes = [space.size, space.free, space.available].map(|bytes| Some(bytes as f64));
            for (id, value) in ids.into_iter().zip(bytes.into_iter().chain([space.utilization()])) {
                out.put_where(id, value);
            }
        }
    }

    fn put_temperatures(&mut self, temperatures: &[RawTemperature], out: &mut Readings<'_>) {
        for (i, RawTemperature { chip, sensor, celsius }) in temperatures.iter().enumerate() {
            if i == self.temperatures.len() {
                let labels = [("chip", chip.as_str()), ("sensor", sensor)];
                self.temperatures.push(out.series(figure::NODE_HWMON_TEMP_CELSIUS, &labels));
            }
            out.put_where(self.temperatures[i], *celsius);
        }
    }
}

/// Disks, interfaces and file systems that are followed, those that are gone among them:
/// interfaces that come and go with containers must not fill the memory.
const MOST_DEVICES: usize = 256;

/// What is known of a disk or an interface; None where there are too many.
fn device<'a, const N: usize>(
    known: &'a mut HashMap<String, Device<N>>,
    name: &str,
    counters: [&'static str; N],
    rates: [&'static str; 2],
    out: &mut Readings<'_>,
) -> Option<&'a mut Device<N>> {
    if !known.contains_key(name) && known.len() < MOST_DEVICES {
        let mut series = |figure| out.series(figure, &[("device", name)]);
        let counters = counters.map(|figure| (series(figure), Counter::default()));
        let rates = rates.map(|figure| (series(figure), Rate::default()));
        known.insert(name.to_owned(), Device { counters, rates, present: true });
    }
    let device = known.get_mut(name)?;
    device.present = true;
    Some(device)
}

/// Before a reading: nobody has been seen in it.
fn expect<const N: usize>(known: &mut HashMap<String, Device<N>>) {
    for device in known.values_mut() {
        device.present = false;
    }
}

/// After it: what was taken away begins anew if something of its name comes.
fn forget_absent<const N: usize>(known: &mut HashMap<String, Device<N>>) {
    for device in known.values_mut().filter(|device| !device.present) {
        device.counters.iter_mut().for_each(|(_, counter)| *counter = Counter::default());
        device.rates.iter_mut().for_each(|(_, rate)| *rate = Rate::default());
    }
}

impl<const N: usize> Device<N> {
    fn put(&mut self, values: [Option<f64>; N], machine: &RawMachine, out: &mut Readings<'_>) {
        let mut shown = [None; N];
        for ((shown, value), (id, counter)) in shown.iter_mut().zip(values).zip(&mut self.counters)
        {
            *shown = value.map(|value| counter.advance(value, 0.0));
            out.put_where(*id, *shown);
        }
        for ((id, rate), counter) in self.rates.iter_mut().zip(shown) {
            let rate = counter.and_then(|counter| rate.advance(counter, machine.counted_at));
            out.put_where(*id, rate);
        }
    }
}
