//! The monitor's thread: waits for what is due and has it done.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread::{Builder, JoinHandle},
};

use super::{bell::Bell, pace::Pace, tick::Pipeline};
use crate::{Error, clock::Clock};

/// What the thread has lived through, for the figures that tell of it.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    missed_ticks: AtomicU64,
    suspended_nanoseconds: AtomicU64,
}

impl Pulse {
    pub(super) fn missed_ticks(&self) -> f64 {
        self.missed_ticks.load(Ordering::Relaxed) as f64
    }

    pub(super) fn suspended_seconds(&self) -> f64 {
        self.suspended_nanoseconds.load(Ordering::Relaxed) as f64 / 1e9
    }

    fn note(&self, pace: &Pace) {
        let suspended = u64::try_from(pace.suspended().as_nanos()).unwrap_or(u64::MAX);
        self.missed_ticks.store(pace.missed(), Ordering::Relaxed);
        self.suspended_nanoseconds.store(suspended, Ordering::Relaxed);
    }
}

/// The parts of the thread's loop.
pub(super) struct Run {
    pub(super) pipeline: Pipeline,
    pub(super) pace: Pace,
    pub(super) pulse: Arc<Pulse>,
    pub(super) bell: Arc<Bell>,
}

impl Run {
    /// Starts the thread.
    pub(super) fn spawn(mut self) -> Result<JoinHandle<()>, Error> {
        let bell = Arc::clone(&self.bell);
        if let Clock::Manual(clock) = &self.pipeline.clock {
            let bell = Arc::clone(&bell);
            clock.on_change(move || bell.ring());
        }
        Builder::new()
            .name("resmon".to_owned())
            .spawn(move || {
                // Nothing of the pipeline should panic; if it does, the program goes on.
                let run = catch_unwind(AssertUnwindSafe(|| self.until_stopped()));
                bell.ended();
                if run.is_err() {
                    tracing::error!(target: "resmon", "the monitor's thread panicked and ended");
                }
            })
            .map_err(|cause| Error::task("start the monitor's thread").because(cause))
    }

    fn until_stopped(&mut self) {
        self.bell.answered_here();
        self.pipeline.tick(self.pipeline.clock.now(), None);
        loop {
            let now = self.pipeline.clock.now();
            if let Some(due) = self.pace.due(now) {
                self.pulse.note(&self.pace);
                self.pipeline.tick(now, due.gap);
            }
            let wish = self.bell.wait(match self.pipeline.clock {
                Clock::System => Some(self.pace.wait(self.pipeline.clock.now())),
                Clock::Manual(_) => None,
            });
            if wish.stop {
                return self.end();
            }
            if let Some(number) = wish.flush {
                self.flush();
                self.bell.flushed(number);
            }
        }
    }

    /// Whatever is due by now is in what a flush delivers.
    fn flush(&mut self) {
        let now = self.pipeline.clock.now();
        match self.pace.due(now) {
            Some(due) => {
                self.pulse.note(&self.pace);
                self.pipeline.tick(now, due.gap);
            }
            None => self.pipeline.flush(),
        }
    }

    /// A last sample, so that what the program did since the latest is told too.
    fn end(&mut self) {
        let now = self.pipeline.clock.now();
        let gap = self.pace.gap(now);
        self.pulse.note(&self.pace);
        self.pipeline.tick(now, gap);
    }
}
