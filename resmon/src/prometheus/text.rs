//! Writing the Prometheus text format, version 0.0.4.

use std::{collections::BTreeMap, fmt::Write};

use super::labels::Labels;
use crate::figure::Kind;

/// What `/metrics` says it is.
#[cfg(feature = "server")]
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All series of one name: one HELP line, one TYPE line, then the series in a fixed order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Family {
    pub(crate) kind: Kind,
    pub(crate) help: String,
    series: BTreeMap<Labels, Value>,
}

/// What one series shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Number(f64),
    Histogram(Distribution),
}

/// A histogram with the count of each bucket, the last one past every bound.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Distribution {
    pub(crate) bounds: Vec<f64>,
    pub(crate) buckets: Vec<u64>,
    pub(crate) sum: f64,
}

impl Family {
    pub(crate) fn new(kind: Kind, help: &str) -> Self {
        Self { kind, help: help.to_owned(), series: BTreeMap::new() }
    }

    /// Adds a series unless an equal one is there: who comes first wins.
    pub(crate) fn add(&mut self, labels: Labels, value: Value) {
        self.series.entry(labels).or_insert(value);
    }

    pub(crate) fn into_series(self) -> impl Iterator<Item = (Labels, Value)> {
        self.series.into_iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.series.is_empty()
    }

    /// Writes the family under `name`.
    pub(crate) fn write(&self, out: &mut String, name: &str) {
        write_help(out, name, &self.help);
        write_type(out, name, self.kind.as_str());
        for (labels, value) in &self.series {
            match value {
                Value::Number(value) => write_sample(out, name, "", labels, None, *value),
                Value::Histogram(distribution) => distribution.write(out, name, labels),
            }
        }
    }
}

impl Distribution {
    fn write(&self, out: &mut String, name: &str, labels: &Labels) {
        let mut cumulative = 0_u64;
        let bounds = self.bounds.iter().map(|bound| number(*bound));
        for (bound, bucket) in bounds.zip(&self.buckets) {
            cumulative = cumulative.saturating_add(*bucket);
            write_sample(out, name, "_bucket", labels, Some(&bound), cumulative as f64);
        }
        // The total from the very buckets shown: it can never be less than one of them.
        let total = self.buckets.iter().copied().fold(0, u64::saturating_add) as f64;
        write_sample(out, name, "_bucket", labels, Some("+Inf"), total);
        write_sample(out, name, "_sum", labels, None, self.sum);
        write_sample(out, name, "_count", labels, None, total);
    }
}

/// Writes a HELP line; a family without help gets none.
pub(super) fn write_help(out: &mut String, name: &str, help: &str) {
    if help.is_empty() {
        return;
    }
    // Here and below: writing to a String cannot fail.
    let _ = write!(out, "# HELP {name} ");
    for c in help.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
    out.push('\n');
}

pub(super) fn write_type(out: &mut String, name: &str, kind: &str) {
    let _ = writeln!(out, "# TYPE {name} {kind}");
}

fn write_sample(
    out: &mut String,
    name: &str,
    suffix: &str,
    labels: &Labels,
    bound: Option<&str>,
    value: f64,
) {
    let _ = write!(out, "{name}{suffix}");
    labels.write(out, bound);
    let _ = writeln!(out, " {}", number(value));
}

pub(super) fn escape_label(out: &mut String, value: &str) {
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            other => out.push(other),
        }
    }
}

/// A number as Prometheus writes it: as many digits as say exactly this value, no exponent.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, family: &Family) -> String {
        let mut out = String::new();
        family.write(&mut out, name);
        out
    }

    #[test]
    fn a_family_has_its_help_and_type_once_and_its_series_in_order() {
        let mut family = Family::new(Kind::Gauge, "Jobs \\ waiting,\nby queue.");
        family.add(Labels::new([("queue", "b")]), Value::Number(2.0));
        family.add(Labels::new([("queue", "a")]), Value::Number(0.25));
        let expected = "# HELP depth Jobs \\\\ waiting,\\nby queue.\n\
                        # TYPE depth gauge\n\
                        depth{queue=\"a\"} 0.25\n\
                        depth{queue=\"b\"} 2\n";
        assert_eq!(written("depth", &family), expected);
    }

    #[test]
    fn the_first_of_two_equal_series_stands() {
        let mut family = Family::new(Kind::Counter, "");
        family.add(Labels::default(), Value::Number(1.0));
        family.add(Labels::default(), Value::Number(2.0));
        assert_eq!(written("x_total", &family), "# TYPE x_total counter\nx_total 1\n");
    }

    #[test]
    fn buckets_are_cumulative_and_end_in_infinity() {
        let mut family = Family::new(Kind::Histogram, "");
        let value = Distribution { bounds: vec![0.005, 1.0], buckets: vec![1, 2, 4], sum: 9.5 };
        family.add(Labels::new([("f", "x")]), Value::Histogram(value));
        let expected = "# TYPE d_seconds histogram\n\
                        d_seconds_bucket{f=\"x\",le=\"0.005\"} 1\n\
                        d_seconds_bucket{f=\"x\",le=\"1\"} 3\n\
                        d_seconds_bucket{f=\"x\",le=\"+Inf\"} 7\n\
                        d_seconds_sum{f=\"x\"} 9.5\n\
                        d_seconds_count{f=\"x\"} 7\n";
        assert_eq!(written("d_seconds", &family), expected);
    }

    #[test]
    fn numbers_keep_every_digit_and_special_values_have_their_spelling() {
        assert_eq!(number(0.1 + 0.2), "0.30000000000000004");
        assert_eq!(number(1_700_000_000.25), "1700000000.25");
        assert_eq!(number(f64::INFINITY), "+Inf");
        assert_eq!(number(f64::NEG_INFINITY), "-Inf");
        assert_eq!(number(f64::NAN), "NaN");
    }
}
