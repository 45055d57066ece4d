//! The process as a source of a monitor: which figure takes which value.

use super::{Process, ProcessSample, peak::Peak};
use crate::{
    Error,
    clock::Moment,
    figure::{self, Definition},
    source::{
        Backend, Readings, SeriesId, Source, SourceError,
        sys::{Demand, Failures},
    },
};

type Labels = &'static [(&'static str, &'static str)];

/// A series, and how its value is taken from a sample.
struct Row {
    name: &'static str,
    labels: Labels,
    value: fn(&ProcessSample) -> Option<f64>,
}

const fn row(name: &'static str, value: fn(&ProcessSample) -> Option<f64>) -> Row {
    Row { name, labels: &[], value }
}

impl Row {
    const fn with(mut self, labels: Labels) -> Self {
        self.labels = labels;
        self
    }
}

const USER: Labels = &[("cpu_mode", "user")];
const SYSTEM: Labels = &[("cpu_mode", "system")];
const VOLUNTARY: Labels = &[("process_context_switch_type", "voluntary")];
const INVOLUNTARY: Labels = &[("process_context_switch_type", "involuntary")];
const MINOR: Labels = &[("system_paging_fault_type", "minor")];
const MAJOR: Labels = &[("system_paging_fault_type", "major")];
const DISK_READ: Labels = &[("disk_io_direction", "read")];
const DISK_WRITE: Labels = &[("disk_io_direction", "write")];
const READ: Labels = &[("direction", "read")];
const WRITE: Labels = &[("direction", "write")];

const ROWS: &[Row] = &[
    row(figure::PROCESS_CPU_SECONDS_TOTAL, |s| Some(s.cpu_time()?.as_secs_f64())),
    row(figure::PROCESS_CPU_TIME_SECONDS_TOTAL, |s| Some(s.user_cpu_time()?.as_secs_f64()))
        .with(USER),
    row(figure::PROCESS_CPU_TIME_SECONDS_TOTAL, |s| Some(s.system_cpu_time()?.as_secs_f64()))
        .with(SYSTEM),
    row(figure::PROCESS_CPU_UTILIZATION_RATIO, ProcessSample::cpu_utilization_ratio),
    row(figure::PROCESS_RESIDENT_MEMORY_BYTES, |s| float(s.resident_memory_bytes())),
    row(figure::PROCESS_VIRTUAL_MEMORY_BYTES, |s| float(s.virtual_memory_bytes())),
    row(figure::PROCESS_RESIDENT_MEMORY_PEAK_BYTES, |s| float(s.resident_memory_peak_bytes())),
    row(figure::PROCESS_SWAP_BYTES, |s| float(s.swap_bytes())),
    row(figure::PROCESS_VIRTUAL_MEMORY_MAX_BYTES, |s| float(s.virtual_memory_max_bytes())),
    row(figure::PROCESS_MEMORY_UTILIZATION_RATIO, ProcessSample::memory_utilization_ratio),
    row(figure::PROCESS_HEAP_BYTES, |s| float(s.heap_bytes())),
    row(figure::PROCESS_OPEN_FDS, |s| float(s.open_fds())),
    row(figure::PROCESS_MAX_FDS, |s| float(s.max_fds())),
    row(figure::PROCESS_THREADS, |s| float(s.threads())),
    row(figure::PROCESS_START_TIME_SECONDS, |s| {
        let start = s.start_time()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some(start.as_secs_f64())
    }),
    row(figure::PROCESS_UPTIME_SECONDS, |s| Some(s.uptime()?.as_secs_f64())),
    row(figure::PROCESS_CONTEXT_SWITCHES_TOTAL, |s| float(s.voluntary_context_switches()))
        .with(VOLUNTARY),
    row(figure::PROCESS_CONTEXT_SWITCHES_TOTAL, |s| float(s.involuntary_context_switches()))
        .with(INVOLUNTARY),
    row(figure::PROCESS_PAGING_FAULTS_TOTAL, |s| float(s.minor_page_faults())).with(MINOR),
    row(figure::PROCESS_PAGING_FAULTS_TOTAL, |s| float(s.major_page_faults())).with(MAJOR),
    row(figure::PROCESS_DISK_IO_BYTES_TOTAL, |s| float(s.read_bytes())).with(DISK_READ),
    row(figure::PROCESS_DISK_IO_BYTES_TOTAL, |s| float(s.write_bytes())).with(DISK_WRITE),
    row(figure::PROCESS_DISK_CANCELLED_WRITE_BYTES_TOTAL, |s| float(s.cancelled_write_bytes())),
    row(figure::PROCESS_IO_CHARS_TOTAL, |s| float(s.read_chars())).with(READ),
    row(figure::PROCESS_IO_CHARS_TOTAL, |s| float(s.write_chars())).with(WRITE),
    row(figure::PROCESS_IO_SYSCALLS_TOTAL, |s| float(s.read_syscalls())).with(READ),
    row(figure::PROCESS_IO_SYSCALLS_TOTAL, |s| float(s.write_syscalls())).with(WRITE),
    row(figure::PROCESS_OOM_SCORE, |s| s.oom_score().map(|score| score as f64)),
    row(figure::RESMON_RUNQUEUE_WAIT_SECONDS_TOTAL, |s| Some(s.run_queue_wait()?.as_secs_f64())),
    row(figure::RESMON_CPU_LIMIT_CORES, ProcessSample::cpu_limit_cores),
    row(figure::RESMON_MEMORY_LIMIT_BYTES, |s| float(s.limits().cgroup_memory))
        .with(&[("source", "cgroup")]),
    row(figure::RESMON_MEMORY_LIMIT_BYTES, |s| float(s.limits().cgroup_high))
        .with(&[("source", "cgroup_high")]),
    row(figure::RESMON_MEMORY_LIMIT_BYTES, |s| float(s.limits().machine_memory))
        .with(&[("source", "machine")]),
];

fn float(value: Option<u64>) -> Option<f64> {
    value.map(|value| value as f64)
}

/// The figures of this process and of what binds it.
#[derive(Debug)]
pub(crate) struct ProcessSource {
    process: Process,
    demand: Demand,
    /// One for each row, from the first sample on.
    ids: Vec<Option<SeriesId>>,
    peaks: [(Option<SeriesId>, Peak); 2],
    /// The largest resident memory that was known at the sample before.
    largest: Option<u64>,
}

/// Of a sample: their highest values of lately.
const PEAKS: [&str; 2] =
    [figure::RESMON_PEAK_CPU_UTILIZATION_RATIO, figure::RESMON_PEAK_RESIDENT_MEMORY_BYTES];

impl ProcessSource {
    /// # Errors
    ///
    /// Where this platform or build does not have that backend.
    pub(crate) fn new(backend: Backend, demand: Demand) -> Result<Self, Error> {
        let process = Process::with_backend(backend)?;
        Ok(Self { process, demand, ids: Vec::new(), peaks: Default::default(), largest: None })
    }

    fn put_peaks(&mut self, sample: &ProcessSample, out: &mut Readings<'_>) {
        // A new high-water mark was reached between two samples, whatever they saw.
        let largest = sample.resident_memory_peak_bytes();
        let before = std::mem::replace(&mut self.largest, largest);
        let risen = largest.filter(|largest| before.is_some_and(|before| before < *largest));
        let resident = float(risen.max(sample.resident_memory_bytes()));
        let now = Moment::now().monotonic;
        let values = [sample.cpu_utilization_ratio(), resident];
        for ((id, peak), value) in self.peaks.iter_mut().zip(values) {
            out.put_where(*id, peak.advance(now, value));
        }
    }
}

impl Source for ProcessSource {
    fn name(&self) -> &'static str {
        "process"
    }

    fn figures(&self) -> Vec<Definition> {
        let mut names: Vec<_> = ROWS.iter().map(|row| row.name).chain(PEAKS).collect();
        names.dedup();
        names.into_iter().filter_map(figure::definition).cloned().collect()
    }

    fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
        if self.ids.is_empty() {
            self.ids = ROWS.iter().map(|row| out.series(row.name, row.labels)).collect();
            self.peaks = PEAKS.map(|name| (out.series(name, &[]), Peak::default()));
        }
        let mut failures = Failures::default();
        let sample = self.process.read(self.demand, &mut failures);
        for (row, id) in ROWS.iter().zip(&self.ids) {
            out.put_where(*id, (row.value)(&sample));
        }
        self.put_peaks(&sample, out);
        failures.into_error().map_or(Ok(()), |error| Err(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc, thread, time::Duration};

    use super::*;

    fn sample(source: &mut ProcessSource) -> Result<BTreeMap<String, f64>, SourceError> {
        let (mut series, mut values) = (Arc::default(), Vec::new());
        source.ids.clear();
        let declared = &source.figures();
        let (series, values) = (&mut series, &mut values);
        let mut out =
            Readings { series, values, declared, own: &mut Vec::new(), most: 100, refused: 0 };
        source.sample(&mut out)?;
        assert_eq!(out.refused, 0);
        let present = series.iter().zip(&*values);
        Ok(present.filter_map(|(series, value)| Some((series.to_string(), (*value)?))).collect())
    }

    #[test]
    fn supplies_every_figure_it_declares() -> Result<(), SourceError> {
        let mut source = ProcessSource::new(Backend::default(), Demand::Ticking)?;
        let figures = source.figures();
        assert_eq!(figures.len(), 27);
        let catalogue = figure::catalogue().map(Definition::name);
        let asked_for = [figure::PROCESS_MEMORY_PSS_BYTES, figure::PROCESS_MEMORY_USS_BYTES];
        let of_process = catalogue.filter(|name| name.starts_with("process_"));
        let of_process = of_process.filter(|name| !asked_for.contains(name));
        for name in of_process {
            assert!(figures.iter().any(|figure| figure.name() == name), "{name}");
        }
        let first = sample(&mut source)?;
        assert!(!first.contains_key("process_cpu_utilization_ratio"));
        thread::sleep(Duration::from_millis(2));
        let second = sample(&mut source)?;
        assert!(second.contains_key("process_cpu_utilization_ratio"), "{second:#?}");
        assert!(second[r#"resmon_memory_limit_bytes{source="machine"}"#] > 0.0);
        assert!(second["process_resident_memory_bytes"] > 0.0);
        Ok(())
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_leaves_out_only_what_is_unlimited_or_not_counted() -> Result<(), SourceError> {
        let mut source = ProcessSource::new(Backend::Native, Demand::Ticking)?;
        let _ = sample(&mut source)?;
        thread::sleep(Duration::from_millis(2));
        let present = sample(&mut source)?;
        let unlimited =
            ["process_virtual_memory_max_bytes", "process_max_fds", "resmon_memory_limit_bytes"];
        let not_counted = figure::PROCESS_HEAP_BYTES;
        let left_out = |name| unlimited.contains(&name) || name == not_counted;
        for row in ROWS.iter().filter(|row| !left_out(row.name)) {
            assert!(present.keys().any(|key| key.starts_with(row.name)), "{}", row.name);
        }
        Ok(())
    }
}
