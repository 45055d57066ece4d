//! A run in few numbers.

use std::fmt;

use super::Recording;
use crate::{
    Figure,
    figure::{self, Kind, Unit},
    snapshot::Series,
};

/// Least, mean, greatest and 95th percentile of each figure of a run; of a counter those of
/// what it gained a second. Printed, it is a table of the process's CPU and memory, and of what
/// moved.
#[derive(Debug, Clone)]
pub struct RunSummary(Vec<FigureSummary>);

/// One figure of a run.
#[derive(Debug, Clone)]
pub struct FigureSummary {
    series: Series,
    min: f64,
    mean: f64,
    max: f64,
    p95: f64,
}

impl RunSummary {
    pub(super) fn of(run: &Recording) -> Self {
        let each = run.series.iter().enumerate().filter_map(|(place, series)| {
            let values: Vec<f64> = if series.definition().kind() == Kind::Counter {
                rates(run, place)
            } else {
                run.column(place).filter_map(|(_, value)| value).collect()
            };
            FigureSummary::of(series, values)
        });
        Self(each.collect())
    }

    /// That of a figure; None if it is unknown, was absent throughout, or several match.
    pub fn get(&self, figure: impl Into<Figure>) -> Option<&FigureSummary> {
        let figure = figure.into();
        let selected =
            |one: &&FigureSummary| figure.selects(one.series.name(), &one.series.labels());
        let mut matching = self.0.iter().filter(selected);
        matching.next().filter(|_| matching.next().is_none())
    }

    /// Each figure, in the order of the series.
    pub fn iter(&self) -> impl Iterator<Item = &FigureSummary> {
        self.0.iter()
    }
}

/// What a counter gained a second, between each two samples.
fn rates(run: &Recording, place: usize) -> Vec<f64> {
    let known: Vec<_> = run.column(place).filter_map(|(at, value)| Some((at, value?))).collect();
    let gain = |pair: &[(std::time::Duration, f64)]| {
        let seconds = pair[1].0.saturating_sub(pair[0].0).as_secs_f64();
        let gained = pair[1].1 - pair[0].1;
        // The last sample may come right behind the one before, which tells nothing.
        let long = seconds > 0.0 && seconds >= run.interval().as_secs_f64() / 4.0;
        (long && gained >= 0.0).then_some(gained / seconds)
    };
    known.windows(2).filter_map(gain).collect()
}

impl FigureSummary {
    fn of(series: &Series, mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        // The least value that 95 of 100 keep to.
        let rank = (values.len() * 95).div_ceil(100).max(1);
        Some(Self { series: series.clone(), min, mean, max, p95: values[rank - 1] })
    }

    /// Which figure it is.
    pub fn series(&self) -> &Series {
        &self.series
    }

    /// Whether the numbers are those of what a counter gained a second.
    pub fn is_rate(&self) -> bool {
        self.series.definition().kind() == Kind::Counter
    }

    /// The series and, of a counter, the unit of what it gained.
    fn title(&self) -> String {
        let unit = match (self.series.definition().unit(), self.is_rate()) {
            (Unit::Bytes, true) => ", B/s",
            (_, true) => ", 1/s",
            _ => "",
        };
        format!("{}{unit}", self.series)
    }

    /// The least value.
    pub fn min(&self) -> f64 {
        self.min
    }

    /// The sum of the values over their number.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The greatest value.
    pub fn max(&self) -> f64 {
        self.max
    }

    /// What 95 of 100 values keep to.
    pub fn p95(&self) -> f64 {
        self.p95
    }
}

impl fmt::Display for RunSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let always = [figure::PROCESS_CPU_UTILIZATION_RATIO, figure::PROCESS_RESIDENT_MEMORY_BYTES];
        let shown = |one: &&FigureSummary| one.min < one.max || always.contains(&one.series.name());
        let moved = self.0.iter().filter(shown);
        let rows: Vec<_> = moved.map(|one| (one.title(), one)).collect();
        let width = rows.iter().map(|(title, _)| title.len()).max().unwrap_or(0);
        writeln!(f, "{:width$} {:>12} {:>12} {:>12} {:>12}", "", "min", "mean", "max", "p95")?;
        for (title, one) in rows {
            write!(f, "{title:width$}")?;
            for value in [one.min, one.mean, one.max, one.p95] {
                write!(f, " {:>12}", short(value))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// Whole above a thousand, else with four digits.
fn short(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 || size == 0.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.5}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::run;

    fn of(name: &'static str, values: &[f64]) -> [f64; 4] {
        let rows: Vec<_> = values.iter().map(|value| [Some(*value)]).collect();
        let rows: Vec<&[_]> = rows.iter().map(|row| &row[..]).collect();
        let run = run(&[name], &rows);
        let summary = run.summary();
        let one = summary.get(name).unwrap();
        [one.min(), one.mean(), one.max(), one.p95()]
    }

    #[test]
    fn a_gauge_has_its_values_and_a_counter_its_gain() {
        let all: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(format!("{:?}", of("a", &all)), "[1.0, 50.5, 100.0, 95.0]");
        let counted = of("b_total", &[5.0, 6.0, 9.0, 9.0]);
        assert_eq!(format!("{counted:?}"), format!("{:?}", [0.0, 4.0 / 3.0, 3.0, 3.0]));
        let run = run(&["a"], &[&[None]]);
        assert!(run.summary().get("a").is_none());
    }
}
