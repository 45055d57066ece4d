//! What a monitor is to do.

use std::{fmt, time::Duration};

use super::{Monitor, env::Overrides, launch};
use crate::{
    Backend, Error, ManualClock, Source,
    clock::Clock,
    figure::{self, Definition},
    selection::Selection,
    source::custom::Closures,
};

/// Settings of a monitor, with what holds if nothing is said:
///
/// | setting | default |
/// |---|---|
/// | [`interval`](Self::interval) | 1 s |
/// | [`history`](Self::history) | 10 min |
/// | [`label`](Self::label), [`without`](Self::without), [`functions`](Self::functions) | everything, unlabelled |
/// | `serve`, `serve_metrics`, `install_recorder` | off |
/// | [`private`](Self::private) | publishes |
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), resmon::Error> {
/// let monitor = resmon::Monitor::builder()
///     .interval(Duration::from_millis(100))
///     .label("service", "pay")
///     .gauge("queue_depth", || 3.0)
///     .start()?;
/// assert_eq!(monitor.snapshot().get("queue_depth"), Some(3.0));
/// # Ok(())
/// # }
/// ```
#[must_use = "a builder does nothing until start()"]
pub struct Builder {
    pub(super) settings: Settings,
    overrides: Option<Overrides>,
}

/// What a builder has been told.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the builder's own")]
pub(super) struct Settings {
    pub(super) off: bool,
    pub(super) private: bool,
    pub(super) interval: Duration,
    pub(super) history: Duration,
    pub(super) clock: Clock,
    pub(super) backend: Backend,
    pub(super) labels: Vec<(String, String)>,
    pub(super) selection: Selection,
    pub(super) sources: Vec<Box<dyn Source>>,
    #[cfg(feature = "prometheus")]
    pub(super) install_recorder: bool,
    #[cfg(feature = "prometheus")]
    pub(super) render_with: Option<Box<dyn Fn() -> String + Send + Sync>>,
    #[cfg(feature = "server")]
    pub(super) serve: Option<String>,
    #[cfg(feature = "server")]
    pub(super) serve_metrics: Option<String>,
    #[cfg(feature = "server")]
    pub(super) token: Option<crate::Secret>,
    #[cfg(feature = "server")]
    pub(super) allow_unauthenticated: bool,
    #[cfg(feature = "server")]
    pub(super) hosts: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            off: false,
            private: false,
            interval: Duration::from_secs(1),
            history: Duration::from_mins(10),
            clock: Clock::System,
            backend: Backend::default(),
            labels: Vec::new(),
            selection: Selection::default(),
            sources: Vec::new(),
            #[cfg(feature = "prometheus")]
            install_recorder: false,
            #[cfg(feature = "prometheus")]
            render_with: None,
            #[cfg(feature = "server")]
            serve: None,
            #[cfg(feature = "server")]
            serve_metrics: None,
            #[cfg(feature = "server")]
            token: None,
            #[cfg(feature = "server")]
            allow_unauthenticated: false,
            #[cfg(feature = "server")]
            hosts: Vec::new(),
        }
    }
}

impl Builder {
    pub(super) fn new() -> Self {
        Self { settings: Settings::default(), overrides: None }
    }

    /// Lets the environment override the code, wherever in the chain this stands.
    ///
    /// `RESMON_OFF=1` keeps everything off. `RESMON_INTERVAL` and `RESMON_HISTORY` are
    /// durations such as `250ms` or `10m`. `RESMON_SERVE` and `RESMON_SERVE_METRICS` are
    /// addresses. `RESMON_LABELS` is `key=value,key=value`, and `OTEL_SERVICE_NAME` gives
    /// the label `service_name`.
    ///
    /// # Errors
    ///
    /// A variable that cannot be taken as what it should be.
    pub fn from_env(mut self) -> Result<Self, Error> {
        self.overrides = Some(Overrides::read()?);
        Ok(self)
    }

    /// How often to sample: 10 ms or more. Default: 1 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.settings.interval = interval;
        self
    }

    /// How far back to keep every sample. Default: 10 min.
    pub fn history(mut self, length: Duration) -> Self {
        self.settings.history = length;
        self
    }

    /// Puts a label on every series that is exported.
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.labels.push((key.into(), value.into()));
        self
    }

    /// Leaves a family out of the export, or with `*` at its end every family that begins
    /// so. It stays in the snapshot and the history.
    pub fn without(mut self, family: impl Into<String>) -> Self {
        self.settings.selection.without.push(family.into());
        self
    }

    /// Exports only the functions for which `wanted` is true, given function and module.
    pub fn functions(
        mut self,
        wanted: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings.selection.functions = Some(Box::new(wanted));
        self
    }

    /// Reads a gauge of the program's own at every tick, on the monitor's thread.
    ///
    /// It should return at once. A panic is caught and counted.
    pub fn gauge(
        self,
        name: impl Into<String>,
        mut read: impl FnMut() -> f64 + Send + 'static,
    ) -> Self {
        let name = name.into();
        let definition = Definition::gauge(name.clone());
        self.source(Closures::named(name).figure(definition, Vec::new(), move || Some(read())))
    }

    /// Adds a source of figures of the program's own.
    pub fn source(mut self, source: impl Source + 'static) -> Self {
        self.settings.sources.push(Box::new(source));
        self
    }

    /// Installs resmon's recorder for the `metrics` facade, where the program has none, so
    /// that [`render`](crate::render) shows the program's own metrics too.
    ///
    /// A recorder the program installed before stands. `serve` and `serve_metrics` imply this.
    #[cfg(feature = "prometheus")]
    pub fn install_recorder(mut self) -> Self {
        self.settings.install_recorder = true;
        self
    }

    /// Shows what the program's own recorder renders, with the TYPE lines of resmon's names
    /// put right; no recorder is installed then.
    ///
    /// For `metrics-exporter-prometheus`: `.render_with(move || handle.render())`.
    #[cfg(feature = "prometheus")]
    pub fn render_with(mut self, render: impl Fn() -> String + Send + Sync + 'static) -> Self {
        self.settings.render_with = Some(Box::new(render));
        self
    }

    /// Answers on the address of [`serve`](Self::serve) under this Host too: the name that a
    /// proxy in front of it has.
    #[cfg(feature = "server")]
    pub fn allow_host(mut self, host: impl Into<String>) -> Self {
        self.settings.hosts.push(host.into());
        self
    }

    /// Reads the process through another backend than the platform's best.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.settings.backend = backend;
        self
    }

    /// Serves the page, `/metrics` and `/healthz` on an address such as `127.0.0.1:9090`;
    /// port 0 picks a free one, see [`Monitor::local_addr`].
    ///
    /// Beyond loopback it takes a [`token`](Self::token), or
    /// [`allow_unauthenticated`](Self::allow_unauthenticated). The Host header must name this
    /// machine, so that no web page can read it through a name of its own.
    #[cfg(feature = "server")]
    pub fn serve(mut self, address: impl Into<String>) -> Self {
        self.settings.serve = Some(address.into());
        self
    }

    /// Serves `/metrics` and `/healthz` alone, on any interface and under any Host: for a
    /// scraper.
    #[cfg(feature = "server")]
    pub fn serve_metrics(mut self, address: impl Into<String>) -> Self {
        self.settings.serve_metrics = Some(address.into());
        self
    }

    /// Asks for this token on the address of [`serve`](Self::serve): as a bearer, or as the
    /// password a browser asks for.
    #[cfg(feature = "server")]
    pub fn token(mut self, token: crate::Secret) -> Self {
        self.settings.token = Some(token);
        self
    }

    /// Lets anyone who reaches the address of [`serve`](Self::serve) read it.
    #[cfg(feature = "server")]
    pub fn allow_unauthenticated(mut self) -> Self {
        self.settings.allow_unauthenticated = true;
        self
    }

    /// Keeps the monitor to itself: it publishes nothing, is not [`Monitor::current`], and
    /// any number may run. For tests.
    pub fn private(mut self) -> Self {
        self.settings.private = true;
        self
    }

    /// Takes the time from a clock that a test moves.
    pub fn clock(mut self, clock: ManualClock) -> Self {
        self.settings.clock = Clock::Manual(clock);
        self
    }

    /// Starts the monitor: one thread, which takes the first sample before this returns.
    ///
    /// # Errors
    ///
    /// A publishing monitor that already runs, a setting that cannot be carried out, an
    /// address that cannot be listened on, or a thread that cannot be had.
    pub fn start(mut self) -> Result<Monitor, Error> {
        if let Some(overrides) = self.overrides.take() {
            overrides.apply(&mut self.settings);
        }
        self.settings.check()?;
        launch::launch(self.settings)
    }
}

const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
/// Samples kept at most: at 8 bytes and some 40 series, 0.3 GB.
const MOST_SAMPLES: u128 = 1_000_000;

impl Settings {
    /// Whether something will ask for the text that only resmon's recorder makes whole.
    #[cfg(feature = "prometheus")]
    pub(super) fn wants_recorder(&self) -> bool {
        #[cfg(feature = "server")]
        let serves = self.serve.is_some() || self.serve_metrics.is_some();
        #[cfg(not(feature = "server"))]
        let serves = false;
        self.install_recorder || serves
    }

    /// Refuses what cannot be carried out.
    fn check(&self) -> Result<(), Error> {
        let (interval, history) = (self.interval, self.history);
        if interval < SHORTEST_INTERVAL {
            return Err(Error::config(format!("sample every {interval:?}: the least is 10ms")));
        }
        if history < interval {
            let attempt = format!("keep {history:?} of samples taken every {interval:?}");
            return Err(Error::config(attempt));
        }
        if history.as_nanos() / interval.as_nanos() > MOST_SAMPLES {
            let attempt = format!(
                "keep {history:?} of samples taken every {interval:?}: the most is a million samples"
            );
            return Err(Error::config(attempt));
        }
        for (key, _) in &self.labels {
            if !figure::is_metric_name(key) || key.starts_with("__") {
                return Err(Error::config(format!("label every series {key:?}: not a label name")));
            }
        }
        let declared: Vec<_> = self.sources.iter().flat_map(|source| source.figures()).collect();
        for (i, definition) in declared.iter().enumerate() {
            let name = definition.name();
            if !figure::is_metric_name(name) {
                return Err(Error::config(format!(
                    "supply the figure {name:?}: not a metric name"
                )));
            }
            let twice = declared[..i].iter().any(|other| other.name() == name);
            if twice || figure::definition(name).is_some() {
                return Err(Error::config(format!("supply the figure {name:?}: it is taken")));
            }
        }
        for pattern in &self.selection.without {
            check_pattern(pattern, &declared)?;
        }
        Ok(())
    }
}

/// A family that does not exist is most likely a slip of the pen.
fn check_pattern(pattern: &str, declared: &[Definition]) -> Result<(), Error> {
    let only = Selection { without: vec![pattern.to_owned()], ..Selection::default() };
    let mut known = figure::catalogue().iter().chain(declared);
    if known.any(|definition| !only.wants(definition.name())) {
        return Ok(());
    }
    Err(Error::config(format!("leave out {pattern:?}: no figure has such a name")))
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("interval", &self.settings.interval)
            .field("history", &self.settings.history)
            .field("private", &self.settings.private)
            .finish_non_exhaustive()
    }
}
