//! The control groups of this process as a source of a monitor, under cAdvisor's names.

use std::{collections::HashMap, time::Duration};

use super::{
    Backend, Readings, Roots, SeriesId, Source, SourceError,
    counter::Counter,
    sys::{
        self, Demand, Failures,
        container::{ContainerReader, GroupIo, RawContainer},
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
    (figure::CONTAINER_PROCESSES, |c| float(c.tasks.processes)),
    (figure::CONTAINER_THREADS, |c| float(c.tasks.threads)),
    (figure::CONTAINER_THREADS_MAX, |c| float(c.tasks.most_threads)),
    (figure::RESMON_MEMORY_HEADROOM_BYTES, |c| float(c.headroom)),
];

/// Counters, which never go backwards by a little.
const COUNTERS: &[Row] = &[
    (figure::CONTAINER_CPU_USAGE_SECONDS_TOTAL, |c| seconds(c.cpu_usage)),
    (figure::CONTAINER_CPU_CFS_PERIODS_TOTAL, |c| float(c.throttling.periods)),
    (figure::CONTAINER_CPU_CFS_THROTTLED_PERIODS_TOTAL, |c| float(c.throttling.throttled_periods)),
    (figure::CONTAINER_CPU_CFS_THROTTLED_SECONDS_TOTAL, |c| seconds(c.throttling.throttled)),
    (figure::CONTAINER_OOM_EVENTS_TOTAL, |c| float(c.events.kills)),
    (figure::RESMON_MEMORY_LIMIT_HITS_TOTAL, |c| float(c.events.limit)),
    (figure::RESMON_MEMORY_HIGH_HITS_TOTAL, |c| float(c.events.high)),
    (figure::CONTAINER_PRESSURE_CPU_WAITING_SECONDS_TOTAL, |c| seconds(c.pressure.cpu_waiting)),
    (figure::CONTAINER_PRESSURE_MEMORY_WAITING_SECONDS_TOTAL, |c| {
        seconds(c.pressure.memory_waiting)
    }),
    (figure::CONTAINER_PRESSURE_MEMORY_STALLED_SECONDS_TOTAL, |c| {
        seconds(c.pressure.memory_stalled)
    }),
    (figure::CONTAINER_PRESSURE_IO_WAITING_SECONDS_TOTAL, |c| seconds(c.pressure.io_waiting)),
    (figure::CONTAINER_PRESSURE_IO_STALLED_SECONDS_TOTAL, |c| seconds(c.pressure.io_stalled)),
];

/// What a disk counts for the group.
const DISK: [&str; 4] = [
    figure::CONTAINER_FS_READS_BYTES_TOTAL,
    figure::CONTAINER_FS_WRITES_BYTES_TOTAL,
    figure::CONTAINER_FS_READS_TOTAL,
    figure::CONTAINER_FS_WRITES_TOTAL,
];

/// Disks that are followed, those that are gone among them.
const MOST_DISKS: usize = 128;

fn float(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64)
}

fn seconds(time: Option<Duration>) -> Option<f64> {
    time.map(|time| time.as_secs_f64())
}

fn disk(io: &GroupIo) -> [Option<f64>; DISK.len()] {
    [io.read_bytes, io.written_bytes, io.reads, io.writes].map(float)
}

/// The figures of the control groups.
#[derive(Debug)]
pub(crate) struct ContainerSource {
    reader: Box<dyn ContainerReader>,
    demand: Demand,
    rows: Vec<Option<SeriesId>>,
    counters: Vec<(Option<SeriesId>, Counter)>,
    disks: HashMap<String, [(Option<SeriesId>, Counter); DISK.len()]>,
    throttled: Option<SeriesId>,
    share: Throttled,
}

impl ContainerSource {
    pub(crate) fn new(backend: Backend, roots: &Roots, demand: Demand) -> Self {
        Self {
            reader: sys::container_reader(backend, roots),
            demand,
            rows: Vec::new(),
            counters: Vec::new(),
            disks: HashMap::new(),
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
        let rows = ROWS.iter().chain(COUNTERS).map(|(name, _)| *name).chain(DISK).chain(own);
        rows.filter_map(figure::definition).cloned().collect()
    }

    fn every(&self) -> Duration {
        match self.demand {
            Demand::Asked => Duration::ZERO,
            Demand::Ticking => Duration::from_millis(4_900),
        }
    }

    fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
        let Self { reader, demand: _, rows, counters, disks, throttled, share } = self;
        if rows.is_empty() {
            *rows = ROWS.iter().map(|(name, _)| out.series(name, &[])).collect();
            let counter = |(name, _): &Row| (out.series(name, &[]), Counter::default());
            *counters = COUNTERS.iter().map(counter).collect();
            *throttled = out.series(figure::RESMON_CPU_THROTTLED_RATIO, &[]);
        }
        let mut failures = Failures::default();
        let container = reader.read(&mut failures);
        for ((_, value), id) in ROWS.iter().zip(rows) {
            out.put_where(*id, value(container));
        }
        for ((_, value), (id, counter)) in COUNTERS.iter().zip(counters) {
            out.put_where(*id, value(container).map(|value| counter.advance(value, 1.0)));
        }
        for (name, io) in container.disks.iter() {
            if !disks.contains_key(name) && disks.len() < MOST_DISKS {
                let series = |figure| (out.series(figure, &[("device", name)]), Counter::default());
                disks.insert(name.to_owned(), DISK.map(series));
            }
            let Some(known) = disks.get_mut(name) else { continue };
            for ((id, counter), value) in known.iter_mut().zip(disk(io)) {
                out.put_where(*id, value.map(|value| counter.advance(value, 0.0)));
            }
        }
        out.put_where(*throttled, share.advance(container));
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
