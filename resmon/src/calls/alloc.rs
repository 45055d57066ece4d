//! The option `count_alloc`: what each call allocates.

use super::{Amount, Amounts, CallSite, Ended, Extra};
use crate::alloc::{self, Allocated};

/// What this thread allocates while the call runs.
#[derive(Debug, Default)]
pub struct Alloc {
    sum: Allocated,
    since: Allocated,
}

impl Extra for Alloc {
    const ANY: bool = true;

    fn begin(&mut self, site: &'static CallSite) -> &'static CallSite {
        *self = Self::default();
        site
    }

    fn resume(&mut self) {
        self.since = alloc::allocated();
    }

    fn pause(&mut self) {
        let now = alloc::allocated();
        self.sum.count += now.count.wrapping_sub(self.since.count);
        self.sum.bytes += now.bytes.wrapping_sub(self.since.bytes);
    }

    fn end(self, _: &Ended, amounts: &mut Amounts) {
        amounts.set(Amount::Allocations, self.sum.count);
        amounts.set(Amount::AllocatedBytes, self.sum.bytes);
    }
}
