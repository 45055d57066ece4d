//! The counts of one call site and result on one thread: one writer, any number of readers.
//!
//! The owner adds with plain loads and stores; no instruction is locked. It sets `dirty`
//! last (release), a reader takes `dirty` first (acquire), so a reader that sees the mark
//! sees everything stored before it, and what is stored after sets the mark again.
//! Counts only grow; a reader remembers what it has seen and takes the difference.

use std::{
    array, ptr,
    sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering},
};

use super::{
    Amount, Amounts, CallResult,
    histogram::{PAGE, PAGES, place},
};
use crate::alloc;

type Page = [AtomicU64; PAGE];
type More = [AtomicU64; Amount::ALL.len()];

/// Memory of a shard: 0.5 KiB, and 0.25 KiB for each power of two that its values touch.
#[repr(align(64))]
pub(super) struct Shard {
    count: AtomicU64,
    sum: AtomicU64,
    max: AtomicU64,
    dirty: AtomicBool,
    pages: [AtomicPtr<Page>; PAGES],
    /// The amounts, where there are any.
    more: AtomicPtr<More>,
    /// The id of the call site.
    pub(super) site: u32,
    pub(super) result: CallResult,
    /// Its calls were given to the program's recorder as they ended.
    pub(super) delivered: bool,
    /// The place of the shard among all of the process, by which a reader remembers it.
    pub(super) number: usize,
    /// The shard of the same slot that was made before; set before it is published.
    next: Option<&'static Shard>,
}

impl Shard {
    pub(super) fn leak(
        site: u32,
        result: CallResult,
        delivered: bool,
        next: Option<&'static Self>,
    ) -> &'static Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        Box::leak(Box::new(Self {
            count: AtomicU64::new(0),
            sum: AtomicU64::new(0),
            max: AtomicU64::new(0),
            dirty: AtomicBool::new(false),
            pages: array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            more: AtomicPtr::new(ptr::null_mut()),
            site,
            result,
            delivered,
            number: MADE.fetch_add(1, Ordering::Relaxed),
            next,
        }))
    }

    pub(super) fn next(&self) -> Option<&'static Self> {
        self.next
    }

    /// Adds a timed call. Only the owner of the shard's slot may call it.
    #[inline]
    pub(super) fn add(&self, ticks: u64) {
        let (page, bucket) = place(ticks);
        let bucket = &self.page(page)[bucket];
        bump(bucket, 1);
        bump(&self.sum, ticks);
        if ticks > self.max.load(Ordering::Relaxed) {
            self.max.store(ticks, Ordering::Relaxed);
        }
        self.dirty.store(true, Ordering::Release);
    }

    /// Adds a call without a duration. Only the owner of the shard's slot may call it.
    #[inline]
    pub(super) fn add_untimed(&self) {
        bump(&self.count, 1);
        self.dirty.store(true, Ordering::Release);
    }

    /// Adds the amounts of a call, which is to be added after. Only the owner of the shard's
    /// slot may call it.
    pub(super) fn add_amounts(&self, amounts: &Amounts) {
        let more = self.more.load(Ordering::Relaxed);
        let more = if more.is_null() { self.make_room_for_more() } else { leaked(more) };
        for amount in Amount::ALL {
            let (total, value) = (&more[amount as usize], amounts.get(amount));
            if !amount.is_max() {
                bump(total, value);
            } else if value > total.load(Ordering::Relaxed) {
                total.store(value, Ordering::Relaxed);
            }
        }
    }

    #[cold]
    fn make_room_for_more(&self) -> &More {
        let more = new_counters();
        self.more.store(more, Ordering::Release);
        leaked(more)
    }

    #[inline]
    fn page(&self, index: usize) -> &Page {
        let page = self.pages[index].load(Ordering::Relaxed);
        if page.is_null() { self.add_page(index) } else { leaked(page) }
    }

    #[cold]
    fn add_page(&self, index: usize) -> &Page {
        let page = new_counters();
        self.pages[index].store(page, Ordering::Release);
        leaked(page)
    }

    /// Gives `seen` whatever was added since the last time; None if nothing was.
    pub(super) fn read(&self, seen: &mut Seen) -> Option<Delta> {
        if !self.dirty.swap(false, Ordering::Acquire) {
            return None;
        }
        let mut delta = Delta {
            untimed: advance(&mut seen.count, self.count.load(Ordering::Relaxed)),
            sum: advance(&mut seen.sum, self.sum.load(Ordering::Relaxed)),
            max: self.max.load(Ordering::Relaxed),
            buckets: Vec::new(),
            amounts: self.read_amounts(&mut seen.amounts),
        };
        for (index, page) in self.pages.iter().enumerate() {
            let page = page.load(Ordering::Acquire);
            if page.is_null() {
                continue;
            }
            let seen = seen.pages[index].get_or_insert_with(|| Box::new([0; PAGE]));
            for (bucket, (seen, counter)) in seen.iter_mut().zip(leaked(page)).enumerate() {
                match advance(seen, counter.load(Ordering::Relaxed)) {
                    0 => {}
                    added => delta.buckets.push((index, bucket, added)),
                }
            }
        }
        Some(delta)
    }

    fn read_amounts(&self, seen: &mut [u64; Amount::ALL.len()]) -> Option<Amounts> {
        let more = self.more.load(Ordering::Acquire);
        if more.is_null() {
            return None;
        }
        let mut amounts = Amounts::default();
        for amount in Amount::ALL {
            let now = leaked(more)[amount as usize].load(Ordering::Relaxed);
            let seen = &mut seen[amount as usize];
            amounts.set(amount, if amount.is_max() { now } else { advance(seen, now) });
        }
        Some(amounts)
    }
}

/// Counters at zero, which are never freed.
fn new_counters<const N: usize>() -> *mut [AtomicU64; N] {
    let zeros = || Box::new(array::from_fn(|_| AtomicU64::new(0)));
    ptr::from_mut(Box::leak(alloc::uncounted(zeros)))
}

/// The owner's addition: a load and a store, since nobody else writes.
#[inline]
fn bump(counter: &AtomicU64, by: u64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(by), Ordering::Relaxed);
}

/// Moves `seen` to `now` and returns the distance.
fn advance(seen: &mut u64, now: u64) -> u64 {
    now.wrapping_sub(std::mem::replace(seen, now))
}

#[inline]
#[allow(unsafe_code, reason = "pages are made once and live as long as the process")]
fn leaked<const N: usize>(counters: *mut [AtomicU64; N]) -> &'static [AtomicU64; N] {
    // SAFETY: every non-null pointer in `pages` and `more` comes from `Box::leak` and is
    // never freed or written through but by atomics; readers load it with acquire.
    unsafe { &*counters }
}

/// What a reader has taken from a shard so far.
#[derive(Debug)]
pub(super) struct Seen {
    count: u64,
    sum: u64,
    amounts: [u64; Amount::ALL.len()],
    pages: [Option<Box<[u64; PAGE]>>; PAGES],
}

impl Default for Seen {
    fn default() -> Self {
        Self { count: 0, sum: 0, amounts: Default::default(), pages: array::from_fn(|_| None) }
    }
}

/// What was added to a shard since it was read before.
#[derive(Debug)]
pub(super) struct Delta {
    /// Calls without a duration.
    pub(super) untimed: u64,
    /// Ticks of the timed calls.
    pub(super) sum: u64,
    /// The longest call ever, in ticks.
    pub(super) max: u64,
    /// Page, bucket and the calls added to it.
    pub(super) buckets: Vec<(usize, usize, u64)>,
    /// What else was measured; of a maximum, the greatest ever.
    pub(super) amounts: Option<Amounts>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_takes_each_call_once_while_the_owner_writes() {
        const CALLS: u64 = if cfg!(miri) { 500 } else { 200_000 };
        let shard = Shard::leak(1, CallResult::Ok, false, None);
        let (mut calls, mut sum, mut seen) = (0, 0, Seen::default());
        let mut take = |delta: Delta| {
            calls += delta.buckets.iter().map(|(_, _, added)| added).sum::<u64>();
            sum += delta.sum;
        };
        std::thread::scope(|scope| {
            let owner = scope.spawn(|| (0..CALLS).for_each(|ticks| shard.add(ticks)));
            while !owner.is_finished() {
                shard.read(&mut seen).into_iter().for_each(&mut take);
            }
        });
        shard.read(&mut seen).into_iter().for_each(&mut take);
        assert_eq!((calls, sum), (CALLS, CALLS * (CALLS - 1) / 2));
        assert!(shard.read(&mut seen).is_none());
    }
}
