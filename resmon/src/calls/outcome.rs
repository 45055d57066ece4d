//! Whether a returned value is a failure, found from its type without asking for a bound.
//!
//! Method lookup tries fewer references last: a `Result` whose error can be displayed,
//! then any `Result`, then any value. `(&&&Probe(&value)).resmon_outcome()` takes the
//! first that fits. The method's name is long so that no trait of the caller answers to it.

use std::fmt::{self, Display};

/// What the value says of the call.
#[derive(Clone, Copy)]
pub struct Outcome<'a> {
    pub(super) failed: bool,
    pub(super) error: Option<&'a dyn Display>,
}

impl Outcome<'_> {
    /// The call did its work.
    pub const OK: Self = Self { failed: false, error: None };
    /// The call failed and said no more.
    pub const FAILED: Self = Self { failed: true, error: None };

    /// What it says of the call is not for its type to tell.
    #[must_use]
    pub const fn judged(self, failed: bool) -> Self {
        Self { failed, ..self }
    }
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outcome").field("failed", &self.failed).finish_non_exhaustive()
    }
}

/// Asks a value.
#[derive(Debug)]
pub struct Probe<'a, T: ?Sized>(pub &'a T);

/// A `Result` whose error has a `Display`.
pub trait ViaDisplay<'a> {
    /// What the value says of the call.
    fn resmon_outcome(&self) -> Outcome<'a>;
}

impl<'a, T, E: Display> ViaDisplay<'a> for &&Probe<'a, Result<T, E>> {
    fn resmon_outcome(&self) -> Outcome<'a> {
        match self.0 {
            Ok(_) => Outcome::OK,
            Err(error) => Outcome { failed: true, error: Some(error) },
        }
    }
}

/// Any `Result`.
pub trait ViaResult<'a> {
    /// What the value says of the call.
    fn resmon_outcome(&self) -> Outcome<'a>;
}

impl<'a, T, E> ViaResult<'a> for &Probe<'a, Result<T, E>> {
    fn resmon_outcome(&self) -> Outcome<'a> {
        Outcome { failed: self.0.is_err(), error: None }
    }
}

/// Any value.
pub trait ViaAny<'a> {
    /// What the value says of the call.
    fn resmon_outcome(&self) -> Outcome<'a>;
}

impl<'a, T: ?Sized> ViaAny<'a> for Probe<'a, T> {
    fn resmon_outcome(&self) -> Outcome<'a> {
        Outcome::OK
    }
}

#[cfg(test)]
#[allow(clippy::needless_borrow, reason = "each reference is a rank of the method lookup")]
mod tests {
    use super::*;

    struct Silent;

    #[test]
    fn results_are_told_from_other_values() {
        let failed: Result<u8, String> = Err("no".to_owned());
        let outcome = (&&&Probe(&failed)).resmon_outcome();
        assert!(outcome.failed && outcome.error.is_some_and(|e| e.to_string() == "no"));

        let silent: Result<u8, Silent> = Err(Silent);
        let outcome = (&&&Probe(&silent)).resmon_outcome();
        assert!(outcome.failed && outcome.error.is_none());

        let fine: Result<u8, Silent> = Ok(1);
        assert!(!(&&&Probe(&fine)).resmon_outcome().failed);
        assert!(!(&&&Probe(&None::<u8>)).resmon_outcome().failed);
        assert!(!(&&&Probe("text")).resmon_outcome().failed);
    }
}
