//! What an option of an attribute adds to each call.
//!
//! A call without options has `()`, which is nothing at all; several are a pair of pairs.

use super::{Amounts, CallResult, CallSite};

/// A call that has ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// Where it is counted.
    pub(super) site: &'static CallSite,
    /// In ticks; 0 where it is not timed.
    pub(super) elapsed: u64,
    pub(super) result: CallResult,
}

/// What one option does at the turns of a call.
///
/// A call begins, runs in one piece or, where it is async, in as many as it is polled, and
/// ends. It may begin anew before it has run, where a future turns out to be the call.
pub trait Extra: Default {
    /// Whether there is anything to do.
    const ANY: bool;

    /// The call begins at `site`; it is counted at the one returned.
    fn begin(&mut self, site: &'static CallSite) -> &'static CallSite {
        site
    }

    /// The call begins or goes on to run, on this thread.
    fn resume(&mut self) {}

    /// The call stops running.
    fn pause(&mut self) {}

    /// What the call's line says besides.
    fn take_fields(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// The call that began is none: what is returned is a future, and its first poll begins
    /// the call.
    fn abandon(&mut self) {}

    /// The call has ended.
    fn end(self, _ended: &Ended, _amounts: &mut Amounts) {}
}

impl Extra for () {
    const ANY: bool = false;
}

impl<A: Extra, B: Extra> Extra for (A, B) {
    const ANY: bool = A::ANY || B::ANY;

    fn begin(&mut self, site: &'static CallSite) -> &'static CallSite {
        let site = self.0.begin(site);
        self.1.begin(site)
    }

    fn resume(&mut self) {
        self.0.resume();
        self.1.resume();
    }

    fn pause(&mut self) {
        self.1.pause();
        self.0.pause();
    }

    fn take_fields(&mut self) -> Vec<String> {
        let mut fields = self.0.take_fields();
        fields.append(&mut self.1.take_fields());
        fields
    }

    fn abandon(&mut self) {
        self.0.abandon();
        self.1.abandon();
    }

    fn end(self, ended: &Ended, amounts: &mut Amounts) {
        self.1.end(ended, amounts);
        self.0.end(ended, amounts);
    }
}
