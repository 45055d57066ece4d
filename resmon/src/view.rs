//! The shared read model: what handles and the server show.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use crate::{
    calls::DEFAULT_BOUNDS, clock::Moment, history::History, selection::Selection,
    snapshot::Snapshot,
};

/// What a monitor knows now. Locks are held for the time of a copy.
pub(crate) struct View {
    pub(crate) history: History,
    pub(crate) interval: Duration,
    pub(crate) selection: Arc<Selection>,
    latest: Mutex<Latest>,
    /// What the process had done when the monitor began.
    first: OnceLock<Snapshot>,
}

struct Latest {
    snapshot: Snapshot,
    /// The one before; of sequence 0 until there were two.
    previous: Snapshot,
    /// On the monitor's clock: when the latest tick ended.
    at: Moment,
    ticks: TickDurations,
}

/// How long ticks took, by [`DEFAULT_BOUNDS`], the last bucket above all bounds.
#[derive(Debug, Clone, Default)]
pub(crate) struct TickDurations {
    pub(crate) buckets: [u64; DEFAULT_BOUNDS.len() + 1],
    pub(crate) sum: f64,
}

impl TickDurations {
    fn add(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        self.buckets[DEFAULT_BOUNDS.partition_point(|bound| *bound < seconds)] += 1;
        self.sum += seconds;
    }
}

impl View {
    pub(crate) fn new(
        history: History,
        interval: Duration,
        selection: Arc<Selection>,
        now: Moment,
    ) -> Self {
        let snapshot = Snapshot::empty(now.wall);
        let previous = snapshot.clone();
        let latest = Latest { snapshot, previous, at: now, ticks: TickDurations::default() };
        Self { history, interval, selection, latest: Mutex::new(latest), first: OnceLock::new() }
    }

    /// Takes in what a tick has found.
    pub(crate) fn remember(&self, snapshot: &Snapshot) {
        self.history.push(snapshot);
        self.first.get_or_init(|| snapshot.clone());
        let mut latest = self.latest();
        let Latest { snapshot: known, previous, .. } = &mut *latest;
        std::mem::swap(known, previous);
        known.copy_from(snapshot);
    }

    pub(crate) fn tick_ended(&self, at: Moment, took: Duration) {
        let mut latest = self.latest();
        latest.at = at;
        latest.ticks.add(took);
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        self.latest().snapshot.clone()
    }

    /// The sample the monitor began with.
    pub(crate) fn first(&self) -> Option<&Snapshot> {
        self.first.get()
    }

    #[cfg(feature = "prometheus")]
    pub(crate) fn tick_durations(&self) -> TickDurations {
        self.latest().ticks.clone()
    }

    /// How long ago the latest tick ended, on the monitor's clock.
    pub(crate) fn age(&self, now: Moment) -> Duration {
        now.monotonic.saturating_sub(self.latest().at.monotonic)
    }

    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("View").field("history", &self.history).finish_non_exhaustive()
    }
}
