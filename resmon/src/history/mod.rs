//! What the figures were: every sample for a while, and what they come to for longer.

mod ring;
mod tier;
mod window;

use std::{
    collections::BTreeMap,
    fmt,
    ops::RangeBounds,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use ring::Ring;
#[cfg(feature = "server")]
pub(crate) use ring::Sample;
use tier::{Sum, Tier};
pub use window::Window;

use crate::{
    Figure,
    snapshot::{Gap, Series, Snapshot},
};

/// The samples a monitor keeps: the last ten minutes at the default of one a second.
///
/// A handle: clones share the samples. Memory is 8 bytes a sample and series, some 700 KiB by
/// default on a machine with two CPUs and four interfaces, which it takes as samples come, and
/// never grows beyond.
///
/// With [`retain`](crate::Builder::retain) it keeps the least, the mean and the greatest value
/// of each ten seconds for a sixth of that time, and of each minute for all of it: 32 bytes
/// each and series, 92 KiB a series for a day.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use resmon::{ManualClock, Monitor};
///
/// # fn main() -> Result<(), resmon::Error> {
/// let clock = ManualClock::new();
/// let mut depth = 0.0;
/// let monitor = Monitor::builder()
///     .private()
///     .clock(clock.clone())
///     .gauge("queue_depth", move || {
///         depth += 1.0;
///         depth
///     })
///     .start()?;
/// for _ in 0..3 {
///     clock.advance(Duration::from_secs(1));
///     monitor.flush();
/// }
/// let window = monitor.history().window("queue_depth", Duration::from_secs(3)).expect("samples");
/// assert_eq!((window.min(), window.mean(), window.max(), window.last()), (2.0, 3.0, 4.0, 4.0));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct History(Arc<Mutex<Kept>>);

/// What is kept.
struct Kept {
    ring: Ring,
    /// From the shortest stretches to the longest.
    tiers: Vec<Tier>,
}

impl Kept {
    /// From when on the samples are asked, then each tier: what is older is asked of the next
    /// one, from the beginning of one of its stretches, so that nothing counts twice.
    fn begins(&self) -> Vec<Duration> {
        let mut known = self.ring.first().map_or(Duration::ZERO, |row| row.since_start);
        let mut begins = Vec::new();
        for tier in &self.tiers {
            match tier.first().filter(|first| *first < known) {
                Some(first) => {
                    begins.push(tier.end_of_stretch(known));
                    known = first;
                }
                None => begins.push(known),
            }
        }
        begins.push(known);
        begins
    }
}

/// A figure over a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Bucket {
    /// The wall-clock time of the first sample in it, or somewhat before.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::epoch"))]
    pub time: SystemTime,
    /// When it begins, in monotonic time since the monitor started.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "seconds", serialize_with = "crate::serialize::seconds")
    )]
    pub since_start: Duration,
    /// The least value.
    pub min: f64,
    /// The sum of the values over their number.
    pub mean: f64,
    /// The greatest value.
    pub max: f64,
    /// How many values there were.
    pub samples: u64,
}

/// A figure's value at a time.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Point {
    /// The wall-clock time of the sample.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::serialize::epoch"))]
    pub time: SystemTime,
    /// Monotonic time since the monitor started: what distances should be taken on.
    #[cfg_attr(
        feature = "serde",
        serde(rename = "seconds", serialize_with = "crate::serialize::seconds")
    )]
    pub since_start: Duration,
    /// The value; None where the figure was absent.
    pub value: Option<f64>,
    /// Why the sample does not follow on from the one before, where it does not.
    pub gap: Option<Gap>,
}

impl History {
    /// `retain` is for how long stretches are kept, if at all.
    pub(crate) fn new(capacity: usize, retain: Option<Duration>) -> Self {
        let tiers = retain.into_iter().flat_map(|retain| {
            [(Duration::from_secs(10), retain / 6), (Duration::from_mins(1), retain)]
        });
        let tiers = tiers.map(|(step, length)| Tier::new(step, length)).collect();
        Self(Arc::new(Mutex::new(Kept { ring: Ring::new(capacity), tiers })))
    }

    pub(crate) fn push(&self, snapshot: &Snapshot) {
        let mut kept = self.kept();
        kept.ring.push(snapshot);
        kept.tiers.iter_mut().for_each(|tier| tier.push(snapshot));
    }

    /// Every series that has been sampled.
    pub fn series(&self) -> Arc<Vec<Series>> {
        self.kept().ring.series()
    }

    /// When the latest sample was taken, from the start of the monitor.
    #[cfg(feature = "chart")]
    pub(crate) fn latest(&self) -> Option<Duration> {
        Some(self.kept().ring.latest()?.since_start)
    }

    /// When the latest sample was taken, by the wall clock.
    #[cfg(feature = "chart")]
    pub(crate) fn latest_time(&self) -> Option<SystemTime> {
        Some(self.kept().ring.latest()?.time)
    }

    /// When the first sample was taken of those that are kept.
    #[cfg(feature = "chart")]
    pub(crate) fn begins(&self) -> Duration {
        self.kept().ring.first().map_or(Duration::ZERO, |row| row.since_start)
    }

    /// How long ago that began of which anything is kept.
    #[cfg(any(feature = "chart", feature = "server"))]
    pub(crate) fn reach(&self) -> Duration {
        let kept = self.kept();
        let latest = kept.ring.latest().map_or(Duration::ZERO, |row| row.since_start);
        let first = kept.begins().into_iter().min().unwrap_or_default();
        latest.saturating_sub(first)
    }

    /// The samples up to that moment, oldest first, so many at most: each with its value of
    /// every series.
    #[cfg(feature = "server")]
    pub(crate) fn rows(&self, until: Duration, most: usize) -> Vec<Sample> {
        self.kept().ring.samples(until, most)
    }

    /// How many samples are kept now.
    pub fn len(&self) -> usize {
        self.kept().ring.len()
    }

    /// Whether no sample is kept yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many samples are kept at most.
    pub fn capacity(&self) -> usize {
        self.kept().ring.capacity()
    }

    /// The mean, least, greatest and last value within the window that ends at the latest
    /// sample: later than `length` before it.
    ///
    /// None if the figure was absent throughout, or several series match.
    pub fn window(&self, figure: impl Into<Figure>, length: Duration) -> Option<Window> {
        let Kept { ring, .. } = &*self.kept();
        let column = ring.column(&figure.into())?;
        let end = ring.latest()?.since_start;
        let inside = |at: Duration| end.saturating_sub(at) < length;
        Window::of(ring.points(column).filter(|p| inside(p.since_start)).filter_map(|p| p.value))
    }

    /// Every sample of a figure, oldest first; empty if it is unknown or several series match.
    pub fn points(&self, figure: impl Into<Figure>) -> Vec<Point> {
        let Kept { ring, .. } = &*self.kept();
        let column = ring.column(&figure.into());
        column.map(|column| ring.points(column).collect()).unwrap_or_default()
    }

    /// The samples of a figure from one time to another, oldest first: `from..to`, `from..`, by
    /// the wall clock.
    pub fn points_in(
        &self,
        figure: impl Into<Figure>,
        times: impl RangeBounds<SystemTime>,
    ) -> Vec<Point> {
        let mut points = self.points(figure);
        points.retain(|point| times.contains(&point.time));
        points
    }

    /// What a figure was over the `last` so long, a `step` at a time, oldest first: from every
    /// sample as far back as they reach, and from there on from what they come to. Stretches
    /// without a value are left out.
    ///
    /// Empty if the figure is unknown, several series match, or `step` is zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use resmon::{ManualClock, Monitor};
    ///
    /// # fn main() -> Result<(), resmon::Error> {
    /// let clock = ManualClock::new();
    /// let mut depth = 0.0;
    /// let monitor = Monitor::builder()
    ///     .private()
    ///     .clock(clock.clone())
    ///     .history(Duration::from_secs(60))
    ///     .retain(Duration::from_hours(1))
    ///     .gauge("queue_depth", move || {
    ///         depth += 1.0;
    ///         depth
    ///     })
    ///     .start()?;
    /// for _ in 0..600 {
    ///     clock.advance(Duration::from_secs(1));
    ///     monitor.flush();
    /// }
    /// let minutes = monitor.history().buckets(
    ///     "queue_depth",
    ///     Duration::from_mins(10),
    ///     Duration::from_mins(1),
    /// );
    /// assert_eq!((minutes[1].min, minutes[1].max, minutes[1].samples), (61.0, 120.0, 60));
    /// # Ok(())
    /// # }
    /// ```
    pub fn buckets(
        &self,
        figure: impl Into<Figure>,
        last: Duration,
        step: Duration,
    ) -> Vec<Bucket> {
        let kept = self.kept();
        let latest = kept.ring.latest();
        let (Some(column), Some(latest)) = (kept.ring.column(&figure.into()), latest) else {
            return Vec::new();
        };
        let from = latest.since_start.saturating_sub(last);
        let mut all: BTreeMap<u128, (SystemTime, Sum)> = BTreeMap::new();
        let mut put = |at: Duration, time: SystemTime, sum: &Sum| {
            if at >= from
                && let Some(number) = at.as_nanos().checked_div(step.as_nanos())
            {
                let (first, known) = all.entry(number).or_insert((time, Sum::NONE));
                *first = (*first).min(time);
                known.merge(sum);
            }
        };
        let begins = kept.begins();
        let (ring_from, tiers_until) = (begins[0], &begins);
        for point in kept.ring.points(column).filter(|point| point.since_start >= ring_from) {
            if let Some(value) = point.value {
                let mut sum = Sum::NONE;
                sum.add(value);
                put(point.since_start, point.time, &sum);
            }
        }
        for (i, tier) in kept.tiers.iter().enumerate() {
            let begin = tiers_until.get(i + 1).copied().unwrap_or_default();
            let within = |at: &Duration| (begin..tiers_until[i]).contains(at);
            for (at, time, sum) in tier.sums(column).filter(|(at, ..)| within(at)) {
                put(at, time, &sum);
            }
        }
        let each = all.into_iter().filter_map(|(number, (time, sum))| {
            let nanoseconds = u64::try_from(number * step.as_nanos()).ok()?;
            sum.bucket(Duration::from_nanos(nanoseconds), time)
        });
        each.collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History").field("samples", &self.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::{figure::Definition, snapshot::Series};

    /// A day of one sample a second, whose value is the second.
    fn day(kept: u64, retain: Option<Duration>, seconds: u64) -> History {
        let history = History::new(usize::try_from(kept).unwrap(), retain);
        let mut snapshot = Snapshot::empty(SystemTime::UNIX_EPOCH);
        let definition = Cow::Owned(Definition::gauge("a"));
        snapshot.series = Arc::new(vec![Series::new(definition, Vec::new())]);
        for second in 0..seconds {
            snapshot.begin(SystemTime::UNIX_EPOCH + Duration::from_secs(second));
            snapshot.since_start = Duration::from_secs(second);
            snapshot.values = vec![Some(second as f64)];
            history.push(&snapshot);
        }
        history
    }

    #[test]
    fn every_sample_is_in_one_bucket_however_old_it_is() {
        const SECONDS: u64 = 7_213;
        // 95 samples, then ten seconds for 20 minutes, then minutes for two hours.
        let history = day(95, Some(Duration::from_hours(2)), SECONDS);
        for (last, step) in [(7_200, 600), (7_200, 60), (1_200, 60), (600, 10), (60, 7), (90, 1)] {
            let (length, step) = (Duration::from_secs(last), Duration::from_secs(step));
            let buckets = history.buckets("a", length, step);
            let samples: u64 = buckets.iter().map(|bucket| bucket.samples).sum();
            // The first stretch may begin before the time that is asked for, by a minute.
            assert!(samples <= last + 1 && samples + 60 > last, "{last} {step:?}: {samples}");
            let sum: f64 = buckets.iter().map(|bucket| bucket.mean * bucket.samples as f64).sum();
            let first = SECONDS - samples;
            let expected: f64 = (first..SECONDS).map(|second| second as f64).sum();
            assert!((sum - expected).abs() < 1e-3, "{last} {step:?}: {sum} {expected}");
            assert!(buckets.windows(2).all(|pair| pair[0].max < pair[1].min), "{last} {step:?}");
        }
    }

    #[test]
    fn without_retaining_there_are_the_samples_alone() {
        let history = day(100, None, 1_000);
        let buckets = history.buckets("a", Duration::from_secs(1_000), Duration::from_secs(50));
        let found: Vec<_> = buckets.iter().map(|b| (b.since_start.as_secs(), b.samples)).collect();
        assert_eq!(found, [(900, 50), (950, 50)]);
        assert!(history.buckets("b", Duration::MAX, Duration::from_secs(1)).is_empty());
        assert!(history.buckets("a", Duration::MAX, Duration::ZERO).is_empty());
    }
}
