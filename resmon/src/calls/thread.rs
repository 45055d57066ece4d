//! The shards of this thread.
//!
//! A thread leases a [`slot`](super::slot) at its first call and gives it back when it ends.
//! Calls made after that (in later destructors of thread-locals) use one shared slot behind a
//! lock.

use std::{
    cell::{Cell, RefCell},
    mem, ptr,
};

use super::{
    Amounts, CallResult, CallSite, Measure, registry,
    shard::Shard,
    slot::{Slot, Slots, Table},
};
use crate::fork::{self, PerProcess, per_process};

/// Where a thread finds its shards: see [`Table::place`]; null where untouched.
#[derive(Clone, Copy)]
struct View {
    shards: *const *const Shard,
    len: usize,
}

impl View {
    const EMPTY: Self = Self { shards: ptr::null(), len: 0 };
}

thread_local! {
    /// Has no destructor, so reading it costs one addressing mode; empty before the first
    /// call and after the slot was given back.
    static VIEW: Cell<View> = const { Cell::new(View::EMPTY) };
    /// The thread's slot; its destructor gives it back.
    static LEASE: RefCell<Option<Lease>> = const { RefCell::new(None) };
}

/// Counts a call in the thread's shard; false if it has none yet for this site and result.
#[inline(always)]
#[allow(clippy::inline_always, reason = "on every call; a frame costs as much as the work")]
#[allow(unsafe_code, reason = "the table is read on every call")]
pub(super) fn record<K: Measure>(
    site: u32,
    result: CallResult,
    ticks: u64,
    amounts: Option<&Amounts>,
) -> bool {
    let view = VIEW.get();
    let index = Table::place(site, result, false);
    if index >= view.len {
        return false;
    }
    // SAFETY: `view` describes the table of this thread's slot, whose only user is this
    // thread, and is renewed whenever the table moves; `index` is below its length.
    let shard = unsafe { *view.shards.add(index) };
    if shard.is_null() {
        return false;
    }
    // SAFETY: non-null entries come from `Shard::leak` and live as long as the process.
    add::<K>(unsafe { &*shard }, ticks, amounts);
    true
}

#[inline]
fn add<K: Measure>(shard: &Shard, ticks: u64, amounts: Option<&Amounts>) {
    if let Some(amounts) = amounts {
        shard.add_amounts(amounts);
    }
    if K::CLOCK { shard.add(ticks) } else { shard.add_untimed() }
}

/// Counts the first call of a thread, a site or a result: the one that allocates.
///
/// `delivered` says that a recorder is given the call as it ends.
pub(super) fn record_first<K: Measure>(
    site: &'static CallSite,
    result: CallResult,
    ticks: u64,
    amounts: Option<&Amounts>,
    delivered: bool,
) {
    let id = site.registered_id();
    let leased = LEASE.try_with(|lease| {
        let mut lease = lease.try_borrow_mut().ok()?;
        if lease.as_ref().is_some_and(|lease| lease.generation != fork::generation()) {
            // The parent's, which the child must not give back.
            mem::forget(lease.take());
        }
        let lease = lease.get_or_insert_with(Lease::take);
        // The table may move: nothing must look where it was.
        VIEW.set(View::EMPTY);
        let shard = lease.shard(id, result, delivered);
        VIEW.set(lease.view());
        Some(shard)
    });
    match leased {
        Ok(Some(shard)) => add::<K>(shard, ticks, amounts),
        // After the lease was given back.
        Ok(None) | Err(_) => shared::<K>(id, result, ticks, amounts, delivered),
    }
}

/// Counts a call of a thread that has no slot any more.
fn shared<K: Measure>(
    site: u32,
    result: CallResult,
    ticks: u64,
    amounts: Option<&Amounts>,
    delivered: bool,
) {
    static SHARED: PerProcess<Option<Lease>> = per_process!(None);
    let mut shared = SHARED.lock();
    let lease = shared.get_or_insert_with(Lease::take);
    let own = lease.shard(site, result, delivered);
    // The lock makes this thread the only writer for now.
    add::<K>(own, ticks, amounts);
}

#[cfg(not(resmon_loom))]
static SLOTS: Slots = Slots::new();
#[cfg(resmon_loom)]
loom::lazy_static! {
    static ref SLOTS: Slots = Slots::new();
}

/// The shards with calls that nobody has read, which count as read with this.
pub(super) fn take_news() -> impl Iterator<Item = &'static Shard> {
    SLOTS.take_news()
}

/// Leaves the parent's slots to the parent. In a forked child before it does anything else;
/// stores only.
pub(super) fn forget_parent() {
    SLOTS.forget();
    VIEW.set(View::EMPTY);
}

/// A thread's hold on a slot.
struct Lease {
    slot: &'static Slot,
    table: Table,
    generation: usize,
}

impl Lease {
    fn take() -> Self {
        let (slot, table) = SLOTS.lease();
        Self { slot, table, generation: fork::generation() }
    }

    fn shard(&mut self, site: u32, result: CallResult, delivered: bool) -> &'static Shard {
        self.table.shard(self.slot, (site, result, delivered), registry::len)
    }

    fn view(&self) -> View {
        let shards = self.table.shards();
        View { shards: shards.as_ptr(), len: shards.len() }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        VIEW.set(View::EMPTY);
        if self.generation == fork::generation() {
            self.slot.give_back(mem::take(&mut self.table));
        }
    }
}
