//! What the functions did of late, a second at a time, in a memory that has a bound.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::{Bound, RangeBounds},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::activity::{Activity, read, records, write};

/// Bytes that are kept at most. Where there is more to keep, what is older is kept in longer
/// stretches: two become one where that is an eighth of their age at most.
const MOST_BYTES: usize = 4 << 20;
const MOST_STRETCHES: usize = 4_096;
const OF_THEIR_AGE: u32 = 8;
/// What a stretch takes besides its records.
const EACH: usize = size_of::<Stretch>() + 16;
/// A stretch is no shorter; a tick that comes somewhat early still ends one.
const SHORTEST: Duration = Duration::from_millis(900);

/// Stretches in the order of time. Those in which nothing was called are left out.
#[derive(Debug)]
pub(super) struct Past {
    stretches: VecDeque<Stretch>,
    bytes: usize,
    /// How far back it reaches; zero where nobody wants it kept.
    length: Duration,
    /// When keeping began.
    since: Option<Instant>,
    /// The end of the latest stretch.
    cut: Option<Instant>,
}

/// What the functions did in some time.
#[derive(Debug, Clone)]
pub(super) struct Stretch {
    from: Instant,
    until: Instant,
    /// The end by the wall clock.
    time: SystemTime,
    records: Arc<[u8]>,
}

/// Which part of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Period {
    /// After that moment, whatever was done to the wall clock since.
    Since(Instant),
    /// After one time and not after the other, by the wall clock; to this day without it.
    Between(SystemTime, Option<SystemTime>),
}

impl Past {
    pub(super) const fn new() -> Self {
        Self {
            stretches: VecDeque::new(),
            bytes: 0,
            length: Duration::ZERO,
            since: None,
            cut: None,
        }
    }

    /// From now on keeps what is no older.
    pub(super) fn keep(&mut self, length: Duration, now: Instant) {
        self.length = self.length.max(length);
        self.since.get_or_insert(now);
        self.cut.get_or_insert(now);
    }

    pub(super) fn is_kept(&self) -> bool {
        !self.length.is_zero()
    }

    /// Whether a stretch may end now.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.cut.is_some_and(|cut| now.duration_since(cut) >= SHORTEST)
    }

    /// How long the stretch is that has not ended.
    pub(super) fn running(&self, now: Instant) -> Duration {
        self.cut.map_or(Duration::ZERO, |cut| now.duration_since(cut))
    }

    /// How many seconds of a period are over and may be kept.
    pub(super) fn seconds_of(&self, period: Period, now: Instant, wall: SystemTime) -> f64 {
        let Some(since) = self.since else { return 0.0 };
        let reach = now.duration_since(since).min(self.length);
        let length = match period {
            Period::Since(from) => now.duration_since(from).min(reach),
            Period::Between(from, until) => {
                let from = from.max(wall.checked_sub(reach).unwrap_or(from));
                until.unwrap_or(wall).min(wall).duration_since(from).unwrap_or_default()
            }
        };
        length.as_secs_f64()
    }

    /// Ends a stretch; each function that was called comes with its number.
    pub(super) fn end_stretch<'a>(
        &mut self,
        now: Instant,
        time: SystemTime,
        activities: impl Iterator<Item = (usize, &'a Activity)>,
    ) {
        let from = self.cut.replace(now).unwrap_or(now);
        let mut bytes = Vec::new();
        activities.for_each(|(function, activity)| write(function, activity, &mut bytes));
        if !bytes.is_empty() {
            self.push(Stretch { from, until: now, time, records: bytes.into() });
        }
        while self.stretches.front().is_some_and(|s| now.duration_since(s.until) > self.length) {
            self.drop_first();
        }
        while self.bytes > MOST_BYTES || self.stretches.len() > MOST_STRETCHES {
            self.make_room(now);
        }
    }

    fn push(&mut self, stretch: Stretch) {
        self.bytes += stretch.size();
        self.stretches.push_back(stretch);
    }

    fn drop_first(&mut self) {
        let first = self.stretches.pop_front();
        self.bytes -= first.as_ref().map_or(0, Stretch::size);
    }

    /// Joins the oldest two neighbours that may be joined, or lets go of the oldest.
    fn make_room(&mut self, now: Instant) {
        let may = |(one, next): (&Stretch, &Stretch)| {
            next.until.duration_since(one.from) <= now.duration_since(next.until) / OF_THEIR_AGE
        };
        let mut pairs = self.stretches.iter().zip(self.stretches.iter().skip(1));
        let Some(place) = pairs.position(may) else { return self.drop_first() };
        let Some(next) = self.stretches.remove(place + 1) else { return };
        let one = &mut self.stretches[place];
        self.bytes -= one.size() + next.size();
        *one = one.join(&next);
        self.bytes += one.size();
    }

    /// The stretches that end in that time: to be read without holding anybody up.
    pub(super) fn within(&self, period: Period) -> Vec<Stretch> {
        let inside = |stretch: &&Stretch| period.holds(stretch.until, stretch.time);
        self.stretches.iter().filter(inside).cloned().collect()
    }
}

impl Period {
    /// From one time to another, or without an end.
    pub(crate) fn of(times: &impl RangeBounds<SystemTime>) -> Self {
        let from = match times.start_bound() {
            Bound::Included(from) | Bound::Excluded(from) => *from,
            Bound::Unbounded => SystemTime::UNIX_EPOCH,
        };
        let until = match times.end_bound() {
            Bound::Included(until) | Bound::Excluded(until) => Some(*until),
            Bound::Unbounded => None,
        };
        Self::Between(from, until)
    }

    /// The last so long.
    pub(crate) fn last(length: Duration) -> Self {
        let since = Instant::now().checked_sub(length).map(Self::Since);
        // Longer than the machine can tell: all there is.
        since.unwrap_or(Self::Between(SystemTime::UNIX_EPOCH, None))
    }

    /// Whether what ended then, by either clock, is in it.
    pub(super) fn holds(self, ended: Instant, time: SystemTime) -> bool {
        match self {
            Self::Since(from) => from < ended,
            Self::Between(from, until) => from < time && until.is_none_or(|until| time <= until),
        }
    }
}

impl Stretch {
    fn size(&self) -> usize {
        self.records.len() + EACH
    }

    /// The end, by the wall clock.
    pub(super) fn time(&self) -> SystemTime {
        self.time
    }

    pub(super) fn length(&self) -> Duration {
        self.length_to(self)
    }

    /// From its beginning to the end of a later one.
    pub(super) fn length_to(&self, last: &Self) -> Duration {
        last.until.duration_since(self.from)
    }

    /// What each function did, by its number.
    pub(super) fn add_to(&self, all: &mut BTreeMap<usize, Activity>) {
        for (function, record) in records(&self.records) {
            read(record, all.entry(function).or_default());
        }
    }

    /// What one function did.
    pub(super) fn add_one(&self, function: usize, to: &mut Activity) {
        records(&self.records).filter(|(f, _)| *f == function).for_each(|(_, r)| read(r, to));
    }

    fn join(&self, next: &Self) -> Self {
        let mut all = BTreeMap::new();
        self.add_to(&mut all);
        next.add_to(&mut all);
        let mut bytes = Vec::with_capacity(self.records.len().max(next.records.len()));
        for (function, activity) in &all {
            write(*function, activity, &mut bytes);
        }
        Self { from: self.from, until: next.until, time: next.time, records: bytes.into() }
    }
}

#[cfg(test)]
mod tests {
    use std::ops::RangeInclusive;

    use super::*;

    fn sum(seconds: RangeInclusive<u64>) -> u64 {
        seconds.sum()
    }

    fn busy(calls: u64, ticks: u64) -> Activity {
        let mut activity = Activity { calls: [calls, 0, 0, 0], ..Activity::default() };
        let (page, bucket) = super::super::histogram::place(ticks);
        activity.histogram.add(page, bucket, calls);
        activity
    }

    /// So many seconds, in each of which so many functions were called.
    fn seconds(past: &mut Past, start: Instant, seconds: u64, functions: usize) {
        past.keep(Duration::from_hours(1), start);
        for second in 1..=seconds {
            let all: Vec<_> = (0..functions)
                .map(|f| (f, busy(second, 1_000 + f as u64 * 97 + second * 31)))
                .collect();
            let now = start + Duration::from_secs(second);
            let early = start + Duration::from_millis(second * 1_000 - 200);
            assert!(past.is_due(now) && !past.is_due(early));
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
            past.end_stretch(now, time, all.iter().map(|(f, a)| (*f, a)));
        }
    }

    fn calls(past: &Past, function: usize, from: u64, until: u64) -> u64 {
        let at = |second| SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        let mut found = Activity::default();
        let period = Period::Between(at(from), Some(at(until)));
        past.within(period).iter().for_each(|stretch| stretch.add_one(function, &mut found));
        found.calls[0]
    }

    #[test]
    fn a_window_has_the_seconds_that_end_in_it() {
        let mut past = Past::new();
        assert!(!past.is_kept());
        seconds(&mut past, Instant::now(), 600, 3);
        assert_eq!(calls(&past, 2, 100, 110), sum(101..=110));
        assert_eq!(calls(&past, 0, 0, 600), sum(1..=600));
        assert_eq!(calls(&past, 3, 0, 600), 0);
    }

    #[test]
    fn the_last_so_long_does_not_mind_a_clock_that_is_set() {
        let (mut past, start) = (Past::new(), Instant::now());
        past.keep(Duration::from_hours(1), start);
        // The wall clock goes back an hour after the thirtieth second.
        for second in 1..=60_u64 {
            let now = start + Duration::from_secs(second);
            let wall = if second <= 30 { 10_000 + second } else { 6_400 + second };
            let activity = busy(1, 1_000);
            let time = SystemTime::UNIX_EPOCH + Duration::from_secs(wall);
            past.end_stretch(now, time, [(0, &activity)].into_iter());
        }
        let (now, wall) =
            (start + Duration::from_mins(1), SystemTime::UNIX_EPOCH + Duration::from_secs(6_460));
        for last in [1, 10, 40, 60] {
            let period = Period::Since(start + Duration::from_secs(60 - last));
            assert_eq!(past.within(period).len() as u64, last);
            let seconds = past.seconds_of(period, now, wall);
            assert!((seconds - last as f64).abs() < 1e-9, "{last}: {seconds}");
        }
    }

    #[test]
    fn what_is_too_old_goes() {
        let mut past = Past::new();
        seconds(&mut past, Instant::now(), 4_000, 1);
        assert_eq!(calls(&past, 0, 0, 399), 0);
        assert_eq!(calls(&past, 0, 0, 4_000), sum(400..=4_000));
    }

    #[test]
    fn memory_has_a_bound_and_all_that_is_kept_is_exact() {
        let mut past = Past::new();
        seconds(&mut past, Instant::now(), 400, 1_500);
        assert!(past.bytes <= MOST_BYTES);
        let kept: usize = past.stretches.iter().map(Stretch::size).sum();
        assert_eq!(past.bytes, kept);
        // The last minute in its seconds, and something of everything.
        let lengths: Vec<_> = past.stretches.iter().map(|s| s.length().as_secs()).collect();
        assert!(lengths.iter().rev().take(10).all(|length| *length == 1), "{lengths:?}");
        let first = 400 - lengths.iter().sum::<u64>();
        assert!(first < 100, "it reaches back to {first}");
        assert_eq!(calls(&past, 1_499, first, 400), sum(first + 1..=400));
        assert_eq!(calls(&past, 0, 390, 400), sum(391..=400));
    }
}
