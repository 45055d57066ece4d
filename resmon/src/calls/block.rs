//! Timing by hand: a block of code rather than a function.

use std::collections::HashMap;

use super::{CallSite, Guard, Label, Outcome, Timed};
use crate::fork::{PerProcess, per_process};

/// Times a block under a name; made by [`timer!`](crate::timer!).
#[derive(Debug, Clone, Copy)]
pub struct Timer(&'static CallSite);

/// A block that is being timed; it ends when this is dropped.
#[derive(Debug)]
#[must_use = "dropping it ends the block"]
pub struct Running(Guard<Timed>);

impl Timer {
    #[doc(hidden)]
    pub const fn new(site: &'static CallSite) -> Self {
        Self(site)
    }

    /// Begins the block.
    pub fn start(self) -> Running {
        Running(self.0.enter())
    }
}

impl Running {
    /// Ends the block as failed: `result="error"`.
    pub fn fail(self) {
        self.0.finish(Outcome::FAILED);
    }
}

/// A [`Timer`] for a block of code, counted as a function of that name.
///
/// # Examples
///
/// ```
/// let timer = resmon::timer!("parse").start();
/// let numbers: Vec<u32> = "1 2 3".split(' ').flat_map(str::parse).collect();
/// drop(timer);
/// assert_eq!(numbers, [1, 2, 3]);
/// ```
#[macro_export]
macro_rules! timer {
    ($name:expr) => {{
        $crate::__site!(
            __RESMON_TIMER = $crate::__private::CallSite::new(
                $crate::__private::Label::Given($name),
                ::core::module_path!()
            )
        );
        $crate::Timer::new(&__RESMON_TIMER)
    }};
}

/// Runs `block` and counts it as a call of a function named `name`.
///
/// It is looked up by name at each call, some 50 ns more than [`timer!`](crate::timer!), and
/// has no `module` label. It counts as `ok` unless it panics: a `Result` is not looked into.
///
/// # Examples
///
/// ```
/// let sum = resmon::time("sum", || (1..=10).sum::<u32>());
/// assert_eq!(sum, 55);
/// ```
pub fn time<T>(name: &'static str, block: impl FnOnce() -> T) -> T {
    static NAMED: PerProcess<Option<HashMap<&'static str, &'static CallSite>>> = per_process!(None);
    let site = *NAMED
        .lock()
        .get_or_insert_default()
        .entry(name)
        .or_insert_with(|| Box::leak(Box::new(CallSite::new(Label::Given(name), ""))));
    let _running = Timer::new(site).start();
    block()
}
