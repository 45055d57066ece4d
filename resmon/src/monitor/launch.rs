//! From settings to a running monitor.

use std::sync::Arc;

#[cfg(feature = "server")]
use super::serve::{Bound, Servers};
use super::{
    Monitor,
    bell::Bell,
    handle::{Handle, Shared},
    outputs::Outputs,
    own,
    pace::Pace,
    run::{Pulse, Run},
    settings::Settings,
    tick::Pipeline,
};
use crate::{
    Error, calls,
    clock::Moment,
    history::History,
    publish::Publisher,
    sampler::Sampler,
    source::{ContainerSource, Declared, Demand, FootprintSource, ProcessSource},
    view::View,
};

/// Starts everything that was asked for, or nothing.
pub(super) fn launch(mut settings: Settings) -> Result<Monitor, Error> {
    let selection = Arc::new(std::mem::take(&mut settings.selection));
    let now = settings.clock.now();
    let capacity = usize::try_from(settings.samples()).unwrap_or(usize::MAX);
    let history = History::new(capacity, settings.retain);
    let shared = Arc::new(Shared {
        clock: settings.clock.clone(),
        view: Arc::new(View::new(history, settings.interval, Arc::clone(&selection), now)),
        bell: Arc::new(Bell::default()),
        #[cfg(feature = "prometheus")]
        render_with: settings.render_with.take(),
        #[cfg(feature = "server")]
        feed: crate::server::Feed::default(),
        runs: !settings.off,
    });
    let mut monitor = Monitor {
        handle: Handle(Arc::clone(&shared)),
        thread: None,
        publishes: false,
        process: std::process::id(),
        #[cfg(feature = "server")]
        servers: Servers::default(),
    };
    if settings.off {
        calls::set_enabled(false);
        return Ok(monitor);
    }
    calls::keep_past(settings.kept());
    if !settings.private {
        if !monitor.handle.become_current() {
            return Err(Error::already_running());
        }
        // From here on its drop undoes what was done.
        monitor.publishes = true;
    }
    run(monitor, settings, now)
}

fn run(mut monitor: Monitor, settings: Settings, now: Moment) -> Result<Monitor, Error> {
    let shared = Arc::clone(&monitor.handle.0);
    #[cfg(feature = "server")]
    let bound = Bound::new(&settings)?;
    let mut outputs = Outputs::new(&shared);
    if monitor.publishes {
        calls::select(Some(Arc::clone(&shared.view.selection)));
        // First, so that no call goes past the labels and filters that hold from now on.
        calls::batching_started();
        outputs.install(&settings, &shared)?;
    }
    let pulse = Arc::new(Pulse::default());
    let process = Declared::ask(Box::new(ProcessSource::new(settings.backend, Demand::Ticking)?))?;
    let machine = Declared::machine(settings.backend, &settings.roots, Demand::Ticking)?;
    let container = ContainerSource::new(settings.backend, &settings.roots, Demand::Ticking);
    let container = Declared::ask(Box::new(container))?;
    let [own, overflows] = own::sources(&pulse, settings.backend)?;
    let footprint = settings
        .footprint
        .map(|budget| Declared::ask(Box::new(FootprintSource::new(settings.backend, budget)?)));
    let mut sources = vec![process, machine, container, own, overflows];
    sources.extend(footprint.transpose()?);
    sources.extend(settings.sources);
    let pipeline = Pipeline {
        clock: settings.clock.clone(),
        sampler: Sampler::new(sources, now),
        publisher: monitor.publishes.then(Publisher::default),
        view: Arc::clone(&shared.view),
        outputs,
    };
    let pace = Pace::new(settings.interval, now);
    let bell = Arc::clone(&shared.bell);
    monitor.thread = Some(Run { pipeline, pace, pulse, bell }.spawn()?);
    // The first sample before anything can ask for one.
    monitor.flush();
    if shared.bell.has_ended() {
        return Err(Error::task("take a first sample: the monitor's thread ended at once"));
    }
    #[cfg(feature = "server")]
    {
        monitor.servers = bound.serve(&monitor.handle)?;
    }
    Ok(monitor)
}
