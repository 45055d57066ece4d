//! What each thread has allocated.

#[cfg(feature = "count-alloc")]
mod counting;
#[cfg(feature = "count-alloc")]
mod heap;

use std::{
    cell::Cell,
    sync::atomic::{AtomicBool, Ordering},
};

#[cfg(feature = "count-alloc")]
pub use counting::CountingAllocator;

/// What a thread has allocated so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Allocated {
    pub(crate) count: u64,
    pub(crate) bytes: u64,
}

static COUNTS: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Without a destructor: it may be used whenever the thread allocates.
    static ALLOCATED: Cell<Allocated> = const { Cell::new(Allocated { count: 0, bytes: 0 }) };
}

/// Whether the program has the counting allocator.
pub(crate) fn is_counting() -> bool {
    COUNTS.load(Ordering::Relaxed)
}

/// Bytes of the heap in use by all threads; None without the counting allocator.
pub(crate) fn heap_in_use() -> Option<u64> {
    #[cfg(feature = "count-alloc")]
    let in_use = is_counting().then(heap::in_use);
    #[cfg(not(feature = "count-alloc"))]
    let in_use = None;
    in_use
}

/// What this thread has allocated so far.
pub(crate) fn allocated() -> Allocated {
    ALLOCATED.get()
}

/// Runs resmon's own work, whose allocations are no call's.
pub(crate) fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    struct Back(Allocated);

    impl Drop for Back {
        fn drop(&mut self) {
            ALLOCATED.set(self.0);
        }
    }

    let _back = Back(ALLOCATED.get());
    work()
}

#[cfg(feature = "count-alloc")]
fn count(bytes: usize) {
    if !COUNTS.load(Ordering::Relaxed) {
        COUNTS.store(true, Ordering::Relaxed);
    }
    let Allocated { count, bytes: before } = ALLOCATED.get();
    let bytes = before.wrapping_add(bytes as u64);
    ALLOCATED.set(Allocated { count: count.wrapping_add(1), bytes });
}
