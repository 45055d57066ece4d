//! `/proc/pressure/*`: for how long work waited for a resource.

use std::time::Duration;

use super::super::{
    parse::{number, words},
    text::lines,
};

/// The totals of a file: some work waited, all of it did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in super::super) struct Totals {
    pub(in super::super) some: Option<Duration>,
    pub(in super::super) full: Option<Duration>,
}

/// Parses a file of `/proc/pressure`, or a `*.pressure` of a control group.
pub(in super::super) fn totals(text: &[u8]) -> Option<Totals> {
    let mut totals = Totals::default();
    for line in lines(text) {
        let mut fields = words(line);
        let place = match fields.next() {
            Some(b"some") => &mut totals.some,
            Some(b"full") => &mut totals.full,
            _ => continue,
        };
        let microseconds = fields.find_map(|field| field.strip_prefix(b"total="));
        *place = microseconds.and_then(number).map(Duration::from_micros);
    }
    (totals != Totals::default()).then_some(totals)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_totals_are_in_microseconds() {
        let text = b"some avg10=0.03 avg60=0.83 avg300=3.62 total=1575163034\n\
            full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n";
        let found = totals(text).unwrap();
        assert_eq!(found.some, Some(Duration::from_micros(1_575_163_034)));
        assert_eq!(found.full, Some(Duration::from_micros(7)));
        // Before 5.13 a machine's CPU has no second line.
        let old = totals(b"some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n").unwrap();
        assert_eq!((old.some, old.full), (Some(Duration::from_micros(5)), None));
    }

    #[test]
    fn nonsense_is_nothing() {
        for text in [&b""[..], b"some total=5", b"some\n", b"some total=x\n", b"total=5\n"] {
            assert_eq!(totals(text), None, "{text:?}");
        }
    }
}
