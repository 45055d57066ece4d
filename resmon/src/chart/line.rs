//! A line of a chart: its points in runs that have no gap, and fewer of them where there are more
//! than can be seen.

/// A point: seconds, and the value.
pub(super) type Point = (f64, f64);

/// A figure as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub(super) name: String,
    /// Stretches without a gap, oldest first.
    pub(super) runs: Vec<Vec<Point>>,
}

impl Line {
    /// The points with a value; a new run begins after one without, and where `apart` says that
    /// two neighbours do not belong together.
    pub(super) fn new(
        name: impl Into<String>,
        points: impl IntoIterator<Item = (f64, Option<f64>)>,
        apart: impl Fn(f64, f64) -> bool,
    ) -> Self {
        let mut runs: Vec<Vec<Point>> = Vec::new();
        let mut open = false;
        for (at, value) in points {
            let Some(value) = value.filter(|value| value.is_finite()) else {
                open = false;
                continue;
            };
            match runs.last_mut().filter(|_| open) {
                Some(run) if run.last().is_none_or(|last| !apart(last.0, at)) => {
                    run.push((at, value));
                }
                _ => runs.push(vec![(at, value)]),
            }
            open = true;
        }
        Self { name: name.into(), runs }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        self.runs.iter().flatten().map(|(_, value)| *value)
    }

    /// The line in so many columns from one time to another: of each column the first point, the
    /// least, the greatest and the last, so that a spike of one sample survives.
    pub(super) fn in_columns(&self, from: f64, to: f64, columns: usize) -> Vec<Vec<Point>> {
        let width = (to - from) / columns.max(1) as f64;
        #[expect(clippy::cast_possible_truncation, reason = "a place on a picture")]
        let column = |at: f64| ((at - from) / width).floor() as i64;
        let thinned = self.runs.iter().map(|run| {
            if width <= 0.0 || run.len() <= 4 * columns {
                return run.clone();
            }
            let mut points = Vec::new();
            for group in run.chunk_by(|a, b| column(a.0) == column(b.0)) {
                push_extremes(group, &mut points);
            }
            points
        });
        thinned.collect()
    }
}

/// Of the points of a column those that show where the line went.
fn push_extremes(group: &[Point], points: &mut Vec<Point>) {
    let by_value = |a: &(usize, &Point), b: &(usize, &Point)| a.1.1.total_cmp(&b.1.1);
    let least = group.iter().enumerate().min_by(by_value).map_or(0, |(i, _)| i);
    let greatest = group.iter().enumerate().max_by(by_value).map_or(0, |(i, _)| i);
    let mut chosen = [0, least, greatest, group.len() - 1];
    chosen.sort_unstable();
    for (i, place) in chosen.into_iter().enumerate() {
        if i == 0 || chosen[i - 1] != place {
            points.push(group[place]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hole_and_a_leap_in_time_are_gaps() {
        let points = [(0.0, Some(1.0)), (1.0, Some(2.0)), (2.0, None), (3.0, Some(3.0))];
        let points = points.into_iter().chain([(60.0, Some(4.0)), (61.0, Some(f64::NAN))]);
        let line = Line::new("a", points, |a, b| b - a > 5.0);
        let expected = [vec![(0.0, 1.0), (1.0, 2.0)], vec![(3.0, 3.0)], vec![(60.0, 4.0)]];
        assert_eq!(line.runs, expected);
    }

    #[test]
    fn a_spike_of_one_sample_survives_among_a_day_of_them() {
        let value = |i: u32| match i {
            40_000 => 9.0,
            70_000 => -9.0,
            _ => f64::from(i % 3),
        };
        let points = (0..86_400_u32).map(|i| (f64::from(i), Some(value(i))));
        let line = Line::new("a", points, |_, _| false);
        let thin = line.in_columns(0.0, 86_400.0, 900).concat();
        assert!(thin.len() <= 4 * 901, "{}", thin.len());
        assert!(thin.contains(&(40_000.0, 9.0)) && thin.contains(&(70_000.0, -9.0)));
        assert!(thin.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!((thin[0].0, thin.last().map(|p| p.0)), (0.0, Some(86_399.0)));
        // What is few enough stays as it is.
        assert_eq!(line.in_columns(0.0, 86_400.0, 40_000).concat().len(), 86_400);
    }
}
