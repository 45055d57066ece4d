//! The option `objective`: what the calls of a function are to keep to.
//!
//! It is told by labels, autometrics' own, from which its rules compute the error budget.

/// Labels of a series, beside those of the function.
type Labels = &'static [(&'static str, &'static str)];

/// The label that tells objectives apart.
const NAME: &str = "objective_name";

/// What the series of a function bear for its objective.
#[derive(Debug, Clone, Copy, Default)]
pub struct Objective {
    /// On the counter: the share of calls that are to succeed.
    pub calls: Labels,
    /// On the histogram: the share that is to be done in the time.
    pub durations: Labels,
    /// That time in seconds, which is a bound of the histogram; 0 where there is none.
    pub latency: f64,
}

impl Objective {
    /// No objective.
    pub const NONE: Self = Self { calls: &[], durations: &[], latency: 0.0 };

    /// Has the name of the function, where it has none of its own.
    pub(super) fn named(self, function: &str) -> Self {
        let name = |labels: Labels| -> Labels {
            if labels.is_empty() || labels.iter().any(|(key, _)| *key == NAME) {
                return labels;
            }
            // Once a function, which lives as long as the process.
            let function: &'static str = function.to_owned().leak();
            [&[(NAME, function)], labels].concat().leak()
        };
        Self { calls: name(self.calls), durations: name(self.durations), ..self }
    }

    /// The bounds with that of the objective among them.
    pub(super) fn in_bounds(&self, bounds: &'static [f64]) -> &'static [f64] {
        if self.latency <= 0.0 || bounds.contains(&self.latency) {
            return bounds;
        }
        let mut all = bounds.to_vec();
        all.insert(bounds.partition_point(|bound| *bound < self.latency), self.latency);
        // Once a function, which lives as long as the process.
        all.leak()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latency_is_a_bound() {
        let objective = |latency| Objective { latency, ..Objective::NONE };
        let bounds: &[f64] = &[0.1, 1.0];
        assert_eq!(objective(0.25).in_bounds(bounds), [0.1, 0.25, 1.0]);
        assert_eq!(objective(2.0).in_bounds(bounds), [0.1, 1.0, 2.0]);
        assert_eq!(objective(0.1).in_bounds(bounds), bounds);
        assert_eq!(Objective::NONE.in_bounds(bounds), bounds);
    }
}
