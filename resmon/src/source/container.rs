//! The control groups of this process as a source of a monitor, under cAdvisor's names.

use std::time::Duration;

use super::{
    Backend, Readings, SeriesId, Source, SourceError,
    sys::{
        self, Failures,
        container::{ContainerReader, RawContainer},
    },
};
use crate::figure::{self, Definition};

/// A figure, and how its value is taken.
type Row = (&'static str, fn(&RawContainer) -> Option<f64>);

const ROWS: &[Row] = &[
    (figure::CONTAINER_SPEC_CPU_QUOTA, |c| Some(c.quota?.quota as f64)),
    (figure::CONTAINER_SPEC_CPU_PERIOD, |c| Some(c.quota?.period as f64)),
    (figure::CONTAINER_MEMORY_USAGE_BYTES, |c| float(c.memory.usage)),
    (figure::CONTAINER_MEMORY_WORKING_SET_BYTES, |c| float(c.memory.working_set())),
    (figure::CONTAINER_MEMORY_RSS, |c| float(c.memory.anonymous)),
    (figure::CONTAINER_SPEC_MEMORY_LIMIT_BYTES, |c| float(c.memory_limit)),
    (figure::CONTAINER_PROCESSES, |c| float(c.processes)),
    (figure::RESMON_MEMORY_HEADROOM_BYTES, |c| float(c.headroom)),
];

/// Counters, which never go backwards.
const COUNTERS: &[Row] = &[
    (figure::CONTAINER_CPU_USAGE_SECONDS_TOTAL, |c| Some(c.cpu_usage?.as_secs_f64())),
    (figure::CONTAINER_CPU_CFS_PERIODS_TOTAL, |c| float(c.throttling.periods)),
    (figure::CONTAINER_CPU_CFS_THROTTLED_PERIODS_TOTAL, |c| float(c.throttling.throttled_periods)),
    (figure::CONTAINER_CPU_CFS_THROTTLED_SECONDS_TOTAL, |c| {
        Some(c.throttling.throttled?.as_secs_f64())
    }),
];

fn float(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64)
}

/// The figures of the control groups.
#[derive(Debug)]
pub(crate) struct ContainerSource {
    reader: Box<dyn ContainerReader>,
    rows: Vec<Option<SeriesId>>,
    counters: Vec<Option<SeriesId>>,
    throttled: Option<SeriesId>,
    share: Throttled,
}

impl ContainerSource {
    pub(crate) fn new(backend: Backend) -> Self {
        Self {
            reader: sys::container_reader(backend),
            rows: Vec::new(),
            counters: Vec::new(),
            throttled: None,
            share: Throttled::default(),
        }
    }
}

impl Source for ContainerSource {
    fn name(&self) -> &'static str {
        "container"
    }

    fn figures(&self) -> Vec<Definition> {
        let own = [figure::RESMON_CPU_THROTTLED_RATIO];
        let rows = ROWS.iter().chain(COUNTERS).map(|(name, _)| *name).chain(own);
        rows.filter_map(figure::definition).cloned().collect()
    }

    fn every(&self) -> Duration {
        Duration::from_millis(4_900)
    }

    fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
        if self.rows.is_empty() {
            self.rows = ROWS.iter().map(|(name, _)| out.series(name, &[])).collect();
            self.counters = COUNTERS.iter().map(|(name, _)| out.series(name, &[])).collect();
            self.throttled = out.series(figure::RESMON_CPU_THROTTLED_RATIO, &[]);
        }
        let mut failures = Failures::default();
        let container = self.reader.read(&mut failures);
        let ids = self.rows.iter().chain(&self.counters);
        for ((_, value), id) in ROWS.iter().chain(COUNTERS).zip(ids) {
            if let Some(id) = *id {
                out.put_some(id, value(&container));
            }
        }
        if let Some(id) = self.throttled {
            out.put_some(id, self.share.advance(&container));
        }
        failures.into_error().map_or(Ok(()), |error| Err(error.into()))
    }
}

/// The share of the periods in which the group was throttled, between two readings.
#[derive(Debug, Default)]
struct Throttled {
    last: Option<(u64, u64)>,
    share: Option<f64>,
}

impl Throttled {
    fn advance(&mut self, container: &RawContainer) -> Option<f64> {
        let counts = container.throttling.periods.zip(container.throttling.throttled_periods);
        let Some((periods, throttled)) = counts.filter(|_| container.quota.is_some()) else {
            *self = Self::default();
            return None;
        };
        if let Some((before, throttled_before)) = self.last.replace((periods, throttled)) {
            let (gone, lost) =
                (periods.checked_sub(before), throttled.checked_sub(throttled_before));
            match gone.zip(lost) {
                // No period has ended, or it is the reading from before: what it was stands.
                Some((0, _)) => {}
                Some((gone, lost)) => self.share = Some((lost as f64 / gone as f64).min(1.0)),
                // Another group of that name.
                None => self.share = None,
            }
        }
        self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sys::container::{Quota, Throttling};

    #[test]
    fn the_share_of_throttled_periods_is_that_of_lately() {
        let mut share = Throttled::default();
        let mut advance = |periods, throttled| {
            let throttling = Throttling {
                periods: Some(periods),
                throttled_periods: Some(throttled),
                throttled: None,
            };
            let quota = Some(Quota { quota: 1, period: 2 });
            share.advance(&RawContainer { throttling, quota, ..RawContainer::default() })
        };
        assert_eq!(advance(10, 4), None);
        assert_eq!(advance(20, 9), Some(0.5));
        assert_eq!(advance(20, 9), Some(0.5));
        assert_eq!(advance(30, 9), Some(0.0));
        assert_eq!(advance(1, 0), None);
        assert_eq!(share.advance(&RawContainer::default()), None);
    }
}
