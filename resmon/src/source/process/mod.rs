//! This process: read, put beside its limits, and compared with the reading before.

mod footprint;
mod monotone;
mod peak;
mod sample;
mod source;
mod table;
mod window;

use std::{fmt, thread, time::Duration};

pub(crate) use self::footprint::FootprintSource;
pub(crate) use self::source::ProcessSource;
pub use self::{footprint::Footprint, sample::ProcessSample};
use self::{monotone::Monotone, window::CpuWindow};
use super::{
    Backend,
    sys::{self, Demand, Failures, Reader},
};
use crate::Error;

/// Reads this process, without a monitor.
///
/// Each value has its own baseline, so any number of readers, in any number of threads and
/// beside a running monitor, do not disturb one another. Kept and reused, it reads without
/// allocating and without opening a file. In a forked child it begins anew.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), resmon::Error> {
/// let sample = resmon::Process::current()?.sample()?;
/// assert!(sample.threads().is_none_or(|threads| threads >= 1));
///
/// let mut process = resmon::Process::current()?;
/// let percent = process.cpu_percent(Duration::from_millis(20))?;
/// assert!(percent >= 0.0);
/// # Ok(())
/// # }
/// ```
pub struct Process {
    backend: Backend,
    reader: Box<dyn Reader>,
    pid: u32,
    counters: Monotone,
    cpu: CpuWindow,
}

impl Process {
    /// This process, read in the best way the platform has.
    ///
    /// # Errors
    ///
    /// Where the platform is not known at all ([`is_unsupported`](Error::is_unsupported)).
    pub fn current() -> Result<Self, Error> {
        Self::with_backend(Backend::default())
    }

    /// This process, read through `backend`.
    ///
    /// # Errors
    ///
    /// Where this platform or build does not have that backend
    /// ([`is_unsupported`](Error::is_unsupported)).
    pub fn with_backend(backend: Backend) -> Result<Self, Error> {
        Ok(Self {
            backend,
            reader: sys::reader(backend)?,
            pid: std::process::id(),
            counters: Monotone::default(),
            cpu: CpuWindow::default(),
        })
    }

    /// Which backend reads.
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Reads every figure now.
    ///
    /// What cannot be read is absent from the sample. The peak of resident memory, swap, the
    /// OOM score and all limits are read at the first and every tenth sample, or after five
    /// seconds, the time in the run queue once a second, and keep their value in between. Shares of a time window need a second sample, at least 1 ms later.
    ///
    /// # Errors
    ///
    /// Where nothing about the process could be read.
    pub fn sample(&mut self) -> Result<ProcessSample, Error> {
        let mut failures = Failures::default();
        let sample = self.read(Demand::Asked, &mut failures);
        match failures.into_error() {
            Some(error) if sample.is_blank() => Err(error),
            _ => Ok(sample),
        }
    }

    /// Waits for `window` and returns the CPU use in it, in percent of one core.
    ///
    /// This is what `top` and psutil show: four busy threads on four cores give 400. Work of
    /// all threads counts, of this call's thread too, which sleeps meanwhile.
    ///
    /// # Errors
    ///
    /// Where the window is shorter than 1 ms, the CPU clock cannot be read, or the process
    /// forked meanwhile and this is the child.
    pub fn cpu_percent(&mut self, window: Duration) -> Result<f64, Error> {
        let attempt = || format!("measure CPU use over {window:?}");
        if window < CpuWindow::SHORTEST {
            return Err(Error::config(attempt()).because("the window must be at least 1 ms"));
        }
        let pid = std::process::id();
        let mut cpu = CpuWindow::default();
        let _ = self.reader.cpu().and_then(|start| cpu.advance(start));
        thread::sleep(window);
        let end = self.reader.cpu().filter(|_| pid == std::process::id());
        let cores = end.and_then(|end| cpu.advance(end));
        cores.map(|cores| cores * 100.0).ok_or_else(|| Error::read(attempt()))
    }

    /// Returns the resident memory in percent of the machine's memory, as `top` and psutil
    /// show it.
    ///
    /// For the share of what this process may use, container limits included, see
    /// [`ProcessSample::memory_utilization_ratio`].
    ///
    /// # Errors
    ///
    /// Where either cannot be read.
    pub fn memory_percent(&mut self) -> Result<f64, Error> {
        let mut failures = Failures::default();
        let resident = self.reader.process(Demand::Asked, &mut failures).resident;
        let total = self.reader.limits(&mut failures).machine_memory;
        match resident.zip(total) {
            Some((resident, total)) if total > 0 => Ok(resident as f64 / total as f64 * 100.0),
            _ => Err(failures.into_error().unwrap_or_else(|| Error::read("read memory use"))),
        }
    }

    /// Reads every figure that is due, and notes what could not be read.
    pub(super) fn read(&mut self, demand: Demand, failures: &mut Failures) -> ProcessSample {
        let mut raw = self.reader.process(demand, failures);
        let limits = self.reader.limits(failures);
        if raw.pid != self.pid {
            // A forked child: the parent's readings are no baseline for it.
            self.pid = raw.pid;
            self.counters = Monotone::default();
            self.cpu = CpuWindow::default();
        }
        self.counters.hold(&mut raw);
        let cores = raw.cpu.and_then(|cpu| self.cpu.advance(cpu));
        let cpu_ratio = cores.zip(limits.cpu_cores).and_then(|(used, of)| window::share(used, of));
        ProcessSample::new(self.backend, raw, limits, cpu_ratio)
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { backend, pid, .. } = self;
        f.debug_struct("Process")
            .field("backend", backend)
            .field("pid", pid)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::source::sys::{CpuReading, RawLimits, RawProcess};

    /// Readings laid down in advance.
    #[derive(Debug)]
    struct Script(VecDeque<(u32, u64, u64, u64)>);

    impl Reader for Script {
        fn process(&mut self, _: Demand, failures: &mut Failures) -> RawProcess {
            let Some((pid, at, used, read)) = self.0.pop_front() else {
                failures.note("the script", std::io::ErrorKind::UnexpectedEof);
                return RawProcess::default();
            };
            let (at, used) = (Duration::from_millis(at), Duration::from_millis(used));
            let mut raw =
                RawProcess { pid, cpu: Some(CpuReading { used, at }), ..RawProcess::default() };
            raw.io.read_bytes = Some(read);
            raw
        }

        fn limits(&mut self, _: &mut Failures) -> RawLimits {
            RawLimits { cpu_cores: Some(2.0), ..RawLimits::default() }
        }

        fn cpu(&mut self) -> Option<CpuReading> {
            None
        }
    }

    fn scripted(readings: &[(u32, u64, u64, u64)]) -> Process {
        let reader = Box::new(Script(VecDeque::from(readings.to_vec())));
        let (counters, cpu) = (Monotone::default(), CpuWindow::default());
        Process { backend: Backend::default(), reader, pid: 1, counters, cpu }
    }

    #[test]
    fn cpu_use_is_a_share_of_the_cpus_allowed() -> Result<(), Error> {
        let mut process = scripted(&[(1, 0, 500, 0), (1, 1000, 1500, 0), (1, 2000, 2000, 0)]);
        assert_eq!(process.sample()?.cpu_utilization_ratio(), None);
        assert_eq!(process.sample()?.cpu_utilization_ratio(), Some(0.5));
        assert_eq!(process.sample()?.cpu_utilization_ratio(), Some(0.25));
        Ok(())
    }

    #[test]
    fn a_forked_child_has_its_own_baseline() -> Result<(), Error> {
        let mut process = scripted(&[(1, 0, 900, 800), (2, 1000, 3, 0), (2, 2000, 1003, 1)]);
        assert_eq!(process.sample()?.read_bytes(), Some(800));
        let child = process.sample()?;
        assert_eq!((child.pid(), child.read_bytes()), (2, Some(0)));
        assert_eq!(child.cpu_utilization_ratio(), None);
        assert_eq!(process.sample()?.cpu_utilization_ratio(), Some(0.5));
        Ok(())
    }

    #[test]
    fn nothing_read_is_an_error() {
        let error = scripted(&[]).sample().unwrap_err();
        assert_eq!(error.to_string(), "cannot read the script");
    }

    #[test]
    fn a_window_too_short_to_measure_is_refused() {
        let mut process = Process::current().unwrap();
        assert!(process.cpu_percent(Duration::from_micros(10)).unwrap_err().is_config());
    }

    #[test]
    fn crosses_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<Process>();
        crosses::<ProcessSample>();
    }
}
