//! The counts of one call site and result on one thread: one writer, any number of readers.
//!
//! The owner adds with plain loads and stores; no instruction is locked. It sets the mark of
//! its news last (release), a reader takes the mark first (acquire), so a reader that sees it
//! sees everything stored before it, and what is stored after sets the mark again.
//! Counts only grow; a reader remembers what it has seen and takes the difference.

use std::{array, mem, ptr, sync::atomic::AtomicUsize};

use super::{
    Amount, Amounts, CallResult,
    histogram::{Histogram, PAGE, PAGES, place},
    news::News,
    sync::{AtomicPtr, AtomicU64, Ordering},
};
use crate::alloc;

type Page = [AtomicU64; PAGE];
type More = [AtomicU64; Amount::ALL.len()];

/// Memory of a shard: 0.5 KiB, and 0.25 KiB for each power of two that its values touch.
#[repr(C, align(64))]
pub(super) struct Shard {
    count: AtomicU64,
    sum: AtomicU64,
    max: AtomicU64,
    news: &'static News,
    /// A bit for each page that there is.
    present: AtomicU64,
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
}

impl Shard {
    pub(super) fn leak(
        site: u32,
        result: CallResult,
        delivered: bool,
        news: &'static News,
    ) -> &'static Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        Box::leak(Box::new(Self {
            count: AtomicU64::new(0),
            sum: AtomicU64::new(0),
            max: AtomicU64::new(0),
            news,
            present: AtomicU64::new(0),
            pages: array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
            more: AtomicPtr::new(ptr::null_mut()),
            site,
            result,
            delivered,
            number: MADE.fetch_add(1, Ordering::Relaxed),
        }))
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
        self.news.tell();
    }

    /// Adds a call without a duration. Only the owner of the shard's slot may call it.
    #[inline]
    pub(super) fn add_untimed(&self) {
        bump(&self.count, 1);
        self.news.tell();
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
        let present = self.present.load(Ordering::Relaxed);
        self.present.store(present | 1 << index, Ordering::Relaxed);
        leaked(page)
    }

    /// Says what was added since `seen`, and what is seen now. Only after its mark was taken:
    /// what was marked before is seen then.
    pub(super) fn read(&self, seen: &mut Seen, delta: &mut Delta) {
        delta.untimed = advance(&mut seen.count, self.count.load(Ordering::Relaxed));
        delta.sum = advance(&mut seen.sum, self.sum.load(Ordering::Relaxed));
        delta.max = self.max.load(Ordering::Relaxed);
        delta.amounts = self.read_amounts(seen);
        delta.buckets.clear();
        let mut present = self.present.load(Ordering::Relaxed);
        while present != 0 {
            let index = present.trailing_zeros() as usize;
            present &= present - 1;
            let page = self.pages[index].load(Ordering::Acquire);
            if page.is_null() {
                continue;
            }
            let seen = seen.pages.page(index);
            for (bucket, (seen, counter)) in seen.iter_mut().zip(leaked(page)).enumerate() {
                match advance(seen, counter.load(Ordering::Relaxed)) {
                    0 => {}
                    added => delta.buckets.push((index, bucket, added)),
                }
            }
        }
    }

    fn read_amounts(&self, seen: &mut Seen) -> Option<Amounts> {
        let more = self.more.load(Ordering::Acquire);
        if more.is_null() {
            return None;
        }
        let seen = seen.amounts.get_or_insert_default();
        let mut amounts = Amounts::default();
        for amount in Amount::ALL {
            let now = leaked(more)[amount as usize].load(Ordering::Relaxed);
            let added = advance(&mut seen[amount as usize], now);
            // A maximum that has not risen was told of already.
            amounts.set(amount, if amount.is_max() && added > 0 { now } else { added });
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
    now.wrapping_sub(mem::replace(seen, now))
}

#[inline]
#[allow(unsafe_code, reason = "pages are made once and live as long as the process")]
fn leaked<const N: usize>(counters: *mut [AtomicU64; N]) -> &'static [AtomicU64; N] {
    // SAFETY: every non-null pointer in `pages` and `more` comes from `Box::leak` and is
    // never freed or written through but by atomics; readers load it with acquire.
    unsafe { &*counters }
}

/// What a reader has taken from a shard so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    count: u64,
    sum: u64,
    amounts: Option<Box<[u64; Amount::ALL.len()]>>,
    pages: Histogram,
}

/// What was added to a shard since it was read before.
#[derive(Debug, Default)]
pub(super) struct Delta {
    /// Calls without a duration.
    pub(super) untimed: u64,
    /// Ticks of the timed calls.
    pub(super) sum: u64,
    /// The longest call ever, in ticks.
    pub(super) max: u64,
    /// Page, bucket and the calls added to it.
    pub(super) buckets: Vec<(usize, usize, u64)>,
    /// What else was measured; of a maximum, the greatest ever, or zero if it has not risen.
    pub(super) amounts: Option<Amounts>,
}
