//! What a monitor is to do.

use std::{fmt, path::PathBuf, time::Duration};

use super::{Monitor, check, env::Overrides, launch, settings::Settings};
use crate::{
    Backend, Error, ManualClock, Source,
    clock::Clock,
    figure::Definition,
    source::{Declared, Roots, custom::Closures},
};

/// Settings of a monitor, with what holds if nothing is said:
///
/// | setting | default |
/// |---|---|
/// | [`interval`](Self::interval) | 1 s |
/// | [`history`](Self::history) | 10 min, no less than 60 samples and no more than 6,000 |
/// | [`retain`](Self::retain) | nothing of what is older |
/// | [`label`](Self::label), [`without`](Self::without), [`functions`](Self::functions) | everything, unlabelled |
/// | [`gauge`](Self::gauge), [`source`](Self::source) | resmon's own figures alone |
/// | [`export_machine`](Self::export_machine) | the machine is not exported |
/// | [`export_container`](Self::export_container) | nor is the container |
/// | [`roots`](Self::roots) | `/proc`, `/sys`, `/` |
/// | `serve`, `serve_metrics`, `install_recorder`, `render_with` | off |
/// | `token`, `allow_host`, `allow_unauthenticated` | the page for this machine alone |
/// | [`private`](Self::private) | publishes |
/// | [`backend`](Self::backend) | the platform's best |
/// | [`clock`](Self::clock) | the system's |
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

    /// How often to sample: from 10 ms to a day. Default: 1 s.
    pub fn interval(mut self, interval: Duration) -> Self {
        self.settings.interval = interval;
        self
    }

    /// How far back to keep every sample, a million at most. Default: 10 min, but no
    /// less than 60 samples and no more than 6,000. A sample takes 8 bytes a series.
    pub fn history(mut self, length: Duration) -> Self {
        self.settings.history = Some(length);
        self
    }

    /// How far back to keep what samples come to when they are too old for
    /// [`history`](Self::history), 31 days at most: the least, the mean and the greatest value
    /// of each ten seconds for a sixth of the time, and of each minute for all of it. Default:
    /// nothing. [`History::buckets`](crate::History::buckets) asks for it.
    pub fn retain(mut self, length: Duration) -> Self {
        self.settings.retain = Some(length);
        self
    }

    /// Puts a label on every series that is exported, but for one that has a label of that
    /// name itself.
    pub fn label(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.selection.labels.push((key.into(), value.into()));
        self
    }

    /// Leaves a family out of the export, or with `*` at its end every family that begins
    /// so. It stays in the snapshot and the history.
    pub fn without(mut self, family: impl Into<String>) -> Self {
        self.settings.selection.without.push(family.into());
        self
    }

    /// Exports only the functions for which `wanted` is true, given function and module.
    /// They stay in [`Monitor::functions`]. A function for which it panics is left out.
    pub fn functions(
        mut self,
        wanted: impl Fn(&str, &str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.settings.selection.functions = Some(Box::new(wanted));
        self
    }

    /// Reads a gauge of the program's own at every tick, on the monitor's thread.
    ///
    /// It should return at once. A panic is caught and counted. The name must not be one
    /// that the program gives the `metrics` facade itself.
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
        match Declared::ask(Box::new(source)) {
            Ok(source) => self.settings.sources.push(source),
            Err(error) => self.settings.refused = self.settings.refused.or(Some(error)),
        }
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

    /// Exports the figures of the machine too, `node_…` and `system_…`: where no
    /// node_exporter runs beside. They are in the snapshot and the history anyway.
    pub fn export_machine(mut self) -> Self {
        self.settings.selection.machine = true;
        self
    }

    /// Exports the figures of the container too, `container_…`: where no cAdvisor runs beside.
    /// They are in the snapshot and the history anyway.
    pub fn export_container(mut self) -> Self {
        self.settings.selection.container = true;
        self
    }

    /// Reads once a minute how much of the memory is shared with other processes, if that is
    /// likely to be done within `budget`: see [`Process::footprint`](crate::Process::footprint)
    /// for what it costs. Where it is not, it counts as an error of the source `footprint`.
    pub fn footprint(mut self, budget: Duration) -> Self {
        self.settings.footprint = Some(budget);
        self
    }

    /// Reads the figures of the machine from where its `/proc`, `/sys` and `/` are mounted:
    /// `.roots("/host/proc", "/host/sys", "/host")` in a container that looks after its host.
    ///
    /// Those of the process stay its own. On Linux alone.
    pub fn roots(
        mut self,
        proc: impl Into<PathBuf>,
        sys: impl Into<PathBuf>,
        root: impl Into<PathBuf>,
    ) -> Self {
        self.settings.roots = Roots::of(proc, sys, root);
        self
    }

    /// Reads through another backend than the platform's best.
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
    /// password a browser asks for. It never guards [`serve_metrics`](Self::serve_metrics).
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

    /// Starts the monitor: one thread, whose first sample this waits for, two seconds at most.
    ///
    /// # Errors
    ///
    /// A publishing monitor that already runs, a setting that cannot be carried out, an
    /// address that cannot be listened on, or a thread that cannot be had.
    pub fn start(self) -> Result<Monitor, Error> {
        let Self { mut settings, overrides } = self;
        let from_env = overrides.map(|overrides| overrides.apply(&mut settings));
        let started = check::check(&mut settings).and_then(|()| launch::launch(settings));
        started.map_err(|error| match from_env {
            Some(variables) => variables.named_in(error),
            None => error,
        })
    }
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
