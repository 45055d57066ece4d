//! The pipeline: what happens at each tick, in order. Read this first.

use std::{sync::Arc, time::Instant};

use super::outputs::Outputs;
use crate::{
    calls,
    clock::{Clock, Moment},
    publish::Publisher,
    sampler::Sampler,
    snapshot::Gap,
    view::View,
};

/// The stages of a tick and what they keep.
pub(super) struct Pipeline {
    pub(super) clock: Clock,
    pub(super) sampler: Sampler,
    pub(super) publisher: Option<Publisher>,
    pub(super) view: Arc<View>,
    pub(super) outputs: Outputs,
}

impl Pipeline {
    /// One tick: sample, publish, remember, hand on.
    pub(super) fn tick(&mut self, now: Moment, gap: Option<Gap>) {
        let began = Instant::now();
        let snapshot = self.sampler.sample(now, gap);
        if let Some(publisher) = &mut self.publisher {
            publisher.publish_to_ground(snapshot, &self.view.selection);
            calls::deliver(&self.view.selection);
        } else {
            calls::collect();
        }
        calls::warn_of_slow_calls();
        self.view.remember(snapshot);
        self.outputs.tell(snapshot);
        self.outputs.hand_on();
        self.view.tick_ended(self.clock.now(), began.elapsed());
    }

    /// What was gathered since the tick, at once: for a scrape, a test, the end.
    pub(super) fn flush(&mut self) {
        if self.publisher.is_some() {
            calls::deliver(&self.view.selection);
        }
        self.outputs.hand_on();
    }
}
