//! A snapshot to the `metrics` facade.

use std::fmt;

use metrics::{Key, Label, Level, Metadata, Recorder, SharedString, with_recorder};

use crate::{
    calls,
    figure::{Definition, Kind, Unit},
    selection::Selection,
    snapshot::{Series, Snapshot},
};

static METADATA: Metadata<'static> = Metadata::new("resmon", Level::INFO, Some("resmon"));

/// Publishes a snapshot's figures to the recorder of the calling thread.
///
/// Every name, unit and help text is described first. Whole counters go as counters;
/// counters of seconds, which the facade cannot carry as such, go as exact gauges under
/// their own name. A running monitor does this at every tick by itself.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// let monitor = resmon::Monitor::builder().private().start()?;
/// resmon::publish(&monitor.snapshot());
/// # Ok(())
/// # }
/// ```
pub fn publish(snapshot: &Snapshot) {
    let mut publisher = Publisher::new();
    with_recorder(|recorder| publisher.publish(snapshot, recorder, &Selection::default()));
}

/// Publishes again and again: keys are made once.
#[derive(Default)]
pub(crate) struct Publisher {
    /// One a series, in the order of the snapshot; None where it is left out.
    keys: Vec<Option<Key>>,
    /// The recorder that was told, and of how many series.
    described: (usize, usize),
}

impl Publisher {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Publishes to the program's own global recorder, where it has one; resmon's reads the
    /// snapshot itself. For threads without a local recorder.
    pub(crate) fn publish_to_ground(&mut self, snapshot: &Snapshot, selection: &Selection) {
        if calls::has_foreign_recorder() {
            with_recorder(|recorder| self.publish(snapshot, recorder, selection));
        }
    }

    fn publish(&mut self, snapshot: &Snapshot, recorder: &dyn Recorder, selection: &Selection) {
        for series in &snapshot.series[self.keys.len()..] {
            let wanted = selection.wants(series.name());
            self.keys.push(wanted.then(|| key(series, selection)));
        }
        self.describe(snapshot, recorder);
        for ((series, value), key) in snapshot.series.iter().zip(&snapshot.values).zip(&self.keys) {
            if let (Some(value), Some(key)) = (value, key) {
                set(recorder, key, series.definition(), *value);
            }
        }
    }

    /// Describes every figure to a recorder that has not heard of them.
    fn describe(&mut self, snapshot: &Snapshot, recorder: &dyn Recorder) {
        let address = std::ptr::from_ref(recorder).addr();
        let known = if self.described.0 == address { self.described.1 } else { 0 };
        self.described = (address, snapshot.series.len());
        for series in &snapshot.series[known..] {
            let definition = series.definition();
            let name: SharedString = definition.name_shared().into();
            let help: SharedString = definition.help_shared().into();
            let unit = unit(definition);
            if is_facade_counter(definition) {
                recorder.describe_counter(name.into(), unit, help);
            } else {
                recorder.describe_gauge(name.into(), unit, help);
            }
        }
    }
}

fn key(series: &Series, selection: &Selection) -> Key {
    let own = series.labels_shared().iter();
    let own = own.map(|(key, value)| Label::new(key.clone(), value.clone()));
    let mut labels: Vec<Label> = own.collect();
    selection.add_labels(&mut labels);
    Key::from_parts(series.definition().name_shared(), labels)
}

fn set(recorder: &dyn Recorder, key: &Key, definition: &Definition, value: f64) {
    if is_facade_counter(definition) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        recorder.register_counter(key, &METADATA).absolute(value as u64);
    } else {
        recorder.register_gauge(key, &METADATA).set(value);
    }
}

fn is_facade_counter(definition: &Definition) -> bool {
    definition.kind() == Kind::Counter && !definition.is_fractional()
}

fn unit(definition: &Definition) -> Option<metrics::Unit> {
    match definition.unit() {
        Unit::Seconds => Some(metrics::Unit::Seconds),
        Unit::Bytes => Some(metrics::Unit::Bytes),
        // The facade knows percent only, which exporters take for 0 to 100.
        Unit::Ratio | Unit::Count | Unit::BytesPerSecond | Unit::Celsius => None,
    }
}

impl fmt::Debug for Publisher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Publisher").field("series", &self.keys.len()).finish_non_exhaustive()
    }
}
