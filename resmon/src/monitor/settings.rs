//! What a monitor has been told to do.

use std::time::Duration;

use crate::{
    Backend, Error,
    clock::Clock,
    selection::Selection,
    source::{Declared, Roots},
};

/// Samples kept at least, and at most, where nobody says how long.
const FEWEST_SAMPLES: u32 = 60;
const MOST_SAMPLES: u32 = 6_000;

/// What a builder has been told.
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the builder's own")]
pub(super) struct Settings {
    pub(super) off: bool,
    pub(super) private: bool,
    pub(super) interval: Duration,
    pub(super) history: Option<Duration>,
    pub(super) retain: Option<Duration>,
    pub(super) clock: Clock,
    pub(super) backend: Backend,
    pub(super) roots: Roots,
    pub(super) footprint: Option<Duration>,
    pub(super) selection: Selection,
    pub(super) sources: Vec<Declared>,
    /// Why a source could not be added: the first of them.
    pub(super) refused: Option<Error>,
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
            history: None,
            retain: None,
            clock: Clock::System,
            backend: Backend::default(),
            roots: Roots::default(),
            footprint: None,
            selection: Selection::default(),
            sources: Vec::new(),
            refused: None,
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

impl Settings {
    /// How far back samples are kept.
    pub(super) fn history(&self) -> Duration {
        let usual = Duration::from_mins(10).clamp(
            self.interval.saturating_mul(FEWEST_SAMPLES),
            self.interval.saturating_mul(MOST_SAMPLES),
        );
        self.history.unwrap_or(usual)
    }

    /// How far back anything is kept.
    pub(super) fn kept(&self) -> Duration {
        self.history().max(self.retain.unwrap_or_default())
    }

    /// How many samples that makes.
    pub(super) fn samples(&self) -> u128 {
        self.history().as_nanos() / self.interval.as_nanos().max(1)
    }

    /// Whether something will ask for the text that only resmon's recorder makes whole.
    #[cfg(feature = "prometheus")]
    pub(super) fn wants_recorder(&self) -> bool {
        #[cfg(feature = "server")]
        let serves = self.serve.is_some() || self.serve_metrics.is_some();
        #[cfg(not(feature = "server"))]
        let serves = false;
        self.install_recorder || serves
    }
}
