//! resmon's recorder for the `metrics` facade.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    set_global_recorder,
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::store::Store;
use crate::{
    Error,
    figure::{self, Definition},
};

/// The recorder of this process, where it is resmon's: the facade never lets one go.
static INSTALLED: OnceLock<Installed> = OnceLock::new();
/// Keeps a second installer waiting until `INSTALLED` is set, lest it takes the first one's
/// recorder for a stranger's.
static INSTALLING: Mutex<()> = Mutex::new(());

/// What the recorder is to know.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    /// Labels on every series.
    pub(crate) labels: Vec<(String, String)>,
    /// Figures that are exported besides what always is.
    pub(crate) figures: Vec<Definition>,
    /// Bounds of owned histograms that other code records into.
    pub(crate) bounds: &'static [f64],
}

/// The installed recorder: what it stored, and the exporter behind it.
#[derive(Clone)]
pub(crate) struct Installed {
    store: Arc<Store>,
    exporter: PrometheusHandle,
}

/// Makes resmon's recorder the global one, or finds the one that an earlier monitor installed.
///
/// A recorder that is found keeps its labels on series that are not resmon's: the exporter
/// cannot change them.
///
/// # Errors
///
/// If the program has installed another recorder.
pub(crate) fn install(config: &Config) -> Result<Installed, Error> {
    let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(installed) = installed() {
        installed.store.own(&config.figures);
        return Ok(installed);
    }
    let (recorder, installed) = OwnRecorder::build(config);
    match set_global_recorder(recorder) {
        Ok(()) => Ok(INSTALLED.get_or_init(|| installed).clone()),
        Err(error) => {
            let attempt = "install a recorder for the metrics facade: the program already has one";
            Err(Error::recorder(attempt).because(error.to_string()))
        }
    }
}

/// resmon's recorder, where it is the global one.
pub(crate) fn installed() -> Option<Installed> {
    INSTALLED.get().cloned()
}

impl Installed {
    /// Moves what the exporter collected into its distributions, so that its memory stays
    /// bounded when nobody scrapes.
    pub(crate) fn run_upkeep(&self) {
        self.exporter.run_upkeep();
    }

    /// Values recorded under names that resmon owns.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The exporter's text: every metric that is not resmon's.
    pub(crate) fn exporter_text(&self) -> String {
        self.exporter.render()
    }
}

impl fmt::Debug for Installed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Installed").finish_non_exhaustive()
    }
}

/// Sends owned names to resmon's store and everything else to the exporter.
struct OwnRecorder {
    store: Arc<Store>,
    exporter: PrometheusRecorder,
}

impl OwnRecorder {
    fn build(config: &Config) -> (Self, Installed) {
        let always = figure::catalogue().filter(|figure| figure.is_always_exported());
        let store = Arc::new(Store::new(always, config.bounds));
        store.own(&config.figures);
        let mut builder = PrometheusBuilder::new();
        for (key, value) in &config.labels {
            // An empty value is no label, and the exporter would write it.
            if !value.is_empty() {
                builder = builder.add_global_label(key, value);
            }
        }
        let exporter = builder.build_recorder();
        let installed = Installed { store: Arc::clone(&store), exporter: exporter.handle() };
        (Self { store, exporter }, installed)
    }

    /// The name on the wire, where it is one of resmon's.
    fn owned<'a>(&self, name: &'a str) -> Option<Cow<'a, str>> {
        let name = on_the_wire(name);
        self.store.owns(&name).then_some(name)
    }
}

/// The name as the exporter would write it: `process.threads` is `process_threads` too.
fn on_the_wire(name: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    if name.chars().all(is_plain) {
        Cow::Borrowed(name)
    } else {
        Cow::Owned(name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect())
    }
}

impl Recorder for OwnRecorder {
    fn describe_counter(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        // The catalogue describes resmon's names.
        if self.owned(key.as_str()).is_none() {
            self.exporter.describe_counter(key, unit, description);
        }
    }

    fn describe_gauge(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        if self.owned(key.as_str()).is_none() {
            self.exporter.describe_gauge(key, unit, description);
        }
    }

    fn describe_histogram(&self, key: KeyName, unit: Option<Unit>, description: SharedString) {
        if self.owned(key.as_str()).is_none() {
            self.exporter.describe_histogram(key, unit, description);
        }
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        match self.owned(key.name()) {
            Some(name) => self.store.counter(&name, key),
            None => self.exporter.register_counter(key, metadata),
        }
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        match self.owned(key.name()) {
            Some(name) => self.store.gauge(&name, key),
            None => self.exporter.register_gauge(key, metadata),
        }
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        match self.owned(key.name()) {
            Some(name) => self.store.histogram(&name, key),
            None => self.exporter.register_histogram(key, metadata),
        }
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::{Config, Installed, OwnRecorder};

    /// A recorder that is not installed, to be used as a local one.
    pub(in super::super) fn build(bounds: &'static [f64]) -> (impl metrics::Recorder, Installed) {
        OwnRecorder::build(&Config { bounds, ..Config::default() })
    }
}

#[cfg(test)]
mod tests {
    use metrics::{counter, describe_counter, gauge, histogram, with_local_recorder};

    use super::*;

    fn build() -> (OwnRecorder, Installed) {
        OwnRecorder::build(&Config {
            labels: vec![("service".into(), "pay".into()), ("zone".into(), String::new())],
            figures: vec![Definition::gauge("queue_depth")],
            bounds: &[0.1, 1.0],
        })
    }

    #[test]
    fn owned_names_never_reach_the_exporter() {
        let (recorder, installed) = build();
        with_local_recorder(&recorder, || {
            describe_counter!("function_calls_total", "Someone else's words.");
            counter!("function_calls_total", "function" => "f").increment(1);
            histogram!("function_calls_duration_seconds").record(0.5);
            gauge!("process_cpu_seconds_total").set(1.5);
            gauge!("process.threads").set(3.0);
            gauge!("queue_depth").set(2.0);
        });
        assert_eq!(installed.exporter_text(), "");
        let names: Vec<_> =
            installed.store().families().into_iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), 5, "{names:?}");
        assert_eq!(installed.store().conflicts(), 0);
    }

    #[test]
    fn other_names_pass_through_with_their_description_and_the_global_labels() {
        let (recorder, installed) = build();
        with_local_recorder(&recorder, || {
            describe_counter!("request_count", "Requests served.");
            counter!("request_count").increment(7);
        });
        let text = installed.exporter_text();
        assert!(text.contains("# HELP request_count Requests served.\n"), "{text}");
        assert!(text.contains("request_count{service=\"pay\"} 7\n"), "{text}");
    }

    #[test]
    fn another_kind_of_an_owned_name_is_a_counted_no_op() {
        let (recorder, installed) = build();
        with_local_recorder(&recorder, || {
            counter!("process_threads").increment(1);
            histogram!("queue_depth").record(1.0);
        });
        assert_eq!(installed.store().conflicts(), 2);
        assert_eq!(installed.exporter_text(), "");
        assert!(installed.store().families().is_empty());
    }

    #[test]
    fn upkeep_keeps_what_was_recorded() {
        let (recorder, installed) = build();
        with_local_recorder(&recorder, || histogram!("latency").record(1.0));
        installed.run_upkeep();
        assert!(installed.exporter_text().contains("latency_count{service=\"pay\"} 1\n"));
    }

    /// Runs a test in a process of its own, since a global recorder is for ever: true there,
    /// and false here once that process is done.
    fn is_alone(test: &str) -> bool {
        const MARK: &str = "RESMON_TEST_ALONE";
        if std::env::var_os(MARK).is_some() {
            return true;
        }
        let name = format!("prometheus::recorder::tests::{test}");
        let mut command = std::process::Command::new(std::env::current_exe().unwrap());
        let output = command.args(["--exact", &name]).env(MARK, "1").output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
        false
    }

    #[test]
    fn installs_once_and_is_found_again() {
        if !is_alone("installs_once_and_is_found_again") {
            return;
        }
        assert!(installed().is_none());
        let first = install(&Config { bounds: &[1.0], ..Config::default() }).unwrap();
        let jobs = vec![Definition::gauge("jobs")];
        let second = install(&Config { figures: jobs, ..Config::default() }).unwrap();
        assert!(Arc::ptr_eq(&first.store, &second.store));
        gauge!("jobs").set(2.0);
        counter!("theirs").increment(1);
        assert!(first.store().owns("jobs") && first.exporter_text().contains("theirs 1"));
        assert!(installed().is_some());
    }

    #[test]
    fn leaves_the_programs_own_recorder_alone() {
        if !is_alone("leaves_the_programs_own_recorder_alone") {
            return;
        }
        set_global_recorder(PrometheusBuilder::new().build_recorder()).unwrap();
        let error = install(&Config::default()).unwrap_err();
        assert!(error.is_recorder_taken(), "{error:?}");
        assert!(installed().is_none());
    }
}
