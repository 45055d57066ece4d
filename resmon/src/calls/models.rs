//! Models of how threads share shards and slots: loom runs each in every order that the
//! memory model allows, up to some preemptions.
//!
//! `RUSTFLAGS="--cfg resmon_loom" cargo test -p resmon --no-default-features --lib models`

use std::{collections::HashMap, mem, ptr};

use loom::{
    model::Builder,
    thread::{self, JoinHandle},
};

use super::{
    Amount, Amounts, CallResult,
    shard::{Delta, Seen},
    slot::Slots,
};

type Id = (u32, CallResult, bool);

const ID: Id = (1, CallResult::Ok, false);
const OTHER: Id = (2, CallResult::Panic, false);

fn check(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(model);
}

fn slots() -> &'static Slots {
    Box::leak(Box::new(Slots::new()))
}

/// A reader, and all it has taken so far.
#[derive(Default)]
struct Reader {
    seen: HashMap<usize, Seen>,
    delta: Delta,
    calls: u64,
    sum: u64,
    polls: u64,
}

impl Reader {
    fn take(&mut self, slots: &'static Slots) {
        for shard in slots.take_news() {
            shard.read(self.seen.entry(shard.number).or_default(), &mut self.delta);
            let delta = &self.delta;
            let timed: u64 = delta.buckets.iter().map(|(_, _, added)| added).sum();
            self.calls += delta.untimed + timed;
            self.sum += delta.sum;
            self.polls += delta.amounts.as_ref().map_or(0, |amounts| amounts.get(Amount::Polls));
            // What runs backwards comes out as a huge difference.
            assert!(self.calls < 100 && self.sum < 1_000 && self.polls < 100);
        }
    }
}

/// In a thread of its own: loom does not try the other threads before the first access that
/// the model's own thread makes after it started them.
fn reads_meanwhile(slots: &'static Slots) -> JoinHandle<Reader> {
    thread::spawn(move || {
        let mut reader = Reader::default();
        reader.take(slots);
        reader
    })
}

#[test]
fn each_call_is_taken_once_whenever_the_reader_looks() {
    check(|| {
        let slots = slots();
        let owner = thread::spawn(move || {
            let (slot, mut table) = slots.lease();
            let shard = table.shard(slot, ID, || 1);
            shard.add(1);
            shard.add(5);
            mem::forget(table);
        });
        let mut reader = reads_meanwhile(slots).join().unwrap();
        owner.join().unwrap();
        reader.take(slots);
        assert_eq!((reader.calls, reader.sum), (2, 6));
        assert_eq!(slots.take_news().count(), 0);
    });
}

#[test]
fn amounts_are_taken_once_too() {
    check(|| {
        let slots = slots();
        let owner = thread::spawn(move || {
            let (slot, mut table) = slots.lease();
            let shard = table.shard(slot, ID, || 1);
            let mut amounts = Amounts::default();
            amounts.set(Amount::Polls, 3);
            for _ in 0..2 {
                shard.add_amounts(&amounts);
                shard.add_untimed();
            }
            mem::forget(table);
        });
        let mut reader = reads_meanwhile(slots).join().unwrap();
        owner.join().unwrap();
        reader.take(slots);
        assert_eq!((reader.calls, reader.polls), (2, 6));
    });
}

#[test]
fn shards_are_made_while_a_reader_passes() {
    check(|| {
        let slots = slots();
        let owner = thread::spawn(move || {
            let (slot, mut table) = slots.lease();
            // A shelf holds two here: the third stands on another.
            for id in [ID, OTHER, (3, CallResult::Error, false)] {
                table.shard(slot, id, || 3).add_untimed();
            }
            mem::forget(table);
        });
        let mut reader = reads_meanwhile(slots).join().unwrap();
        owner.join().unwrap();
        reader.take(slots);
        assert_eq!(reader.calls, 3);
    });
}

#[test]
fn two_threads_never_lease_one_slot() {
    check(|| {
        let slots = slots();
        let lease = move || {
            let (slot, mut table) = slots.lease();
            table.shard(slot, ID, || 1).add_untimed();
            mem::forget(table);
            ptr::from_ref(slot).addr()
        };
        let other = thread::spawn(lease);
        let own = lease();
        assert_ne!(own, other.join().unwrap());
        let mut reader = Reader::default();
        reader.take(slots);
        assert_eq!(reader.calls, 2);
    });
}

#[test]
fn the_next_thread_counts_on_where_one_ended() {
    check(|| {
        let slots = slots();
        let live = move || {
            let (slot, mut table) = slots.lease();
            table.shard(slot, ID, || 1).add(7);
            slot.give_back(table);
        };
        let (one, other) = (thread::spawn(live), thread::spawn(live));
        let mut reader = reads_meanwhile(slots).join().unwrap();
        one.join().unwrap();
        other.join().unwrap();
        live();
        reader.take(slots);
        assert_eq!((reader.calls, reader.sum), (3, 21));
    });
}
