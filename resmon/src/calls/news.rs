//! The mark of a shard that has calls which no reader has taken.

use super::sync::{AtomicBool, Ordering};

/// Set by one thread, taken by any.
pub(super) struct News(AtomicBool);

impl News {
    pub(super) fn none() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Says that there are calls. Who takes the mark sees all that was stored before this.
    #[inline]
    pub(super) fn tell(&self) {
        #[cfg(not(resmon_loom))]
        self.0.store(true, Ordering::Release);
        // A swap stands directly behind the store whose value it read, so a later store is
        // never overwritten by an earlier `take`. Loom does not know that of plain stores.
        #[cfg(resmon_loom)]
        self.0.swap(true, Ordering::Release);
    }

    /// Whether there are calls; if so, they count as taken.
    pub(super) fn take(&self) -> bool {
        self.0.load(Ordering::Relaxed) && self.0.swap(false, Ordering::Acquire)
    }
}
