//! Which figures a panel shows, and how.

use std::time::{Duration, SystemTime};

use super::{
    line::Line,
    panel::{Panel, Panels},
    scale::Measure,
    timeline::Timeline,
    words::Words,
};
use crate::{
    Figure,
    calls::{self, Period},
    figure::{self, Kind, Unit},
    snapshot::Series,
};

/// What a panel is about.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Subject {
    Cpu,
    Memory,
    Disk,
    Network,
    Pressure,
    Figures(Vec<Figure>),
    Functions(Vec<String>),
}

/// A limit is shown where it is at most so many times as high as the values: a line far above
/// would leave nothing to be seen of them.
const NEAR: f64 = 3.0;
/// Points of a function's line.
const MOST_POINTS: usize = 1_000;
/// Neighbours are joined unless more than so many intervals are between them.
const JOINED: f64 = 3.5;

pub(super) fn panels(timeline: &dyn Timeline, subjects: &[Subject], words: &Words) -> Panels {
    let all = timeline.series();
    let reader = Reader { timeline, all: &all, apart: timeline.interval() * JOINED, words };
    let (from, to) = timeline.range();
    let panels = subjects.iter().map(|subject| reader.panel(subject)).collect();
    Panels { from, to, all: panels, marks: timeline.marks() }
}

struct Reader<'a> {
    timeline: &'a dyn Timeline,
    all: &'a [Series],
    apart: f64,
    words: &'a Words,
}

impl Reader<'_> {
    fn panel(&self, subject: &Subject) -> Panel {
        let words = self.words;
        let total = |name, key, value| Figure::named(name).with(key, value);
        let (title, measure, lines) = match subject {
            Subject::Cpu => {
                let own = Figure::named(figure::PROCESS_CPU_UTILIZATION_RATIO);
                let machine = Figure::named(figure::SYSTEM_CPU_UTILIZATION_RATIO);
                let lines = [(&words.this_process, own), (&words.machine, machine)];
                (&words.cpu, Measure::Percent, self.lines(lines, 100.0))
            }
            Subject::Memory => {
                let resident = Figure::named(figure::PROCESS_RESIDENT_MEMORY_BYTES);
                let heap = Figure::named(figure::PROCESS_HEAP_BYTES);
                let lines = [(&words.resident, resident), (&words.heap, heap)];
                (&words.memory, Measure::Bytes, self.lines(lines, 1.0))
            }
            Subject::Disk => {
                let of = |way| total(figure::PROCESS_DISK_IO_BYTES_TOTAL, "disk_io_direction", way);
                let lines = [(&words.read, of("read")), (&words.write, of("write"))];
                (&words.disk, Measure::BytesPerSecond, self.lines(lines, 1.0))
            }
            Subject::Network => {
                let lines = [
                    (&words.receive, figure::SYSTEM_NETWORK_RECEIVE_BYTES_PER_SECOND),
                    (&words.send, figure::SYSTEM_NETWORK_TRANSMIT_BYTES_PER_SECOND),
                ];
                let lines = lines.map(|(name, figure)| (name, Figure::named(figure)));
                (&words.network, Measure::BytesPerSecond, self.lines(lines, 1.0))
            }
            Subject::Pressure => {
                let lines = [
                    ("CPU", figure::NODE_PRESSURE_CPU_WAITING_SECONDS_TOTAL),
                    ("memory", figure::NODE_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL),
                    ("I/O", figure::NODE_PRESSURE_IO_WAITING_SECONDS_TOTAL),
                ];
                let lines = lines.map(|(name, figure)| (name, Figure::named(figure)));
                (&words.pressure, Measure::Percent, self.lines(lines, 100.0))
            }
            Subject::Figures(figures) => return self.of_figures(figures),
            Subject::Functions(names) => {
                let lines = names.iter().map(|name| self.function(name));
                let lines = lines.filter(|line| !line.is_empty()).collect();
                (&words.functions, Measure::Seconds, lines)
            }
        };
        let cpus = if *subject == Subject::Cpu { self.cpus() } else { None };
        let title = cpus.map_or_else(|| title.to_string(), |cpus| format!("{title}, {cpus}"));
        let limits = if *subject == Subject::Memory { self.limits(&lines) } else { Vec::new() };
        Panel { title, measure, lines, limits, bands: Vec::new() }
    }

    /// A line for each series that one of the figures means.
    fn of_figures(&self, figures: &[Figure]) -> Panel {
        let meant = |series: &&Series| {
            figures.iter().any(|figure| figure.selects(series.name(), &series.labels()))
        };
        let series: Vec<_> = self.all.iter().filter(meant).collect();
        let measure = series.first().map_or(Measure::Count, |series| measure(series));
        let factor = if measure == Measure::Percent { 100.0 } else { 1.0 };
        let of = |series: &&Series| self.line(&series.to_string(), &[*series], factor);
        let lines: Vec<_> = series.iter().map(of).collect();
        let title = match figures {
            [figure] => figure.name().to_owned(),
            _ => self.words.figures.to_string(),
        };
        Panel { title, measure, lines, limits: Vec::new(), bands: Vec::new() }
    }

    /// What 95 of 100 calls of a function kept to.
    fn function(&self, name: &str) -> Line {
        let (from, to) = self.timeline.range();
        let Some(zero) = self.timeline.zero() else { return Line::new(name, [], |_, _| true) };
        let time = |at: f64| {
            let by = Duration::try_from_secs_f64(at.abs()).ok()?;
            if at < 0.0 { zero.checked_sub(by) } else { zero.checked_add(by) }
        };
        // A second that ends right after the last sample is the one before it.
        let period = Period::Between(time(from).unwrap_or(SystemTime::UNIX_EPOCH), time(to + 1.0));
        let course = calls::course(period, MOST_POINTS, |stats| stats.answers_to(name));
        let points = course.map(|(_, points)| points).unwrap_or_default();
        let longest = points.iter().map(|point| point.length).max().unwrap_or_default();
        let apart = (longest.as_secs_f64() * JOINED).max(self.apart);
        let since = |time: SystemTime| match time.duration_since(zero) {
            Ok(after) => after.as_secs_f64(),
            Err(before) => -before.duration().as_secs_f64(),
        };
        let each = points
            .iter()
            .map(|point| (since(point.time).min(to), point.p95.map(|time| time.as_secs_f64())));
        Line::new(name, each, |a, b| b - a > apart)
    }

    /// Lines with names; those of which there is nothing are left out.
    fn lines<N: AsRef<str>>(
        &self,
        figures: impl IntoIterator<Item = (N, Figure)>,
        factor: f64,
    ) -> Vec<Line> {
        let lines = figures.into_iter().map(|(name, figure)| {
            let meant = |series: &&Series| {
                // What a machine sends to itself is no traffic.
                let itself = series.labels().any(|label| label == ("device", "lo"));
                !itself && figure.selects(series.name(), &series.labels())
            };
            let series: Vec<_> = self.all.iter().filter(meant).collect();
            self.line(name.as_ref(), &series, factor)
        });
        lines.filter(|line| !line.is_empty()).collect()
    }

    /// The sum of some series; of counters what they gain a second.
    fn line(&self, name: &str, series: &[&Series], factor: f64) -> Line {
        let mut sum: Vec<(f64, Option<f64>)> = Vec::new();
        for series in series {
            let mut points = self.timeline.points(series);
            if series.definition().kind() == Kind::Counter {
                let (interval, stands) = (self.timeline.interval(), self.timeline.stands(series));
                points = if stands > interval {
                    means(&points, 2.0 * stands)
                } else {
                    rates(&points, interval)
                };
            }
            if sum.is_empty() {
                sum = points;
                continue;
            }
            for (all, (_, value)) in sum.iter_mut().zip(points) {
                all.1 = match (all.1, value) {
                    (Some(a), Some(b)) => Some(a + b),
                    (one, other) => one.or(other),
                };
            }
        }
        let scaled = sum.into_iter().map(|(at, value)| (at, value.map(|value| value * factor)));
        Line::new(name, scaled, |a, b| b - a > self.apart)
    }

    /// Of how many CPUs the shares are.
    fn cpus(&self) -> Option<String> {
        let limit = self.all.iter().find(|s| s.name() == figure::RESMON_CPU_LIMIT_CORES)?;
        let cpus = self.timeline.points(limit).into_iter().rev().find_map(|(_, value)| value)?;
        Some(self.words.of_cpus.replace("{}", &cpus.to_string()))
    }

    fn limits(&self, lines: &[Line]) -> Vec<(f64, String)> {
        let greatest = lines.iter().flat_map(Line::values).fold(0.0, f64::max);
        let of_memory = |series: &&Series| series.name() == figure::RESMON_MEMORY_LIMIT_BYTES;
        let value = |series: &Series| {
            self.timeline.points(series).into_iter().rev().find_map(|(_, value)| value)
        };
        let limits = self.all.iter().filter(of_memory).filter_map(value);
        let least = limits.reduce(f64::min).filter(|limit| *limit <= greatest * NEAR);
        least.into_iter().map(|limit| (limit, self.words.limit.to_string())).collect()
    }
}

/// What a counter gained a second, up to each point. A last sample right behind the one before
/// tells nothing: the rate stands.
fn rates(points: &[(f64, Option<f64>)], interval: f64) -> Vec<(f64, Option<f64>)> {
    let first = points.first().map(|(at, _)| (*at, None));
    let mut before = None;
    let gains = points.windows(2).map(|pair| {
        let gain = pair[1].1.zip(pair[0].1).map(|(after, before)| after - before);
        let time = pair[1].0 - pair[0].0;
        if gain.is_none() || time >= interval / 4.0 {
            // One that was begun anew has not lost anything.
            before = gain.filter(|gain| *gain >= 0.0 && time > 0.0).map(|gain| gain / time);
        }
        (pair[1].0, before)
    });
    first.into_iter().chain(gains).collect()
}

/// What a counter gained a second over so long a time before each point, where its readings
/// stand for a while: from one point to the next there would be nothing, and then a leap.
fn means(points: &[(f64, Option<f64>)], window: f64) -> Vec<(f64, Option<f64>)> {
    let mut first = 0;
    let each = points.iter().enumerate().map(|(i, (at, value))| {
        if value.is_none() {
            first = i + 1;
        }
        while first < i && points.get(first + 1).is_some_and(|next| at - next.0 >= window) {
            first += 1;
        }
        let before = points.get(first).filter(|before| at - before.0 >= window / 2.0);
        let gain = before.and_then(|before| Some((value.as_ref()? - before.1?, at - before.0)));
        (*at, gain.filter(|(gain, _)| *gain >= 0.0).map(|(gain, time)| gain / time))
    });
    each.collect()
}

fn measure(series: &Series) -> Measure {
    let definition = series.definition();
    match (definition.kind(), definition.unit()) {
        (Kind::Counter, Unit::Bytes) | (_, Unit::BytesPerSecond) => Measure::BytesPerSecond,
        (Kind::Counter, _) => Measure::PerSecond,
        (_, Unit::Bytes) => Measure::Bytes,
        (_, Unit::Seconds) => Measure::Seconds,
        (_, Unit::Ratio) => Measure::Percent,
        (_, Unit::Celsius) => Measure::Celsius,
        (_, Unit::Count) => Measure::Count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_what_it_gains_a_second() {
        let points = [(0.0, Some(10.0)), (2.0, Some(30.0)), (4.0, None), (5.0, Some(50.0))];
        let more = [(6.0, Some(1.0)), (7.0, Some(2.0)), (7.01, Some(9.0))];
        let found = rates(&points.into_iter().chain(more).collect::<Vec<_>>(), 1.0);
        let values = [None, Some(10.0), None, None, None, Some(1.0), Some(1.0)];
        assert!(found.iter().map(|(_, value)| *value).eq(values));
    }

    #[test]
    fn readings_that_stand_do_not_make_leaps() {
        // Ten a second, read every fifth second.
        let points: Vec<_> = (0..40_u32)
            .map(|second| (f64::from(second), Some(f64::from(second / 5 * 50))))
            .collect();
        let found = means(&points, 10.0);
        assert!(found[..5].iter().all(|(_, rate)| rate.is_none()));
        for (at, rate) in &found[10..] {
            assert_eq!(*rate, Some(10.0), "at {at}");
        }
    }
}
