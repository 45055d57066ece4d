//! Sampling at the pace of a run.

use std::time::{Duration, Instant};

use super::Recording;
use crate::{
    Error, calls,
    clock::Moment,
    sampler::Sampler,
    snapshot::Snapshot,
    source::{Backend, ContainerSource, Declared, Demand, ProcessSource, Roots},
};

const SHORTEST: Duration = Duration::from_millis(1);
/// How far back the functions of a run are known.
const FUNCTIONS: Duration = Duration::from_hours(24);

/// A run that is being taken, on whatever thread has it.
pub(super) struct Taking {
    sampler: Sampler,
    run: Recording,
    interval: Duration,
    start: Instant,
}

impl Taking {
    /// Takes the first sample.
    pub(super) fn begin(interval: Duration) -> Result<Self, Error> {
        if interval < SHORTEST {
            let attempt = format!("record every {interval:?}");
            return Err(Error::config(attempt).because("the interval must be at least 1 ms"));
        }
        let backend = Backend::default();
        let (roots, demand) = (Roots::default(), Demand::Asked);
        // Every figure at each sample, unlike a monitor: what is held would look like no gain,
        // and then like a leap.
        let sources = vec![
            Declared::ask(Box::new(ProcessSource::new(backend, demand)?))?,
            Declared::machine(backend, &roots, demand)?,
            Declared::ask(Box::new(ContainerSource::new(backend, &roots, demand)))?,
        ];
        // What the functions do meanwhile may be asked for later.
        calls::keep_past(FUNCTIONS);
        let (now, start) = (Moment::now(), Instant::now());
        let (sampler, run) = (Sampler::new(sources, now), Recording::new(interval));
        let mut taking = Self { sampler, run, interval, start };
        let _ = taking.take();
        Ok(taking)
    }

    /// The latest sample.
    pub(super) fn latest(&self) -> &Snapshot {
        self.sampler.latest()
    }

    /// Takes a sample.
    pub(super) fn take(&mut self) -> &Snapshot {
        calls::collect();
        let snapshot = self.sampler.sample(Moment::now(), None);
        self.run.push(snapshot);
        snapshot
    }

    /// When it began.
    pub(super) fn start(&self) -> Instant {
        self.start
    }

    /// How long it runs.
    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// When the next sample is due, from the start. Moments that were missed are left out.
    pub(super) fn due(&self) -> Duration {
        let next = self.elapsed().as_nanos() / self.interval.as_nanos() + 1;
        self.interval.saturating_mul(u32::try_from(next).unwrap_or(u32::MAX))
    }

    /// The run, with its last sample whatever was thinned.
    pub(super) fn into_run(mut self) -> Recording {
        self.run.keep_last(self.sampler.latest());
        self.run
    }
}
