//! Memory by what of it is shared with other processes.

use std::time::Duration;

use super::Process;
use crate::{
    Error,
    figure::{self, Definition},
    source::{Backend, Readings, Source, SourceError, sys::RawFootprint},
};

/// Resident memory by what of it is shared with other processes, in bytes.
///
/// Of two processes that share a library of 10 MiB, each has it in its resident memory whole,
/// and 5 MiB of it in its proportional one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Footprint(RawFootprint);

impl Footprint {
    /// What is this process's own, and its share of what it shares: PSS. The sum over all
    /// processes is what they have together.
    pub fn proportional_bytes(&self) -> u64 {
        self.0.proportional
    }

    /// What nobody shares, and ending the process would give back: USS.
    pub fn unique_bytes(&self) -> u64 {
        self.0.unique
    }
}

impl Process {
    /// Reads how much memory is shared, if that is likely to be done within `budget`.
    ///
    /// The kernel looks at every page for it: 10 µs for a small process, some 5 to 20 ms a
    /// GiB, during which threads that map memory wait. So it is no part of a
    /// [`sample`](Self::sample). A first reading is taken to last 20 ms a GiB, each further one
    /// as long as the fastest of the last four, by size; after a refusal a tenth less.
    ///
    /// - Source: native `/proc/self/smaps_rollup` (since Linux 4.14); portable not read.
    ///
    /// # Errors
    ///
    /// Where it would take longer, which it says, or cannot be read.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(target_os = "linux")]
    /// # fn main() -> Result<(), resmon::Error> {
    /// use std::time::Duration;
    ///
    /// let mut process = resmon::Process::current()?;
    /// let memory = process.footprint(Duration::from_secs(1))?;
    /// assert!(memory.unique_bytes() <= memory.proportional_bytes());
    /// assert!(process.footprint(Duration::ZERO).is_err());
    /// # Ok(())
    /// # }
    /// # #[cfg(not(target_os = "linux"))]
    /// # fn main() {}
    /// ```
    pub fn footprint(&mut self, budget: Duration) -> Result<Footprint, Error> {
        let failed = |cause| Error::read("read how much memory is shared").because(cause);
        self.reader.footprint(budget).map(Footprint).map_err(failed)
    }
}

/// The footprint as a source of a monitor, once a minute.
#[derive(Debug)]
pub(crate) struct FootprintSource {
    process: Process,
    budget: Duration,
}

impl FootprintSource {
    /// # Errors
    ///
    /// Where this platform or build does not have that backend.
    pub(crate) fn new(backend: Backend, budget: Duration) -> Result<Self, Error> {
        Ok(Self { process: Process::with_backend(backend)?, budget })
    }
}

impl Source for FootprintSource {
    fn name(&self) -> &'static str {
        "footprint"
    }

    fn figures(&self) -> Vec<Definition> {
        let names = [figure::PROCESS_MEMORY_PSS_BYTES, figure::PROCESS_MEMORY_USS_BYTES];
        names.into_iter().filter_map(figure::definition).cloned().collect()
    }

    fn every(&self) -> Duration {
        Duration::from_mins(1)
    }

    fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
        let footprint = self.process.footprint(self.budget)?;
        out.set(figure::PROCESS_MEMORY_PSS_BYTES, &[], footprint.proportional_bytes() as f64);
        out.set(figure::PROCESS_MEMORY_USS_BYTES, &[], footprint.unique_bytes() as f64);
        Ok(())
    }
}
