//! Slots: what of a thread's shards other threads may see.
//!
//! A slot belongs to one thread at a time. Slots are listed and never freed: when a thread
//! ends, the next one takes its slot over and counts on top, so nothing has to be folded and
//! nothing can be lost.
//!
//! The marks that say which shards have news lie side by side, apart from the counts, so that
//! a reader passes over what has none at 64 shards a cache line.

use std::{array, iter, ptr, sync::PoisonError};

use super::{
    CallResult,
    news::News,
    shard::Shard,
    sync::{AtomicBool, AtomicPtr, Mutex, Ordering},
};

/// Shards of a site: one a result, and one more a result for calls delivered as they end.
const SHARDS: usize = 2 * CallResult::ALL.len();
/// Shards of a shelf.
const PLACES: usize = if cfg!(resmon_loom) { 2 } else { 64 };

/// Every slot of the process.
pub(super) struct Slots {
    /// The newest; each names the one before.
    newest: AtomicPtr<Slot>,
}

/// One slot.
pub(super) struct Slot {
    leased: AtomicBool,
    /// The newest shelf; each names the one before.
    shelf: AtomicPtr<Shelf>,
    /// The slot that was published before; set before this one is published.
    before: AtomicPtr<Slot>,
    /// The table that stays with the slot while nobody leases it.
    table: Mutex<Option<Table>>,
}

/// Some shards of a slot, and which of them have calls that no reader has taken.
struct Shelf {
    news: Line,
    shards: [AtomicPtr<Shard>; PLACES],
    before: Option<&'static Shelf>,
}

/// A line of the cache.
#[repr(align(64))]
struct Line([News; PLACES]);

impl Slots {
    #[cfg(not(resmon_loom))]
    pub(super) const fn new() -> Self {
        Self { newest: AtomicPtr::new(ptr::null_mut()) }
    }

    #[cfg(resmon_loom)]
    pub(super) fn new() -> Self {
        Self { newest: AtomicPtr::new(ptr::null_mut()) }
    }

    /// A slot that an ended thread left, or a new one, and its table.
    pub(super) fn lease(&self) -> (&'static Slot, Table) {
        // Acquire pairs with the release of the former owner: its plain stores are seen.
        let free = |slot: &&Slot| {
            !slot.leased.load(Ordering::Relaxed)
                && slot
                    .leased
                    .compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
        };
        if let Some(slot) = self.iter().find(free) {
            let table = slot.table.lock().unwrap_or_else(PoisonError::into_inner).take();
            return (slot, table.unwrap_or_default());
        }
        let slot: &'static Slot = Box::leak(Box::new(Slot {
            leased: AtomicBool::new(true),
            shelf: AtomicPtr::new(ptr::null_mut()),
            before: AtomicPtr::new(ptr::null_mut()),
            table: Mutex::new(None),
        }));
        self.publish(slot);
        (slot, Table::default())
    }

    /// Puts a slot at the head of the list.
    fn publish(&self, slot: &'static Slot) {
        let mut head = self.newest.load(Ordering::Acquire);
        loop {
            slot.before.store(head, Ordering::Relaxed);
            let new = ptr::from_ref(slot).cast_mut();
            match self.newest.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Acquire)
            {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    fn iter(&self) -> impl Iterator<Item = &'static Slot> {
        iter::successors(leaked(&self.newest), |slot| leaked(&slot.before))
    }

    /// Each shard of every thread that ever was, if it has calls that were not taken yet: they
    /// count as taken with this.
    pub(super) fn take_news(&self) -> impl Iterator<Item = &'static Shard> {
        self.iter().flat_map(Slot::shelves).flat_map(Shelf::take_news)
    }

    /// As if there never had been any. Stores only.
    pub(super) fn forget(&self) {
        self.newest.store(ptr::null_mut(), Ordering::Relaxed);
    }
}

impl Slot {
    /// The thread that leased it is done.
    pub(super) fn give_back(&self, table: Table) {
        *self.table.lock().unwrap_or_else(PoisonError::into_inner) = Some(table);
        self.leased.store(false, Ordering::Release);
    }

    fn shelves(&self) -> impl Iterator<Item = &'static Shelf> + use<> {
        iter::successors(leaked(&self.shelf), |shelf| shelf.before)
    }
}

impl Shelf {
    fn add_to(slot: &Slot) -> &'static Self {
        let shelf: &'static Self = Box::leak(Box::new(Self {
            news: Line(array::from_fn(|_| News::none())),
            shards: array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            before: leaked(&slot.shelf),
        }));
        slot.shelf.store(ptr::from_ref(shelf).cast_mut(), Ordering::Release);
        shelf
    }

    fn take_news(&'static self) -> impl Iterator<Item = &'static Shard> {
        let places = self.news.0.iter().zip(&self.shards);
        places.filter_map(|(news, shard)| if news.take() { leaked(shard) } else { None })
    }
}

/// The owner's way to its shards. Only the owner reads it, so it may move as it grows.
#[derive(Default)]
pub(super) struct Table {
    shards: Vec<*const Shard>,
    /// How many there are.
    made: usize,
}

#[allow(unsafe_code, reason = "a table moves to the next owner of its slot with all it points to")]
// SAFETY: the shards it points to are `'static` and `Sync`.
unsafe impl Send for Table {}

impl Table {
    /// Where the shard of a site and result is, in what [`shards`](Self::shards) gives.
    #[inline]
    pub(super) fn place(site: u32, result: CallResult, delivered: bool) -> usize {
        let delivered = if delivered { CallResult::ALL.len() } else { 0 };
        site as usize * SHARDS + delivered + result as usize
    }

    /// By [`place`](Self::place), null where there is none yet. A shard once made stays.
    pub(super) fn shards(&self) -> &[*const Shard] {
        &self.shards
    }

    /// The shard of a site and result, made at its first mention. `sites` is how many are
    /// known, so that the table moves rarely. The table must be that of the slot.
    pub(super) fn shard(
        &mut self,
        slot: &Slot,
        (site, result, delivered): (u32, CallResult, bool),
        sites: impl FnOnce() -> usize,
    ) -> &'static Shard {
        let index = Self::place(site, result, delivered);
        if index >= self.shards.len() {
            let sites = sites().max(site as usize) + 1;
            // Zeroed by the allocator: what no call touches takes no memory.
            let mut grown = vec![ptr::null(); sites.next_power_of_two() * SHARDS];
            grown[..self.shards.len()].copy_from_slice(&self.shards);
            self.shards = grown;
        }
        if let Some(shard) = leaked_ref(self.shards[index]) {
            return shard;
        }
        let place = self.made % PLACES;
        let newest = if place == 0 { None } else { leaked(&slot.shelf) };
        let here = newest.unwrap_or_else(|| Shelf::add_to(slot));
        let shard = Shard::leak(site, result, delivered, &here.news.0[place]);
        here.shards[place].store(ptr::from_ref(shard).cast_mut(), Ordering::Release);
        self.shards[index] = shard;
        self.made += 1;
        shard
    }
}

/// What such a pointer points to.
fn leaked<T>(pointer: &AtomicPtr<T>) -> Option<&'static T> {
    leaked_ref(pointer.load(Ordering::Acquire))
}

#[allow(unsafe_code, reason = "slots, shelves and shards are published by pointer")]
fn leaked_ref<T>(pointer: *const T) -> Option<&'static T> {
    // SAFETY: every non-null pointer in this module was stored from a `&'static`.
    unsafe { pointer.as_ref() }
}

#[cfg(all(test, not(resmon_loom)))]
mod tests {
    use std::thread;

    use super::*;
    use crate::calls::shard::{Delta, Seen};

    #[test]
    fn a_reader_takes_each_call_once_while_the_owner_writes() {
        const CALLS: u64 = if cfg!(miri) { 500 } else { 200_000 };
        let slots: &'static Slots = Box::leak(Box::new(Slots::new()));
        let (slot, mut table) = slots.lease();
        let shard = table.shard(slot, (1, CallResult::Ok, false), || 1);
        let (mut calls, mut sum) = (0, 0);
        let (mut seen, mut delta) = (Seen::default(), Delta::default());
        let mut take = || {
            for shard in slots.take_news() {
                shard.read(&mut seen, &mut delta);
                calls += delta.buckets.iter().map(|(_, _, added)| added).sum::<u64>();
                sum += delta.sum;
            }
        };
        thread::scope(|scope| {
            let owner = scope.spawn(|| (0..CALLS).for_each(|ticks| shard.add(ticks)));
            while !owner.is_finished() {
                take();
            }
        });
        take();
        assert_eq!((calls, sum), (CALLS, CALLS * (CALLS - 1) / 2));
        assert_eq!(slots.take_news().count(), 0);
    }

    #[test]
    fn every_shard_has_a_mark_of_its_own() {
        const SITES: u32 = 300;
        let slots: &'static Slots = Box::leak(Box::new(Slots::new()));
        let (slot, mut table) = slots.lease();
        let id = |site| (site, CallResult::Error, true);
        for site in 1..=SITES {
            table.shard(slot, id(site), || 1).add_untimed();
        }
        let mut sites: Vec<u32> = slots.take_news().map(|shard| shard.site).collect();
        sites.sort_unstable();
        assert!(sites.into_iter().eq(1..=SITES));
        table.shard(slot, id(77), || unreachable!("it is there")).add(3);
        assert!(slots.take_news().map(|shard| shard.site).eq([77]));
        assert_eq!(slots.take_news().count(), 0);
    }

    #[test]
    fn a_slot_given_back_is_leased_again_with_its_shards() {
        let slots: &'static Slots = Box::leak(Box::new(Slots::new()));
        let id = (1, CallResult::Ok, false);
        let (first, mut table) = slots.lease();
        let shard = ptr::from_ref(table.shard(first, id, || 1));
        let (second, _) = slots.lease();
        assert!(!ptr::eq(first, second));
        first.give_back(table);
        let (third, mut table) = slots.lease();
        assert!(ptr::eq(first, third));
        assert!(ptr::eq(shard, table.shard(third, id, || 1)));
    }
}
