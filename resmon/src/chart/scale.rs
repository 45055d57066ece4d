//! Where the lines of the grid lie, and what they are called.

/// What an axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    Percent,
    Bytes,
    BytesPerSecond,
    PerSecond,
    Seconds,
    Celsius,
    Count,
}

/// The values of an axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) high: f64,
    /// The lines of the grid, and what is written beside them.
    pub(super) ticks: Vec<(f64, String)>,
    /// The unit of what is written, such as `MiB/s`.
    pub(super) unit: &'static str,
    /// What values are divided by for that unit, and the digits that tell two steps apart.
    factor: f64,
    decimals: usize,
}

impl Scale {
    /// From zero, or below, to above the values, in some five steps.
    pub(super) fn of(measure: Measure, values: impl Iterator<Item = f64>) -> Self {
        let (mut low, mut high) = (0.0_f64, 0.0_f64);
        for value in values {
            // Beyond these the steps themselves could not be told from nothing, or from infinity.
            let value = value.clamp(-1e300, 1e300);
            (low, high) = (low.min(value), high.max(value));
        }
        if high - low < 1e-300 {
            high = low + 1.0;
        }
        if measure == Measure::Percent {
            // Noise should not look like work.
            high = high.max(5.0);
        }
        let (factor, unit) = unit(measure, high.max(-low));
        let step = nice((high - low) / factor / 5.0) * factor;
        // A number of steps: well within what an integer holds.
        let steps = |value: f64| value / step;
        let (first, last) = (steps(low).floor(), steps(high * 1.02).ceil());
        let (low, high) = (first * step, last * step);
        let decimals = decimals(step / factor);
        let mut ticks = Vec::new();
        let mut number = first;
        while number <= last + 0.5 {
            let value = number * step;
            // No minus before a zero.
            let shown = if number == 0.0 { 0.0 } else { value / factor };
            ticks.push((value, format!("{shown:.decimals$}")));
            number += 1.0;
        }
        Self { low, high, ticks, unit, factor, decimals }
    }

    /// A value with its unit, to a digit more than the steps.
    pub(super) fn write(&self, value: f64) -> String {
        format!("{:.*} {}", self.decimals + 1, value / self.factor, self.unit).trim_end().to_owned()
    }

    /// Its lowest, or its highest, value with its unit.
    pub(super) fn write_end(&self, value: f64) -> String {
        format!("{:.*} {}", self.decimals, value / self.factor, self.unit).trim_end().to_owned()
    }

    /// Where a value lies, from 0 at the bottom to 1 at the top.
    pub(super) fn place(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }
}

/// By what values are divided for a unit that gives short numbers, and the unit.
fn unit(measure: Measure, greatest: f64) -> (f64, &'static str) {
    const BYTES: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    const RATES: [&str; 6] = ["B/s", "KiB/s", "MiB/s", "GiB/s", "TiB/s", "PiB/s"];

    let binary = |names: [&'static str; 6]| {
        let (mut factor, mut name) = (1.0, names[0]);
        for larger in &names[1..] {
            if greatest < 1024.0 * factor {
                break;
            }
            (factor, name) = (factor * 1024.0, larger);
        }
        (factor, name)
    };
    match measure {
        Measure::Percent => (1.0, "%"),
        Measure::Bytes => binary(BYTES),
        Measure::BytesPerSecond => binary(RATES),
        Measure::PerSecond => (1.0, "1/s"),
        Measure::Seconds if greatest < 1e-3 => (1e-6, "µs"),
        Measure::Seconds if greatest < 1.0 => (1e-3, "ms"),
        Measure::Seconds => (1.0, "s"),
        Measure::Celsius => (1.0, "°C"),
        Measure::Count => (1.0, ""),
    }
}

/// The least of 1, 2 or 5 times a power of ten that is not below.
fn nice(step: f64) -> f64 {
    let power = 10_f64.powf(step.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0].into_iter().find(|times| times * power >= step * 0.999);
    times.unwrap_or(10.0) * power
}

/// Digits behind the point that tell two steps apart.
fn decimals(step: f64) -> usize {
    (0..9).find(|digits| step * 10_f64.powi(*digits) >= 0.999).map_or(9, i32::unsigned_abs) as usize
}

/// The lines of the grid on the axis of time, and what is written beneath them.
pub(super) fn times(from: f64, to: f64, most: usize) -> Vec<(f64, String)> {
    const STEPS: [f64; 21] = [
        0.001, 0.01, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0,
        1_800.0, 3_600.0, 7_200.0, 14_400.0, 43_200.0, 86_400.0,
    ];
    let length = (to - from).max(f64::MIN_POSITIVE);
    let fits = |step: &f64| length / step <= most as f64;
    let step = STEPS.into_iter().find(fits).unwrap_or(length / most.max(1) as f64);
    let mut ticks = Vec::new();
    let mut number = (from / step).ceil();
    while number * step <= to + step * 1e-6 {
        let at = number * step;
        ticks.push((at, Clock::of(from, to).write(at, step)));
        number += 1.0;
    }
    ticks
}

/// The unit of such numbers.
pub(super) fn time_unit(from: f64, to: f64) -> &'static str {
    match Clock::of(from, to) {
        Clock::Seconds => "s",
        Clock::Minutes => "min:s",
        Clock::Hours => "h:min",
    }
}

/// How times are written: `12`, `1:30` or `14:00`.
#[derive(Debug, Clone, Copy)]
enum Clock {
    Seconds,
    Minutes,
    Hours,
}

impl Clock {
    fn of(from: f64, to: f64) -> Self {
        match from.abs().max(to.abs()) {
            longest if longest < 600.0 => Self::Seconds,
            longest if longest < 7_200.0 => Self::Minutes,
            _ => Self::Hours,
        }
    }

    /// A time from the start; behind it one before, with its minus.
    fn write(self, at: f64, step: f64) -> String {
        let sign = if at < -step / 2.0 { "\u{2212}" } else { "" };
        let at = at.abs();
        let seconds = at.round();
        match self {
            Self::Seconds => format!("{sign}{at:.*}", decimals(step)),
            Self::Minutes => {
                let (minutes, seconds) = ((seconds / 60.0).floor(), seconds % 60.0);
                format!("{sign}{minutes:.0}:{seconds:02.0}")
            }
            Self::Hours => {
                let minutes = (seconds / 60.0).floor();
                let (hours, minutes) = ((minutes / 60.0).floor(), minutes % 60.0);
                format!("{sign}{hours:.0}:{minutes:02.0}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(measure: Measure, values: &[f64]) -> (Vec<String>, &'static str) {
        let scale = Scale::of(measure, values.iter().copied());
        assert!(values.iter().all(|value| (0.0..=1.0).contains(&scale.place(*value))));
        (scale.ticks.into_iter().map(|(_, text)| text).collect(), scale.unit)
    }

    #[test]
    fn steps_are_round_and_units_fit() {
        let of = |measure, values: &[f64]| {
            let (ticks, unit) = shown(measure, values);
            format!("{} {unit}", ticks.join(" "))
        };
        assert_eq!(of(Measure::Percent, &[3.0, 97.0]), "0 20 40 60 80 100 %");
        assert_eq!(of(Measure::Percent, &[0.2]), "0 1 2 3 4 5 6 %");
        assert_eq!(of(Measure::Bytes, &[70.0 * 1_048_576.0]), "0 20 40 60 80 MiB");
        assert_eq!(of(Measure::Bytes, &[1_300.0 * 1_048_576.0]), "0.0 0.5 1.0 1.5 GiB");
        assert_eq!(of(Measure::BytesPerSecond, &[900.0]), "0 200 400 600 800 1000 B/s");
        assert_eq!(of(Measure::Seconds, &[0.0004]), "0 100 200 300 400 500 µs");
        assert_eq!(of(Measure::Count, &[-3.0, 4.0]), "-4 -2 0 2 4 6 ");
        assert_eq!(of(Measure::Count, &[]), "0.0 0.2 0.4 0.6 0.8 1.0 1.2 ");
    }

    #[test]
    fn the_largest_and_the_smallest_values_have_an_axis_with_an_end() {
        for value in [f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324, -5e-324, 1e299] {
            let scale = Scale::of(Measure::Count, [value, 0.0].into_iter());
            assert!((2..=12).contains(&scale.ticks.len()), "{value}: {}", scale.ticks.len());
            assert!(scale.low.is_finite() && scale.high.is_finite() && scale.low < scale.high);
        }
        let both = Scale::of(Measure::Bytes, [f64::MAX, f64::MIN].into_iter());
        assert!((2..=12).contains(&both.ticks.len()), "{}", both.ticks.len());
    }

    #[test]
    fn times_are_seconds_then_minutes_then_hours() {
        let of = |from, to| {
            let ticks = times(from, to, 8);
            ticks.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(of(0.0, 5.04), "0 1 2 3 4 5");
        assert_eq!(of(0.0, 0.8), "0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8");
        assert_eq!(of(-60.0, 0.0), "−60 −50 −40 −30 −20 −10 0");
        assert_eq!(of(0.0, 599.0), "0 120 240 360 480");
        assert_eq!(of(0.0, 600.0), "0:00 2:00 4:00 6:00 8:00 10:00");
        assert_eq!(of(0.0, 86_400.0), "0:00 4:00 8:00 12:00 16:00 20:00 24:00");
    }
}
