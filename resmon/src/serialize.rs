//! What goes out to other programs through serde: times in seconds, series by name and labels.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::{Serialize, Serializer, ser::SerializeMap};

use crate::{
    History, Point,
    calls::{FunctionPoint, FunctionStats},
    recording::{FigureSummary, Mark, Recording, RunSummary},
    snapshot::{Gap, Series, Snapshot},
};

/// A wall-clock time in seconds since the Unix epoch.
pub(crate) fn epoch<S: Serializer>(time: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(seconds_since_epoch(*time))
}

/// A double tells microseconds of such a number, and no more.
pub(crate) fn seconds_since_epoch(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as f64 / 1e6
}

/// A stretch of time in seconds.
pub(crate) fn seconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64(time.as_secs_f64())
}

#[derive(Serialize)]
#[serde(rename = "Series")]
struct Described<'a> {
    name: &'a str,
    labels: Labels<'a>,
    kind: &'static str,
    unit: &'static str,
}

struct Labels<'a>(&'a Series);

impl Serialize for Labels<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.labels())
    }
}

impl<'a> From<&'a Series> for Described<'a> {
    fn from(series: &'a Series) -> Self {
        let definition = series.definition();
        let (kind, unit) = (definition.kind().as_str(), definition.unit().as_str());
        Self { name: series.name(), labels: Labels(series), kind, unit }
    }
}

/// `name`, `labels`, `kind`, `unit`.
impl Serialize for Series {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Described::from(self).serialize(to)
    }
}

/// `{"suspended_seconds": 60}`, `{"clock_stepped_seconds": -1.5}` or `{"missed_ticks": 3}`.
impl Serialize for Gap {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Suspended(time) => to.collect_map([("suspended_seconds", time.as_secs_f64())]),
            Self::ClockStepped(milliseconds) => {
                to.collect_map([("clock_stepped_seconds", milliseconds as f64 / 1e3)])
            }
            Self::Late(ticks) => to.collect_map([("missed_ticks", ticks)]),
        }
    }
}

#[derive(Serialize)]
struct Valued<'a> {
    #[serde(flatten)]
    series: Described<'a>,
    value: f64,
}

/// `sequence`, `time`, `seconds` from the start, `gap` and `figures`, each with its `value`.
impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "Snapshot")]
        struct Wire<'a> {
            sequence: u64,
            #[serde(serialize_with = "epoch")]
            time: SystemTime,
            #[serde(serialize_with = "seconds")]
            seconds: Duration,
            gap: Option<Gap>,
            figures: Vec<Valued<'a>>,
        }

        let figures = self.iter().map(|(series, value)| Valued { series: series.into(), value });
        let wire = Wire {
            sequence: self.sequence(),
            time: self.time(),
            seconds: self.since_start(),
            gap: self.gap(),
            figures: figures.collect(),
        };
        wire.serialize(to)
    }
}

/// Every sample of every series: what the series has, and its `points`.
impl Serialize for History {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "History")]
        struct Wire<'a> {
            #[serde(flatten)]
            series: Described<'a>,
            points: Vec<Point>,
        }

        let all = self.series();
        to.collect_seq(
            all.iter().map(|series| Wire { points: self.points(series), series: series.into() }),
        )
    }
}

/// `seconds` from the start, and `text`.
impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "Mark")]
        struct Wire<'a> {
            #[serde(serialize_with = "seconds")]
            seconds: Duration,
            text: &'a str,
        }

        Wire { seconds: self.since_start, text: &self.text }.serialize(to)
    }
}

/// A list a column, each with one value a sample: `time`, `seconds` from the start, `mark`, and
/// every series under its name and labels.
impl Serialize for Recording {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.series().len() + 3))?;
        let epoch = |(time, _): (SystemTime, Duration)| seconds_since_epoch(time);
        map.serialize_entry("time", &self.times().map(epoch).collect::<Vec<_>>())?;
        let seconds = self.times().map(|(_, seconds)| seconds.as_secs_f64());
        map.serialize_entry("seconds", &seconds.collect::<Vec<_>>())?;
        map.serialize_entry("mark", &self.marks_by_sample())?;
        for (place, series) in self.series().iter().enumerate() {
            let values: Vec<_> = self.values(place).collect();
            map.serialize_entry(&series.to_string(), &values)?;
        }
        map.end()
    }
}

/// What the series has, then `min`, `mean`, `max` and `p95`.
impl Serialize for FigureSummary {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "FigureSummary")]
        struct Wire<'a> {
            #[serde(flatten)]
            series: Described<'a>,
            min: f64,
            mean: f64,
            max: f64,
            p95: f64,
        }

        let (min, mean, max, p95) = (self.min(), self.mean(), self.max(), self.p95());
        Wire { series: self.series().into(), min, mean, max, p95 }.serialize(to)
    }
}

impl Serialize for RunSummary {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

/// Times in seconds, `seconds` being the length, and null where there are none.
impl Serialize for FunctionPoint {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "FunctionPoint")]
        struct Wire {
            #[serde(serialize_with = "epoch")]
            time: SystemTime,
            #[serde(serialize_with = "seconds")]
            seconds: Duration,
            calls: u64,
            errors: u64,
            panics: u64,
            cancelled: u64,
            #[serde(serialize_with = "seconds")]
            total: Duration,
            p50: Option<f64>,
            p95: Option<f64>,
            p99: Option<f64>,
            max: Option<f64>,
        }

        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
        let wire = Wire {
            time: self.time,
            seconds: self.length,
            calls: self.calls,
            errors: self.errors,
            panics: self.panics,
            cancelled: self.cancelled,
            total: self.total,
            p50: seconds(self.p50),
            p95: seconds(self.p95),
            p99: seconds(self.p99),
            max: seconds(self.max),
        };
        wire.serialize(to)
    }
}

/// Counts by result; times in seconds, and null where there are none.
impl Serialize for FunctionStats {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename = "FunctionStats")]
        struct Wire<'a> {
            id: usize,
            function: &'a str,
            module: &'a str,
            labels: BTreeMap<&'a str, &'a str>,
            metric: Option<&'a str>,
            calls: u64,
            errors: u64,
            panics: u64,
            cancelled: u64,
            rate: Option<f64>,
            total: f64,
            mean: Option<f64>,
            p50: Option<f64>,
            p95: Option<f64>,
            p99: Option<f64>,
            max: Option<f64>,
            in_flight: Option<u64>,
            slow_calls: Option<u64>,
            cpu: Option<f64>,
            allocations: Option<u64>,
            allocated_bytes: Option<u64>,
        }

        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
        let wire = Wire {
            id: self.number(),
            function: self.function(),
            module: self.module(),
            labels: self.labels().iter().copied().collect(),
            metric: self.metric(),
            calls: self.calls(),
            errors: self.errors(),
            panics: self.panics(),
            cancelled: self.cancelled(),
            rate: self.rate(),
            total: self.total().as_secs_f64(),
            mean: seconds(self.mean()),
            p50: seconds(self.p50()),
            p95: seconds(self.p95()),
            p99: seconds(self.p99()),
            max: seconds(self.max()),
            in_flight: self.in_flight(),
            slow_calls: self.slow_calls(),
            cpu: seconds(self.cpu_time()),
            allocations: self.allocations(),
            allocated_bytes: self.allocated_bytes(),
        };
        wire.serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use serde_json::{json, to_value};

    use super::*;
    use crate::{Bucket, figure::Definition};

    #[test]
    fn a_point_and_a_stretch_have_their_times_in_seconds() {
        let time = UNIX_EPOCH + Duration::from_millis(1_700_000_000_250);
        let since_start = Duration::from_millis(1_500);
        let gap = Some(Gap::ClockStepped(-250));
        let point = Point { time, since_start, value: None, gap };
        let expected = json!({
            "time": 1_700_000_000.25, "seconds": 1.5, "value": null,
            "gap": {"clock_stepped_seconds": -0.25},
        });
        assert_eq!(to_value(point).unwrap(), expected);
        let bucket = Bucket { time, since_start, min: 1.0, mean: 2.0, max: 3.0, samples: 4 };
        let expected = json!({
            "time": 1_700_000_000.25, "seconds": 1.5,
            "min": 1.0, "mean": 2.0, "max": 3.0, "samples": 4,
        });
        assert_eq!(to_value(bucket).unwrap(), expected);
        let gaps = [Gap::Suspended(Duration::from_mins(1)), Gap::Late(3)];
        let expected = json!([{"suspended_seconds": 60.0}, {"missed_ticks": 3}]);
        assert_eq!(to_value(gaps).unwrap(), expected);
    }

    #[test]
    fn a_snapshot_has_what_is_there() {
        let mut snapshot = Snapshot::empty(UNIX_EPOCH + Duration::from_secs(7));
        let series = |name: &'static str, labels: &[(&'static str, &'static str)]| {
            let labels = labels.iter().map(|(k, v)| (Cow::Borrowed(*k), Cow::Borrowed(*v)));
            Series::new(Cow::Owned(Definition::gauge(name)), labels.collect())
        };
        let all = vec![series("a", &[("zone", "\"x\"\n")]), series("b", &[])];
        snapshot.series = std::sync::Arc::new(all);
        snapshot.values = vec![Some(1.5), None];
        let expected = json!({
            "sequence": 0, "time": 7.0, "seconds": 0.0, "gap": null,
            "figures": [{
                "name": "a", "labels": {"zone": "\"x\"\n"}, "kind": "gauge", "unit": "count",
                "value": 1.5,
            }],
        });
        assert_eq!(to_value(&snapshot).unwrap(), expected);
    }
}
