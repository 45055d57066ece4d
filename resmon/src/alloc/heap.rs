//! What of the heap is in use, all threads together.

use std::{
    array,
    cell::Cell,
    sync::atomic::{AtomicI64, AtomicUsize, Ordering},
};

/// Threads beyond so many share a part.
const PARTS: usize = 64;

/// One part of the sum, in cache lines of its own: threads that allocate do not wait for one
/// another. A block freed by another thread than made it leaves one part too high and one too
/// low, and the sum right.
#[repr(align(128))]
struct Part(AtomicI64);

static IN_USE: [Part; PARTS] = [const { Part(AtomicI64::new(0)) }; PARTS];

thread_local! {
    /// The number of the thread's part; `PARTS` until it has one. Without a destructor.
    static PART: Cell<usize> = const { Cell::new(PARTS) };
}

/// Adds so many bytes, or takes them away.
#[inline]
pub(super) fn add(bytes: i64) {
    let own = PART.get();
    let part = IN_USE.get(own).unwrap_or_else(|| choose());
    part.0.fetch_add(bytes, Ordering::Relaxed);
}

#[cold]
fn choose() -> &'static Part {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    let own = THREADS.fetch_add(1, Ordering::Relaxed) % PARTS;
    PART.set(own);
    &IN_USE[own]
}

/// Bytes in use now.
pub(super) fn in_use() -> u64 {
    let parts: [i64; PARTS] = array::from_fn(|i| IN_USE[i].0.load(Ordering::Relaxed));
    // While the parts are read one after the other a block may move between them.
    u64::try_from(parts.iter().sum::<i64>()).unwrap_or(0)
}
