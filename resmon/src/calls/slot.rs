//! The shards of a thread, and how a thread comes by them.
//!
//! A slot belongs to one thread at a time. Slots are listed globally and never freed: when
//! a thread ends, the next one takes its slot over and counts on top, so nothing has to be
//! folded and nothing can be lost. Calls made after a thread gave its slot back (in later
//! destructors of thread-locals) use one shared slot behind a lock.

use std::{
    cell::{Cell, RefCell},
    ptr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicPtr, Ordering},
    },
};

use super::{Amounts, CallResult, CallSite, Measure, shard::Shard};
use crate::fork::{self, PerProcess, per_process};

/// Shards of a site: one a result, and one more a result for calls delivered as they end.
const SHARDS: usize = 2 * CallResult::ALL.len();

/// Where a thread finds its shards: see [`place`]; null where untouched.
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
    let index = place(site, result, false);
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
fn place(site: u32, result: CallResult, delivered: bool) -> usize {
    let delivered = if delivered { CallResult::ALL.len() } else { 0 };
    site as usize * SHARDS + delivered + result as usize
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
            std::mem::forget(lease.take());
        }
        let lease = lease.get_or_insert_with(Lease::take);
        // The table may move: nothing must look where it was.
        VIEW.set(View::EMPTY);
        let shard = lease.table.shard(&lease.slot.shards, id, result, delivered);
        VIEW.set(lease.table.view());
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
    let own = lease.table.shard(&lease.slot.shards, site, result, delivered);
    // The lock makes this thread the only writer for now.
    add::<K>(own, ticks, amounts);
}

/// What a reader may see of a slot.
pub(super) struct Slot {
    /// The newest shard; each names the one before.
    shards: AtomicPtr<Shard>,
    leased: AtomicBool,
    /// The slot that was published before; set before this one is published.
    next: AtomicPtr<Slot>,
    /// The table that travels with the slot while nobody leases it.
    table: Mutex<Option<Table>>,
}

static SLOTS: AtomicPtr<Slot> = AtomicPtr::new(ptr::null_mut());

impl Slot {
    const fn new() -> Self {
        Self {
            shards: AtomicPtr::new(ptr::null_mut()),
            leased: AtomicBool::new(true),
            next: AtomicPtr::new(ptr::null_mut()),
            table: Mutex::new(None),
        }
    }

    fn newest(&self) -> Option<&'static Shard> {
        shard_ref(self.shards.load(Ordering::Acquire))
    }
}

/// Puts a slot at the head of the list.
fn publish(slot: &'static Slot) {
    let mut head = SLOTS.load(Ordering::Acquire);
    loop {
        slot.next.store(head, Ordering::Relaxed);
        let new = ptr::from_ref(slot).cast_mut();
        match SLOTS.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return,
            Err(now) => head = now,
        }
    }
}

fn slots() -> impl Iterator<Item = &'static Slot> {
    let mut here = slot_ref(SLOTS.load(Ordering::Acquire));
    std::iter::from_fn(move || {
        let slot = here?;
        here = slot_ref(slot.next.load(Ordering::Acquire));
        Some(slot)
    })
}

/// Every shard of every thread that ever was.
pub(super) fn shards() -> impl Iterator<Item = &'static Shard> {
    slots().flat_map(|slot| std::iter::successors(slot.newest(), |shard| shard.next()))
}

#[allow(unsafe_code, reason = "slots are listed by pointer, which a compare-exchange needs")]
fn slot_ref(slot: *mut Slot) -> Option<&'static Slot> {
    // SAFETY: only `publish` stores into the list, from `&'static` references.
    unsafe { slot.as_ref() }
}

#[allow(unsafe_code, reason = "the newest shard is published by pointer")]
fn shard_ref(shard: *mut Shard) -> Option<&'static Shard> {
    // SAFETY: only `Table::shard` stores into it, from the `&'static` of `Shard::leak`.
    unsafe { shard.as_ref() }
}

/// Leaves the parent's slots to the parent. In a forked child before it does anything else;
/// stores only.
pub(super) fn forget_parent() {
    SLOTS.store(ptr::null_mut(), Ordering::Relaxed);
    VIEW.set(View::EMPTY);
}

/// A thread's hold on a slot.
struct Lease {
    slot: &'static Slot,
    table: Table,
    generation: usize,
}

impl Lease {
    /// A slot that an ended thread left, or a new one.
    fn take() -> Self {
        let generation = fork::generation();
        // Acquire pairs with the release in `drop`: the former owner's plain stores are seen.
        let free = |slot: &&Slot| {
            !slot.leased.load(Ordering::Relaxed)
                && slot
                    .leased
                    .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
        };
        if let Some(slot) = slots().find(free) {
            let table = slot.table.lock().unwrap_or_else(PoisonError::into_inner).take();
            return Self { slot, table: table.unwrap_or_default(), generation };
        }
        let slot: &'static Slot = Box::leak(Box::new(Slot::new()));
        publish(slot);
        Self { slot, table: Table::default(), generation }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        VIEW.set(View::EMPTY);
        if self.generation != fork::generation() {
            return;
        }
        let table = std::mem::take(&mut self.table);
        *self.slot.table.lock().unwrap_or_else(PoisonError::into_inner) = Some(table);
        self.slot.leased.store(false, Ordering::Release);
    }
}

/// The owner's way to its shards. Only the owner reads it, so it may move as it grows.
#[derive(Default)]
struct Table(Vec<*const Shard>);

#[allow(unsafe_code, reason = "a table moves to the next owner of its slot with all it points to")]
// SAFETY: the shards it points to are `'static` and `Sync`.
unsafe impl Send for Table {}

impl Table {
    fn view(&self) -> View {
        View { shards: self.0.as_ptr(), len: self.0.len() }
    }

    /// The shard of a site and result, made at its first mention.
    fn shard(
        &mut self,
        newest: &AtomicPtr<Shard>,
        site: u32,
        result: CallResult,
        delivered: bool,
    ) -> &'static Shard {
        let index = place(site, result, delivered);
        if index >= self.0.len() {
            // Room for the sites known now, so that the table moves rarely.
            let sites = super::registry::len().max(site as usize) + 1;
            self.0.resize(sites.next_power_of_two() * SHARDS, ptr::null());
        }
        if let Some(shard) = shard_ref(self.0[index].cast_mut()) {
            return shard;
        }
        let before = shard_ref(newest.load(Ordering::Relaxed));
        let shard = Shard::leak(site, result, delivered, before);
        self.0[index] = shard;
        newest.store(ptr::from_ref(shard).cast_mut(), Ordering::Release);
        shard
    }
}
