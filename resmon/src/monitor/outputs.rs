//! What a tick hands on to, besides the facade.

use std::sync::Arc;

use super::{handle::Shared, settings::Settings};
use crate::{Error, snapshot::Snapshot};
#[cfg(feature = "prometheus")]
use crate::{
    calls,
    figure::{self, Definition},
    prometheus::{self, Installed},
};

/// The outputs that want to hear of each tick.
#[derive(Debug)]
pub(super) struct Outputs {
    /// resmon's recorder, whose memory is bounded by its upkeep when nobody scrapes.
    #[cfg(feature = "prometheus")]
    pub(super) recorder: Option<Installed>,
    /// Those who look at the page.
    #[cfg(feature = "server")]
    viewers: super::viewers::Viewers,
}

impl Outputs {
    #[cfg_attr(not(feature = "server"), expect(unused_variables, reason = "nobody looks on"))]
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            #[cfg(feature = "prometheus")]
            recorder: None,
            #[cfg(feature = "server")]
            viewers: super::viewers::Viewers::new(Arc::clone(shared)),
        }
    }

    /// Tells those who look on of a sample.
    #[cfg(feature = "server")]
    pub(super) fn tell(&mut self, snapshot: &Snapshot) {
        self.viewers.tell(snapshot);
    }

    #[cfg(not(feature = "server"))]
    #[expect(clippy::unused_self, reason = "nobody looks on without the feature")]
    pub(super) fn tell(&mut self, _: &Snapshot) {}

    /// Installs resmon's recorder where that was asked for and the program has none. Where
    /// it has, its own stands, and what it renders is shown if it says how.
    #[cfg(feature = "prometheus")]
    pub(super) fn install(&mut self, settings: &Settings, shared: &Shared) -> Result<(), Error> {
        if !settings.wants_recorder() || shared.render_with.is_some() {
            return Ok(());
        }
        let declared = settings.sources.iter().flat_map(|source| &source.figures);
        let selection = &shared.view.selection;
        let asked_for = figure::catalogue().filter(|figure| selection.exports(figure));
        let figures: Vec<Definition> = declared.cloned().chain(asked_for.cloned()).collect();
        let config = prometheus::Config {
            labels: selection.labels.clone(),
            figures,
            bounds: &calls::DEFAULT_BOUNDS,
        };
        match prometheus::install(&config) {
            Ok(installed) => {
                calls::own_recorder_installed();
                self.recorder = Some(installed);
                Ok(())
            }
            Err(error) if error.is_recorder_taken() => Ok(()),
            Err(error) => Err(error),
        }
    }

    #[cfg(not(feature = "prometheus"))]
    #[expect(
        clippy::unused_self,
        clippy::unnecessary_wraps,
        reason = "no recorder without the feature"
    )]
    pub(super) fn install(&mut self, _: &Settings, _: &Shared) -> Result<(), Error> {
        Ok(())
    }

    #[cfg(feature = "prometheus")]
    pub(super) fn hand_on(&mut self) {
        self.recorder.iter().for_each(Installed::run_upkeep);
    }

    #[cfg(not(feature = "prometheus"))]
    #[expect(clippy::unused_self, reason = "nothing is handed on to without features")]
    pub(super) fn hand_on(&mut self) {}
}
