//! The machine: read, put beside the reading before, and told under node_exporter's names.

mod cpu;
mod source;

use std::{
    fmt,
    path::Path,
    thread,
    time::{Duration, SystemTime},
};

pub(crate) use self::source::SystemSource;
use super::{
    Backend, Demand, Readings, Roots, SeriesId, Source,
    sys::{
        Failures,
        machine::{RawMachine, RawMemory},
    },
};
use crate::{Error, figure::Definition, snapshot::Snapshot};

/// Reads the machine, without a monitor.
///
/// Each value has its own baseline, so any number of readers do not disturb one another.
///
/// # Examples
///
/// What psutil has a line for has one here:
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), resmon::Error> {
/// let mut machine = resmon::System::new()?;
/// let cpu = machine.cpu_percent(Duration::from_millis(20))?; // psutil.cpu_percent(0.02)
/// assert!((0.0..=100.0).contains(&cpu));
/// let memory = machine.memory_percent()?; // psutil.virtual_memory().percent
/// assert!(memory > 0.0 && memory < 100.0);
/// # #[cfg(unix)]
/// assert!(machine.disk_percent("/")? <= 100.0); // psutil.disk_usage("/").percent
/// # #[cfg(target_os = "linux")]
/// assert!(machine.network_bytes()? > 0); // bytes_sent + bytes_recv of psutil.net_io_counters()
/// # Ok(())
/// # }
/// ```
pub struct System {
    source: SystemSource,
    figures: Vec<Definition>,
    /// The series it began.
    series: Vec<SeriesId>,
    snapshot: Snapshot,
}

impl System {
    /// This machine, read in the best way the platform has.
    ///
    /// # Errors
    ///
    /// Where the platform is not known at all ([`is_unsupported`](Error::is_unsupported)).
    pub fn new() -> Result<Self, Error> {
        Self::with(Backend::default(), &Roots::default())
    }

    /// A machine whose `/proc`, `/sys` and `/` are mounted here: the host of a container.
    ///
    /// # Errors
    ///
    /// On other platforms than Linux.
    pub fn with_roots(
        proc: impl AsRef<Path>,
        sys: impl AsRef<Path>,
        root: impl AsRef<Path>,
    ) -> Result<Self, Error> {
        let roots = Roots::of(proc.as_ref(), sys.as_ref(), root.as_ref());
        Self::with(Backend::default(), &roots)
    }

    /// This machine, read through `backend`.
    ///
    /// # Errors
    ///
    /// Where this platform or build does not have that backend
    /// ([`is_unsupported`](Error::is_unsupported)).
    pub fn with_backend(backend: Backend) -> Result<Self, Error> {
        Self::with(backend, &Roots::default())
    }

    fn with(backend: Backend, roots: &Roots) -> Result<Self, Error> {
        let source = SystemSource::new(backend, roots, Demand::Asked)?;
        let figures = source.figures();
        let snapshot = Snapshot::empty(SystemTime::now());
        Ok(Self { source, figures, series: Vec::new(), snapshot })
    }

    /// Reads every figure of the machine now: `node_…` and `system_…`.
    ///
    /// What cannot be read is absent. Shares and rates are those since the reading before;
    /// they are absent in the first.
    ///
    /// # Errors
    ///
    /// Where nothing could be read.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), resmon::Error> {
    /// let machine = resmon::System::new()?.sample()?;
    /// assert!(machine.get("node_memory_MemTotal_bytes") > Some(0.0));
    /// # #[cfg(target_os = "linux")]
    /// assert!(machine.to_string().contains("node_load1"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn sample(&mut self) -> Result<Snapshot, Error> {
        self.snapshot.begin(SystemTime::now());
        let mut out = Readings {
            series: &mut self.snapshot.series,
            values: &mut self.snapshot.values,
            declared: &self.figures,
            own: &mut self.series,
            most: SystemSource::MOST_SERIES,
            refused: 0,
        };
        out.clear();
        let read = self.source.sample(&mut out);
        // The clock alone can always be read.
        match read {
            Err(cause) if self.snapshot.iter().count() <= 1 => {
                Err(Error::read("read the machine").because(cause))
            }
            _ => Ok(self.snapshot.clone()),
        }
    }

    /// Waits for `window` and returns the CPU use of the machine in it, in percent of all
    /// CPUs: what `psutil.cpu_percent(window)` shows.
    ///
    /// Waiting for a disk is not use; what a host took from this machine is.
    ///
    /// # Errors
    ///
    /// Where the window is shorter than 10 ms, which the kernel counts in, or the CPUs cannot
    /// be read.
    pub fn cpu_percent(&mut self, window: Duration) -> Result<f64, Error> {
        let [all] = self.cpu_over(window, |cpus| [cpus.shares().busy])?;
        Ok(all * 100.0)
    }

    fn cpu_over<const N: usize>(
        &mut self,
        window: Duration,
        take: impl FnOnce(&cpu::Cpus) -> [Option<f64>; N],
    ) -> Result<[f64; N], Error> {
        const SHORTEST: Duration = Duration::from_millis(10);

        let attempt = || format!("measure the CPU use of the machine over {window:?}");
        if window < SHORTEST {
            return Err(Error::config(attempt()).because("the window must be at least 10 ms"));
        }
        let mut failures = Failures::default();
        let mut cpus = cpu::Cpus::default();
        cpus.advance(&self.source.read_now(&mut failures).cpus);
        thread::sleep(window);
        let machine = self.source.read_now(&mut failures);
        cpus.advance(&machine.cpus);
        let shares = take(&cpus).map(|share| share.or(machine.cpu_ratio));
        if shares.iter().all(Option::is_some) {
            return Ok(shares.map(Option::unwrap_or_default));
        }
        Err(because(Error::read(attempt()), failures))
    }

    /// Waits for `window` and returns the CPU use of each CPU in it, in percent, in the order
    /// of the CPUs: `psutil.cpu_percent(window, percpu=True)`.
    ///
    /// # Errors
    ///
    /// As [`cpu_percent`](Self::cpu_percent), and where the platform tells only the whole.
    pub fn cpu_percent_per_core(&mut self, window: Duration) -> Result<Vec<f64>, Error> {
        let mut each = Vec::new();
        self.cpu_over(window, |cpus| {
            each = cpus.busy();
            [cpus.shares().busy]
        })?;
        if each.is_empty() {
            return Err(Error::unsupported("measure the use of each CPU"));
        }
        Ok(each.into_iter().map(|share| share * 100.0).collect())
    }

    /// Memory that is not available, in percent of all: `psutil.virtual_memory().percent`.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub fn memory_percent(&mut self) -> Result<f64, Error> {
        self.read("read the memory of the machine", |m| Some(memory_ratio(&m.memory)? * 100.0))
    }

    /// Swap space in use, in percent of all; 0 where there is none: `psutil.swap_memory().percent`.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub fn swap_percent(&mut self) -> Result<f64, Error> {
        self.read("read the swap space of the machine", |m| match m.memory.swap_total? {
            0 => Some(0.0),
            _ => Some(swap_ratio(&m.memory)? * 100.0),
        })
    }

    /// Space in use of the file system that holds `path`, in percent of what may be used:
    /// `psutil.disk_usage(path).percent`, and `Use%` of `df`.
    ///
    /// Asks now, and waits: where the mount is dead, for ever.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub fn disk_percent(&mut self, path: impl AsRef<Path>) -> Result<f64, Error> {
        let path = path.as_ref();
        let attempt = || Error::read(format!("read the space of {}", path.display()));
        let space = self.source.space(path).map_err(|cause| attempt().because(cause))?;
        let none = || attempt().because("it holds no data, so that it has no space");
        space.utilization().map(|share| share * 100.0).ok_or_else(none)
    }

    /// Bytes received and sent through all interfaces since the machine started, the loop
    /// of this machine to itself included.
    ///
    /// # Errors
    ///
    /// Where they cannot be read.
    pub fn network_bytes(&mut self) -> Result<u64, Error> {
        self.read("read the interfaces of the machine", |m| {
            let each = m.networks.iter().map(|(_, counts)| {
                let (received, sent) = (counts.received.bytes?, counts.sent.bytes?);
                received.checked_add(sent)
            });
            each.reduce(|a, b| a?.checked_add(b?))?
        })
    }

    /// Means of the tasks that run or wait for a CPU or a disk over 1, 5 and 15 minutes:
    /// `psutil.getloadavg()`.
    ///
    /// # Errors
    ///
    /// Where they cannot be read.
    pub fn load_average(&mut self) -> Result<[f64; 3], Error> {
        self.read("read the load of the machine", |m| m.load)
    }

    fn read<T>(
        &mut self,
        attempt: &str,
        value: impl FnOnce(&RawMachine) -> Option<T>,
    ) -> Result<T, Error> {
        let mut failures = Failures::default();
        let value = value(self.source.read_now(&mut failures));
        value.ok_or_else(|| because(Error::read(attempt), failures))
    }
}

/// With what could not be read as its cause, among which is what was needed.
fn because(error: Error, failures: Failures) -> Error {
    match failures.into_error() {
        Some(cause) => error.because(cause),
        None => error.because("the kernel does not tell it, or in a form that is not known"),
    }
}

/// The share of memory that is not available. Before Linux 3.14 the kernel does not say what
/// is: what is free, and what holds files, is taken for it then.
fn memory_ratio(memory: &RawMemory) -> Option<f64> {
    let total = memory.total.filter(|total| *total > 0)?;
    let spare = || {
        let parts = [memory.free?, memory.buffers.unwrap_or(0), memory.cached.unwrap_or(0)];
        Some(parts.into_iter().fold(0, u64::saturating_add))
    };
    let available = memory.available.or_else(spare)?.min(total);
    Some((total - available) as f64 / total as f64)
}

/// The share of the swap space that is used; None where there is none.
fn swap_ratio(memory: &RawMemory) -> Option<f64> {
    let total = memory.swap_total.filter(|total| *total > 0)?;
    Some(total.checked_sub(memory.swap_free?)? as f64 / total as f64)
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("System").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_of_what_there_is() {
        let memory = |total, available, free, cached| RawMemory {
            total,
            free,
            available,
            cached,
            ..RawMemory::default()
        };
        assert_eq!(memory_ratio(&memory(Some(100), Some(75), Some(1), None)), Some(0.25));
        assert_eq!(memory_ratio(&memory(Some(100), None, Some(30), Some(20))), Some(0.5));
        assert_eq!(memory_ratio(&memory(Some(100), Some(200), None, None)), Some(0.0));
        assert_eq!(memory_ratio(&memory(Some(0), Some(0), None, None)), None);
        let swap = |swap_total, swap_free| {
            swap_ratio(&RawMemory { swap_total, swap_free, ..RawMemory::default() })
        };
        assert_eq!(swap(Some(100), Some(25)), Some(0.75));
        assert_eq!((swap(Some(0), Some(0)), swap(Some(1), Some(2))), (None, None));
    }
}
