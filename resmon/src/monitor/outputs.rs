//! What a tick hands on to, besides the facade.

/// The outputs that want to hear of each tick.
#[derive(Debug, Default)]
pub(super) struct Outputs {}

impl Outputs {
    pub(super) fn hand_on(&mut self) {}
}
