//! What one function did in some stretch of time, and how that is written down in few bytes.

use super::{
    Amount, Amounts, CallResult,
    histogram::{Histogram, PAGE},
    shard::Delta,
};

/// The calls of a function that ended in a stretch of time.
#[derive(Debug, Clone, Default)]
pub(super) struct Activity {
    /// By the number of the result.
    pub(super) calls: [u64; CallResult::ALL.len()],
    /// Nanoseconds spent in the timed ones.
    pub(super) nanoseconds: u64,
    pub(super) amounts: Amounts,
    /// Durations in ticks, whatever the result.
    pub(super) histogram: Histogram,
}

impl Activity {
    pub(super) fn is_empty(&self) -> bool {
        self.calls.iter().all(|calls| *calls == 0)
    }

    /// Takes in what was added to a shard.
    pub(super) fn add(&mut self, result: CallResult, delta: &Delta, seconds_per_tick: f64) {
        let mut calls = delta.untimed;
        for &(page, bucket, added) in &delta.buckets {
            self.histogram.add(page, bucket, added);
            calls += added;
        }
        self.calls[result as usize] += calls;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time")]
        let nanoseconds = (delta.sum as f64 * seconds_per_tick * 1e9) as u64;
        self.nanoseconds += nanoseconds;
        if let Some(amounts) = &delta.amounts {
            self.add_amounts(amounts);
        }
    }

    fn add_amounts(&mut self, amounts: &Amounts) {
        for amount in Amount::ALL {
            let (known, new) = (self.amounts.get(amount), amounts.get(amount));
            let both = if amount.is_max() { known.max(new) } else { known.saturating_add(new) };
            self.amounts.set(amount, both);
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.calls.iter_mut().zip(other.calls).for_each(|(own, calls)| *own += calls);
        self.nanoseconds += other.nanoseconds;
        self.add_amounts(&other.amounts);
        self.histogram.merge(&other.histogram);
    }

    /// Back to nothing, with the room that was made for the histogram.
    pub(super) fn clear(&mut self) {
        self.histogram.clear();
        *self = Self { histogram: std::mem::take(&mut self.histogram), ..Self::default() };
    }
}

/// Appends the record of a function: its number, the length of the rest, and the rest. Every
/// number takes as many bytes as it has groups of seven bits.
pub(super) fn write(function: usize, activity: &Activity, to: &mut Vec<u8>) {
    let mut rest = Vec::with_capacity(64);
    activity.calls.iter().for_each(|calls| put(*calls, &mut rest));
    put(activity.nanoseconds, &mut rest);
    let amounts = Amount::ALL.map(|amount| activity.amounts.get(amount));
    // One bit for each amount that is there.
    let present = amounts.iter().rev().fold(0, |bits, value| bits << 1 | u64::from(*value > 0));
    put(present, &mut rest);
    amounts.iter().filter(|value| **value > 0).for_each(|value| put(*value, &mut rest));
    let mut before = 0;
    for (page, bucket, count) in activity.histogram.places() {
        let place = (page * PAGE + bucket) as u64;
        put(place - before, &mut rest);
        put(count, &mut rest);
        before = place;
    }
    put(function as u64, to);
    put(rest.len() as u64, to);
    to.extend_from_slice(&rest);
}

/// The records that were written, each with the number of its function, undecoded.
pub(super) fn records(mut bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    std::iter::from_fn(move || {
        let function = usize::try_from(take(&mut bytes)?).ok()?;
        let length = usize::try_from(take(&mut bytes)?).ok()?;
        let (record, rest) = bytes.split_at_checked(length)?;
        bytes = rest;
        Some((function, record))
    })
}

/// Adds what a record says.
pub(super) fn read(mut record: &[u8], to: &mut Activity) {
    let mut next = || take(&mut record);
    let mut read = || -> Option<()> {
        for calls in &mut to.calls {
            *calls += next()?;
        }
        to.nanoseconds += next()?;
        let present = next()?;
        let mut amounts = Amounts::default();
        for amount in Amount::ALL {
            if present >> amount as u32 & 1 == 1 {
                amounts.set(amount, next()?);
            }
        }
        to.add_amounts(&amounts);
        let mut place = 0;
        while let Some(further) = next() {
            place += usize::try_from(further).ok()?;
            to.histogram.add(place / PAGE, place % PAGE, next()?);
        }
        Some(())
    };
    let _ = read();
}

fn put(mut value: u64, to: &mut Vec<u8>) {
    while value > 0x7f {
        to.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    to.push(value.to_le_bytes()[0]);
}

fn take(from: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, rest) = from.split_first()?;
        *from = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn activity(ticks: &[(u64, u64)], calls: [u64; 4], amounts: &[u64]) -> Activity {
        let mut activity = Activity { calls, nanoseconds: 7, ..Activity::default() };
        for &(value, count) in ticks {
            let (page, bucket) = super::super::histogram::place(value);
            activity.histogram.add(page, bucket, count);
        }
        for (amount, value) in Amount::ALL.into_iter().zip(amounts) {
            activity.amounts.set(amount, *value);
        }
        activity
    }

    fn shown(activity: &Activity) -> String {
        let places: Vec<_> = activity.histogram.places().collect();
        format!("{:?}", (activity.calls, activity.nanoseconds, activity.amounts, places))
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            ticks in prop::collection::vec((any::<u64>(), 1..u64::MAX / 1_000), 0..50),
            calls in any::<[u64; 4]>(),
            amounts in prop::collection::vec(any::<u64>(), 0..=8),
            function in any::<usize>(),
        ) {
            let written = activity(&ticks, calls, &amounts);
            let mut bytes = Vec::new();
            write(3, &Activity::default(), &mut bytes);
            write(function, &written, &mut bytes);
            let all: Vec<_> = records(&bytes).collect();
            prop_assert_eq!((all.len(), all[0].0, all[1].0), (2, 3, function));
            let mut found = Activity::default();
            read(all[1].1, &mut found);
            prop_assert_eq!(shown(&found), shown(&written));
            let mut nothing = Activity::default();
            read(all[0].1, &mut nothing);
            prop_assert!(nothing.is_empty());
        }
    }

    #[test]
    fn a_record_takes_two_bytes_a_bucket_and_some() {
        let ticks: Vec<_> = (0..40).map(|step| (100_000 + step * 3_000, 3)).collect();
        let busy = activity(&ticks, [120, 0, 0, 0], &[]);
        let mut bytes = Vec::new();
        write(900, &busy, &mut bytes);
        let buckets = busy.histogram.places().count();
        assert!(bytes.len() <= 2 * buckets + 12, "{} for {buckets}", bytes.len());
        // Both together.
        let mut twice = Activity::default();
        twice.merge(&busy);
        twice.merge(&busy);
        assert_eq!((twice.calls[0], twice.histogram.count()), (240, 240));
        twice.clear();
        assert!(twice.is_empty() && twice.histogram.count() == 0 && twice.nanoseconds == 0);
    }
}
