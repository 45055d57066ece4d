//! How long a future waited for its first poll, where its creation is seen.

use super::{Amount, Amounts, CallSite, Ended, Extra};
use crate::clock::ticks;

/// Since when, and then for how long, in ticks; 0 where it is not known.
#[derive(Debug, Default)]
pub struct FirstPoll {
    made: u64,
    waited: u64,
}

impl FirstPoll {
    /// The future is made now.
    #[inline]
    #[must_use]
    pub fn made_now() -> Self {
        Self::made_at(ticks::now())
    }

    /// The future was made then.
    pub(super) const fn made_at(made: u64) -> Self {
        Self { made, waited: 0 }
    }
}

impl Extra for FirstPoll {
    const ANY: bool = true;

    fn begin(&mut self, site: &'static CallSite) -> &'static CallSite {
        if self.made > 0 {
            self.waited = ticks::now().saturating_sub(self.made);
        }
        site
    }

    fn end(self, _: &Ended, amounts: &mut Amounts) {
        amounts.set(Amount::FirstPoll, self.waited);
    }
}
