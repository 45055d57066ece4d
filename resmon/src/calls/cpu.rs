//! The option `cpu`: the CPU time of each call.

use super::{Amount, Amounts, CallSite, Ended, Extra};
use crate::clock;

/// CPU time of this thread while the call runs: user and system together.
#[derive(Debug, Default)]
pub struct Cpu {
    /// Nanoseconds.
    spent: u64,
    since: Option<u64>,
}

impl Extra for Cpu {
    const ANY: bool = true;

    fn begin(&mut self, site: &'static CallSite) -> &'static CallSite {
        *self = Self::default();
        site
    }

    fn resume(&mut self) {
        self.since = clock::thread_cpu_nanoseconds();
    }

    fn pause(&mut self) {
        if let (Some(since), Some(now)) = (self.since.take(), clock::thread_cpu_nanoseconds()) {
            self.spent += now.saturating_sub(since);
        }
    }

    fn end(self, _: &Ended, amounts: &mut Amounts) {
        amounts.set(Amount::Cpu, self.spent);
    }
}
