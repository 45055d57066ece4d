//! The labels of one series, in an order that makes equal ones equal.

use std::{borrow::Cow, fmt::Write};

use super::text;

/// Label names and values: sorted, each name once, none of them empty.
///
/// To Prometheus a label without a value is no label, so it is left out: two series that
/// differ only by one would be the same series twice.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Labels(Vec<(String, String)>);

impl Labels {
    /// Takes labels in any order; of two with the same name on the wire, the first stands.
    pub(crate) fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut labels = Self::default();
        labels.add_missing(pairs);
        labels
    }

    /// Adds those labels whose names are not there yet.
    pub(crate) fn add_missing<'a>(&mut self, pairs: impl IntoIterator<Item = (&'a str, &'a str)>) {
        for (key, value) in pairs {
            if value.is_empty() || key.is_empty() {
                continue;
            }
            let key = label_name(key);
            if let Err(place) = self.0.binary_search_by(|(known, _)| known.as_str().cmp(&key)) {
                self.0.insert(place, (key.into_owned(), value.to_owned()));
            }
        }
    }

    /// Without the label of that name, which the format keeps for itself.
    pub(crate) fn without(mut self, key: &str) -> Self {
        self.0.retain(|(known, _)| known != key);
        self
    }

    /// Writes `{a="1",b="2"}`, or nothing where there are none.
    pub(super) fn write(&self, out: &mut String, bound: Option<&str>) {
        let own = self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let mut separator = '{';
        for (key, value) in own.chain(bound.map(|bound| ("le", bound))) {
            // Writing to a String cannot fail.
            let _ = write!(out, "{separator}{key}=\"");
            text::escape_label(out, value);
            out.push('"');
            separator = ',';
        }
        if separator == ',' {
            out.push('}');
        }
    }
}

/// A label name that the wire can carry: one bad name would make a whole scrape fail.
fn label_name(key: &str) -> Cow<'_, str> {
    let starts_with_digit = key.starts_with(|first: char| first.is_ascii_digit());
    if !starts_with_digit && key.chars().all(is_label_char) {
        return Cow::Borrowed(key);
    }
    let fixed = key.chars().map(|c| if is_label_char(c) { c } else { '_' });
    Cow::Owned(starts_with_digit.then_some('_').into_iter().chain(fixed).collect())
}

fn is_label_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(labels: &Labels) -> String {
        let mut out = String::new();
        labels.write(&mut out, None);
        out
    }

    #[test]
    fn order_does_not_matter_and_empty_values_are_no_labels() {
        let one = Labels::new([("b", "2"), ("a", "1"), ("c", "")]);
        assert_eq!(one, Labels::new([("a", "1"), ("b", "2")]));
        assert_eq!(written(&one), r#"{a="1",b="2"}"#);
        assert_eq!(written(&Labels::new([("a", "")])), "");
    }

    #[test]
    fn values_are_escaped_and_names_put_right() {
        let odd = Labels::new([("queue name", "a\"b\\c\nd"), ("1st", "x")]);
        assert_eq!(written(&odd), r#"{_1st="x",queue_name="a\"b\\c\nd"}"#);
    }

    #[test]
    fn names_that_become_equal_appear_once() {
        assert_eq!(written(&Labels::new([("a-b", "1"), ("a_b", "2")])), r#"{a_b="1"}"#);
    }

    #[test]
    fn a_series_own_label_wins_over_a_global_one() {
        let mut own = Labels::new([("service", "mine")]);
        own.add_missing([("service", "global"), ("zone", "a")]);
        assert_eq!(written(&own), r#"{service="mine",zone="a"}"#);
    }

    #[test]
    fn the_bound_of_a_bucket_comes_last() {
        let mut out = String::new();
        Labels::new([("z", "1")]).write(&mut out, Some("0.5"));
        assert_eq!(out, r#"{z="1",le="0.5"}"#);
    }
}
