//! A recorded run: every figure from a beginning to an end, to look at and to keep.

mod export;
mod record;
mod recorder;
mod summary;
mod taking;

#[cfg(feature = "chart")]
use std::path::PathBuf;
use std::{
    fmt,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};

pub use self::{
    record::{Recorded, record, record_async, record_with},
    recorder::Recorder,
    summary::{FigureSummary, RunSummary},
};
#[cfg(feature = "chart")]
use crate::chart::{Chart, Timeline};
use crate::{
    Error, Figure,
    snapshot::{Series, Snapshot},
};

/// Values kept at most, 16 MiB of them: a run that has more keeps every second sample, then every
/// fourth, and so on.
const MOST_VALUES: usize = 2 << 20;
/// Samples kept at most, however few values they have.
const MOST_SAMPLES: usize = 20_000;

/// The samples of a run that has ended.
///
/// Every figure is read anew for each sample, some 60 µs of CPU time: at an interval of 10 ms that
/// is half a percent of a core, at 1 ms it is most of what an idle program does. A run holds
/// 8 bytes a value, of some 170 on a small machine, and 16 MiB at most: one that is longer, two
/// minutes at 10 ms or three hours at 1 s, keeps every second sample of all of it, then every
/// fourth; [`interval`](Self::interval) tells. That memory is this process's, and in its figures.
#[derive(Clone)]
pub struct Recording {
    interval: Duration,
    series: Arc<Vec<Series>>,
    samples: Vec<Sample>,
    marks: Vec<Mark>,
    /// Every so many samples one was kept.
    kept: u64,
}

/// The values of one moment, in the order of the series; later series are missing at its end.
#[derive(Debug, Clone)]
struct Sample {
    time: SystemTime,
    since_start: Duration,
    /// A NaN is a hole, as in a monitor's history, and leaves as None.
    values: Box<[f64]>,
}

impl Sample {
    fn of(snapshot: &Snapshot) -> Self {
        let values = snapshot.values.iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        Self { time: snapshot.time, since_start: snapshot.since_start, values }
    }

    fn value(&self, place: usize) -> Option<f64> {
        self.values.get(place).copied().filter(|value| !value.is_nan())
    }
}

/// A moment of the run that was given a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// From the start of the run.
    pub since_start: Duration,
    /// What was said.
    pub text: String,
}

impl Recording {
    /// Begins to record; [`Recorder::finish`] ends it.
    ///
    /// Around a piece of work, in a program with or without a monitor. A thread samples, so the
    /// work may be async as well.
    ///
    /// # Errors
    ///
    /// Where the interval is shorter than 1 ms, the platform is not known, or no thread can be
    /// had. What cannot be read is absent from the samples.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), resmon::Error> {
    /// let recorder = resmon::Recording::start(Duration::from_millis(10))?;
    /// let list: Vec<u64> = (0..100_000).collect();
    /// recorder.mark("made");
    /// let sum: u64 = list.iter().sum();
    /// let run = recorder.finish()?;
    ///
    /// assert_eq!((sum, run.marks()[0].text.as_str()), (4_999_950_000, "made"));
    /// let summary = run.summary();
    /// let memory = summary.get("process_resident_memory_bytes").expect("recorded");
    /// assert!(memory.max() >= memory.mean());
    /// # Ok(())
    /// # }
    /// ```
    pub fn start(interval: Duration) -> Result<Recorder, Error> {
        Recorder::start(interval, None)
    }

    fn new(interval: Duration) -> Self {
        let (series, samples, marks) = (Arc::default(), Vec::new(), Vec::new());
        Self { interval, series, samples, marks, kept: 1 }
    }

    fn push(&mut self, snapshot: &Snapshot) {
        if !Arc::ptr_eq(&self.series, &snapshot.series) {
            self.series = Arc::clone(&snapshot.series);
        }
        let most = (MOST_VALUES / snapshot.values.len().max(1)).clamp(64, MOST_SAMPLES);
        if self.samples.len() >= most {
            let mut number = 0_usize;
            self.samples.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.kept *= 2;
        }
        if (snapshot.sequence - 1).is_multiple_of(self.kept) {
            self.samples.push(Sample::of(snapshot));
        }
    }

    /// Adds the last sample, where it was left out among the others.
    fn keep_last(&mut self, snapshot: &Snapshot) {
        if self.samples.last().is_none_or(|last| last.since_start < snapshot.since_start) {
            self.samples.push(Sample::of(snapshot));
        }
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// How far the samples are apart.
    pub fn interval(&self) -> Duration {
        self.interval.saturating_mul(u32::try_from(self.kept).unwrap_or(u32::MAX))
    }

    /// From the first sample to the last.
    pub fn duration(&self) -> Duration {
        let first = self.samples.first().map_or(Duration::ZERO, |first| first.since_start);
        self.samples.last().map_or(Duration::ZERO, |last| last.since_start.saturating_sub(first))
    }

    /// What was recorded: each series once.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The moments that were given a name, in their order.
    pub fn marks(&self) -> &[Mark] {
        &self.marks
    }

    /// The values of a figure with their time from the start; empty if it is unknown or
    /// several series match.
    pub fn points(&self, figure: impl Into<Figure>) -> Vec<(Duration, Option<f64>)> {
        let figure = figure.into();
        let selected = |series: &Series| figure.selects(series.name(), &series.labels());
        let mut matching = (0..self.series.len()).filter(|i| selected(&self.series[*i]));
        match (matching.next(), matching.next()) {
            (Some(place), None) => self.column(place).collect(),
            _ => Vec::new(),
        }
    }

    fn column(&self, place: usize) -> impl Iterator<Item = (Duration, Option<f64>)> {
        self.samples.iter().map(move |sample| (sample.since_start, sample.value(place)))
    }

    /// Least, mean, greatest and 95th percentile of each figure.
    pub fn summary(&self) -> RunSummary {
        RunSummary::of(self)
    }

    /// The run as a picture, with CPU above memory, and its marks.
    #[cfg(feature = "chart")]
    pub fn chart(&self) -> Chart<'_> {
        Chart::of(self)
    }

    /// Shows the run's chart in whatever the system shows pictures with, as a file in the folder
    /// for such; its path.
    ///
    /// # Errors
    ///
    /// Where the file cannot be written, or nothing can be started to show it.
    #[cfg(feature = "chart")]
    pub fn show(&self) -> Result<PathBuf, Error> {
        let name = format!("resmon-run-{}.png", std::process::id());
        let path = std::env::temp_dir().join(name);
        self.save(&path)?;
        open::that_detached(&path).map_err(|cause| {
            Error::task(format!("show the chart {}", path.display())).because(cause)
        })?;
        Ok(path)
    }

    /// Every sample as a table: a line each, the time in seconds since the Unix epoch and from
    /// the start, then a column a series. pandas reads it with `read_csv`.
    pub fn to_csv(&self) -> String {
        export::csv(self)
    }

    /// For each sample what was marked before it.
    #[cfg(feature = "serde")]
    pub(crate) fn marks_by_sample(&self) -> Vec<Option<String>> {
        export::marks(self)
    }

    /// The times of the samples, and the time from the start.
    #[cfg(any(feature = "chart", feature = "serde"))]
    pub(crate) fn times(&self) -> impl Iterator<Item = (SystemTime, Duration)> {
        self.samples.iter().map(|sample| (sample.time, sample.since_start))
    }

    /// The values of the series at that place.
    #[cfg(feature = "serde")]
    pub(crate) fn values(&self, place: usize) -> impl Iterator<Item = Option<f64>> {
        self.samples.iter().map(move |sample| sample.value(place))
    }

    /// Everything as one JSON object with a list a column, which pandas reads with `read_json`:
    /// `time`, `seconds` from the start, `mark`, and each series under its name and labels.
    #[cfg(feature = "serde")]
    pub fn to_json(&self) -> String {
        export::json(self)
    }

    /// Saves it as what the end of the path says: `.csv`, `.json` (feature `serde`), or its
    /// chart as `.png` or `.svg` (feature `chart`). A file that is there is
    /// replaced whole, or not at all.
    ///
    /// # Errors
    ///
    /// Another suffix, or a file that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Error> {
        export::save(self, path.as_ref())
    }
}

#[cfg(feature = "chart")]
impl Timeline for &Recording {
    fn series(&self) -> Arc<Vec<Series>> {
        Arc::clone(&self.series)
    }

    fn points(&self, series: &Series) -> Vec<(f64, Option<f64>)> {
        let place = self.series.iter().position(|own| own == series);
        let points = place.into_iter().flat_map(|place| self.column(place));
        points.map(|(at, value)| (at.as_secs_f64(), value)).collect()
    }

    fn range(&self) -> (f64, f64) {
        // The first sample is taken at the start, or as soon after it as one can be.
        (0.0, self.samples.last().map_or(0.0, |last| last.since_start.as_secs_f64()))
    }

    fn interval(&self) -> f64 {
        Recording::interval(self).as_secs_f64()
    }

    fn zero(&self) -> Option<SystemTime> {
        let (time, since) = self.times().last()?;
        time.checked_sub(since)
    }

    fn marks(&self) -> Vec<(f64, String)> {
        let mark = |mark: &Mark| (mark.since_start.as_secs_f64(), mark.text.clone());
        self.marks.iter().map(mark).collect()
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording")
            .field("interval", &self.interval())
            .field("samples", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::figure::Definition;

    pub(super) fn run(names: &[&'static str], rows: &[&[Option<f64>]]) -> Recording {
        let mut run = Recording::new(Duration::from_secs(1));
        let mut snapshot = Snapshot::empty(SystemTime::UNIX_EPOCH + Duration::from_secs(100));
        let series = |name: &&'static str| {
            let counter = name.ends_with("_total");
            let definition = if counter { Definition::counter } else { Definition::gauge };
            Series::new(Cow::Owned(definition(Cow::Borrowed(*name))), Vec::new())
        };
        snapshot.series = Arc::new(names.iter().map(series).collect());
        for (second, row) in rows.iter().enumerate() {
            snapshot.begin(SystemTime::UNIX_EPOCH + Duration::from_secs(100 + second as u64));
            snapshot.since_start = Duration::from_secs(second as u64);
            snapshot.values = row.to_vec();
            run.push(&snapshot);
        }
        run
    }

    #[test]
    fn a_long_run_keeps_fewer_samples_of_all_of_it() {
        const MOST: usize = MOST_SAMPLES;
        let rows = vec![&[Some(1.0)][..]; 3 * MOST];
        let run = run(&["a"], &rows);
        assert!(run.len() <= MOST && run.len() > MOST / 2, "{}", run.len());
        assert_eq!(run.interval(), Duration::from_secs(4));
        let seconds: Vec<_> = run.points("a").iter().map(|(at, _)| at.as_secs()).collect();
        assert!(seconds.iter().zip(0..).all(|(at, i)| *at == 4 * i));
    }

    #[test]
    fn what_was_absent_is_a_hole() {
        let run = run(&["a", "b"], &[&[Some(1.0)], &[None, Some(2.0)]]);
        assert_eq!(run.points("a")[1].1, None);
        assert_eq!(run.points("b").iter().map(|(_, v)| *v).collect::<Vec<_>>(), [None, Some(2.0)]);
        assert!(run.points("c").is_empty());
        assert_eq!(run.duration(), Duration::from_secs(1));
    }
}
