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
use crate::{
    Error,
    clock::{Clock, Moment},
    snapshot::Gap,
};

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
    pub(super) fn spawn(self) -> Result<JoinHandle<()>, Error> {
        let bell = Arc::clone(&self.bell);
        if let Clock::Manual(clock) = &self.pipeline.clock {
            let bell = Arc::clone(&bell);
            clock.on_change(move || bell.ring());
        }
        Builder::new()
            .name("resmon".to_owned())
            .spawn(move || {
                let _end = End(bell);
                // Dropped before the end is told: sources may have something to close.
                let mut run = self;
                run.until_stopped();
            })
            .map_err(|cause| Error::task("start the monitor's thread").because(cause))
    }

    fn until_stopped(&mut self) {
        self.bell.answered_here();
        self.tick(self.pipeline.clock.now(), None);
        loop {
            let now = self.pipeline.clock.now();
            if let Some(due) = self.pace.due(now) {
                self.tick(now, due.gap);
            }
            let wish = self.bell.wait(match self.pipeline.clock {
                Clock::System => Some(self.pace.wait(self.pipeline.clock.now())),
                Clock::Manual(_) => None,
            });
            if wish.stop {
                self.last_tick();
            } else if wish.flush.is_some() {
                self.flush();
            }
            wish.flush.into_iter().for_each(|number| self.bell.flushed(number));
            if wish.stop {
                return;
            }
        }
    }

    fn tick(&mut self, now: Moment, gap: Option<Gap>) {
        self.pulse.note(&self.pace);
        guarded(|| self.pipeline.tick(now, gap));
    }

    /// Whatever is due by now is in what a flush delivers.
    fn flush(&mut self) {
        let now = self.pipeline.clock.now();
        match self.pace.due(now) {
            Some(due) => self.tick(now, due.gap),
            None => guarded(|| self.pipeline.flush()),
        }
    }

    /// What the program did since the latest sample is told too.
    fn last_tick(&mut self) {
        let now = self.pipeline.clock.now();
        let gap = self.pace.gap(now);
        self.tick(now, gap);
    }
}

/// Whatever of the program's own panics is caught where it is called; should anything else,
/// one tick is lost and the next is taken.
fn guarded(work: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(work)).is_err() {
        tracing::error!(target: "resmon", "a tick of the monitor panicked");
    }
}

/// Says that the thread has ended, however it did.
struct End(Arc<Bell>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.ended();
    }
}
