//! Values as people read them.

use std::time::Duration;

use crate::figure::Unit;

/// Between a number and its unit, and between groups of digits: narrow, and no line break.
const THIN: char = '\u{202f}';

/// A figure's value in a unit of fitting size.
pub(crate) fn readable(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Seconds => seconds(value),
        Unit::Bytes => bytes(value),
        Unit::Ratio => percent(value),
        Unit::Count => count(value),
        Unit::BytesPerSecond => format!("{}/s", bytes(value)),
        Unit::Celsius => format!("{}{THIN}°C", digits(value)),
    }
}

/// A share of a whole, 0 to 1, as percent.
pub(crate) fn percent(share: f64) -> String {
    format!("{}{THIN}%", digits(share * 100.0))
}

/// Bytes in steps of 1024.
pub(crate) fn bytes(value: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut scaled = value;
    let mut place = 0;
    // What would be shown as 1024 of a unit is 1 of the next.
    while scaled.abs() >= 1023.5 && place + 1 < units.len() {
        scaled /= 1024.0;
        place += 1;
    }
    format!("{}{THIN}{}", digits(scaled), units[place])
}

/// A number of things: large ones whole and in groups of three digits.
pub(crate) fn count(value: f64) -> String {
    if value.abs() < 1000.0 {
        return digits(value);
    }
    let whole = format!("{value:.0}");
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole.as_str()), |rest| ("-", rest));
    let mut out = sign.to_owned();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(THIN);
        }
        out.push(digit);
    }
    out
}

/// A time: below a minute in one unit, above in two.
pub(crate) fn seconds(value: f64) -> String {
    let size = value.abs();
    let scaled = |factor: f64, unit: &str| format!("{}{THIN}{unit}", digits(value * factor));
    match size {
        0.0 => format!("0{THIN}s"),
        _ if size < 0.999_5e-6 => scaled(1e9, "ns"),
        _ if size < 0.999_5e-3 => scaled(1e6, "µs"),
        _ if size < 0.999_5 => scaled(1e3, "ms"),
        _ if size < 59.95 => scaled(1.0, "s"),
        _ => long(value),
    }
}

/// A time of a minute and more.
fn long(value: f64) -> String {
    let Ok(size) = Duration::try_from_secs_f64(value.abs().round()) else { return count(value) };
    let (minutes, seconds) = (size.as_secs() / 60, size.as_secs() % 60);
    let (hours, minutes) = (minutes / 60, minutes % 60);
    let (days, hours) = (hours / 24, hours % 24);
    let sign = if value < 0.0 { "-" } else { "" };
    let two = |a: u64, one: &str, b: u64, other: &str| {
        if b == 0 {
            format!("{sign}{a}{THIN}{one}")
        } else {
            format!("{sign}{a}{THIN}{one} {b}{THIN}{other}")
        }
    };
    match (days, hours) {
        (0, 0) => two(minutes, "min", seconds, "s"),
        (0, _) => two(hours, "h", minutes, "min"),
        _ => two(days, "d", hours, "h"),
    }
}

/// Three digits that count, without zeros at the end.
fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.0995 => 2,
        _ => 3,
    };
    let text = format!("{value:.decimals$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace(THIN, " ")
    }

    #[test]
    fn each_unit_has_its_way() {
        for (value, unit, expected) in [
            (0.1234, Unit::Ratio, "12.3 %"),
            (1.0, Unit::Ratio, "100 %"),
            (0.0, Unit::Ratio, "0 %"),
            (512.0, Unit::Bytes, "512 B"),
            (1023.9, Unit::Bytes, "1 KiB"),
            (5.5 * 1024.0 * 1024.0, Unit::Bytes, "5.5 MiB"),
            (123_456_789_012.0, Unit::Bytes, "115 GiB"),
            (7.0, Unit::Count, "7"),
            (1.5, Unit::Count, "1.5"),
            (1000.0, Unit::Count, "1 000"),
            (1_234_567.0, Unit::Count, "1 234 567"),
            (-0.000_1, Unit::Count, "0"),
            (0.0, Unit::Seconds, "0 s"),
            (2.5e-8, Unit::Seconds, "25 ns"),
            (0.000_123_4, Unit::Seconds, "123 µs"),
            (0.025, Unit::Seconds, "25 ms"),
            (0.9999, Unit::Seconds, "1 s"),
            (59.97, Unit::Seconds, "1 min"),
            (125.0, Unit::Seconds, "2 min 5 s"),
            (3600.0, Unit::Seconds, "1 h"),
            (90_061.0, Unit::Seconds, "1 d 1 h"),
        ] {
            assert_eq!(plain(&readable(value, unit)), expected, "{value}");
        }
    }

    #[test]
    fn huge_and_odd_values_are_no_trouble() {
        for value in [f64::MAX, f64::MIN, f64::INFINITY, f64::NAN, f64::MIN_POSITIVE] {
            for unit in [Unit::Seconds, Unit::Bytes, Unit::Ratio, Unit::Count] {
                assert!(!readable(value, unit).is_empty());
            }
        }
    }
}
