//! One moment's figures. Missing is not zero: a figure that could not be read is absent.

use std::{
    borrow::Cow,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::figure::{self, Definition, Figure, Unit};

/// One line on a chart: a figure and, where it has labels, their values.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    definition: Cow<'static, Definition>,
    labels: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

impl Series {
    pub(crate) fn new(
        definition: Cow<'static, Definition>,
        labels: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    ) -> Self {
        Self { definition, labels }
    }

    /// What the figure is.
    pub fn definition(&self) -> &Definition {
        &self.definition
    }

    /// The figure's name.
    pub fn name(&self) -> &str {
        self.definition.name()
    }

    /// Label names and values.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> + Clone {
        self.labels.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))
    }

    pub(crate) fn labels_shared(&self) -> &[(Cow<'static, str>, Cow<'static, str>)] {
        &self.labels
    }
}

/// That series and no other.
impl From<&Series> for Figure {
    fn from(series: &Series) -> Self {
        let labels = series.labels.iter().cloned();
        labels.fold(Self::named(series.definition.name_shared()), |figure, (key, value)| {
            figure.with(key, value)
        })
    }
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        for (i, (key, value)) in self.labels().enumerate() {
            write!(f, "{}{key}={value:?}", if i == 0 { '{' } else { ',' })?;
        }
        if self.labels.is_empty() { Ok(()) } else { f.write_str("}") }
    }
}

/// Why two neighbouring samples should not be joined by a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Gap {
    /// The machine was suspended for that long.
    Suspended(Duration),
    /// The wall clock was set by that many milliseconds, forward or back.
    ClockStepped(i64),
    /// That many ticks were missed.
    Late(u64),
}

/// The figures of one moment.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// let monitor = resmon::Monitor::builder().private().start()?;
/// let now = monitor.snapshot();
/// assert!(now.get("process_resident_memory_bytes").is_some_and(|bytes| bytes > 0.0));
/// assert!(now.get("no_such_figure").is_none());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Snapshot {
    pub(crate) sequence: u64,
    pub(crate) time: SystemTime,
    pub(crate) since_start: Duration,
    pub(crate) gap: Option<Gap>,
    pub(crate) series: Arc<Vec<Series>>,
    /// One value a series, in the same order; shorter where series were added since.
    pub(crate) values: Vec<Option<f64>>,
}

impl Snapshot {
    pub(crate) fn empty(time: SystemTime) -> Self {
        Self {
            sequence: 0,
            time,
            since_start: Duration::ZERO,
            gap: None,
            series: Arc::default(),
            values: Vec::new(),
        }
    }

    /// Becomes the next moment; the values stand until their source is read.
    pub(crate) fn begin(&mut self, time: SystemTime) {
        self.sequence += 1;
        self.time = time;
    }

    /// Becomes `other`, in the buffers that are there: a tick allocates nothing.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        let mut values = std::mem::take(&mut self.values);
        values.clone_from(&other.values);
        *self = Self { values, series: Arc::clone(&other.series), ..*other };
    }

    /// The number of this sample, counted from 1; 0 before the first.
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The wall-clock time of this sample.
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// Monotonic time since the monitor started.
    pub fn since_start(&self) -> Duration {
        self.since_start
    }

    /// Why this sample does not follow on from the one before, where it does not.
    pub fn gap(&self) -> Option<Gap> {
        self.gap
    }

    /// The value of a figure, or `None` where it is absent or several series match.
    pub fn get(&self, figure: impl Into<Figure>) -> Option<f64> {
        let figure = figure.into();
        let mut matching = self.iter().filter(|(s, _)| figure.selects(s.name(), &s.labels()));
        let (_, value) = matching.next()?;
        matching.next().is_none().then_some(value)
    }

    /// Every figure that is present, with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&Series, f64)> {
        self.series
            .iter()
            .zip(&self.values)
            .filter_map(|(series, value)| value.map(|value| (series, value)))
    }

    /// CPU use since the previous sample in percent of one core, as `top` shows it.
    ///
    /// Four busy threads on four cores give 400. Absent before the second sample.
    pub fn cpu_percent(&self) -> Option<f64> {
        let share = self.get(figure::PROCESS_CPU_UTILIZATION_RATIO)?;
        let cores = self.get(figure::RESMON_CPU_LIMIT_CORES)?;
        Some(share * cores * 100.0)
    }

    /// Resident memory in bytes.
    pub fn resident_memory_bytes(&self) -> Option<u64> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a byte count")]
        self.get(figure::PROCESS_RESIDENT_MEMORY_BYTES).map(|bytes| bytes as u64)
    }
}

/// One figure a line, with its labels and unit.
impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (series, value) in self.iter() {
            let unit = match series.definition().unit() {
                Unit::Seconds => " s",
                Unit::Bytes => " B",
                Unit::BytesPerSecond => " B/s",
                Unit::Celsius => " °C",
                Unit::Ratio | Unit::Count => "",
            };
            writeln!(f, "{series} {value}{unit}")?;
        }
        Ok(())
    }
}
