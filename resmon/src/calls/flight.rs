//! The options `in_flight` and `slow`: calls that are under way, and for how long.

use std::{
    fmt,
    time::{Duration, Instant},
};

use super::{Amount, Amounts, CallSite, Ended, Extra, registry};
use crate::{
    alloc,
    clock::ticks,
    fork::{PerProcess, generation, per_process},
};

/// The calls of one call site that are under way. A static beside that of the site.
pub struct Flights(PerProcess<Table>);

#[derive(Debug)]
struct Table {
    calls: Vec<Option<Flying>>,
    /// Places in `calls` that are free again.
    free: Vec<usize>,
    warned: Option<Instant>,
    /// Lines that were not written since then.
    withheld: u64,
}

#[derive(Debug, Clone, Copy)]
struct Flying {
    began: u64,
    /// Its slowness was told while it was running.
    told: bool,
}

/// A line about slow calls of one site comes no more often.
const WARN_EVERY: Duration = Duration::from_secs(1);

impl Table {
    const fn new() -> Self {
        Self { calls: Vec::new(), free: Vec::new(), warned: None, withheld: 0 }
    }

    fn count(&self) -> usize {
        self.calls.len() - self.free.len()
    }

    /// Whether a line may be written now; then with how many withheld since the last.
    fn may_warn(&mut self) -> Option<u64> {
        let now = Instant::now();
        if self.warned.is_some_and(|then| now.duration_since(then) < WARN_EVERY) {
            self.withheld += 1;
            return None;
        }
        self.warned = Some(now);
        Some(std::mem::take(&mut self.withheld))
    }
}

impl Flights {
    /// No call yet.
    #[allow(clippy::new_without_default, reason = "only the attributes make one, in a static")]
    #[must_use]
    pub const fn new() -> Self {
        Self(per_process!(Table::new()))
    }

    fn take_off(&self) -> usize {
        let call = Some(Flying { began: ticks::now(), told: false });
        let mut table = self.0.lock();
        let Some(place) = table.free.pop() else {
            alloc::uncounted(|| table.calls.push(call));
            return table.calls.len() - 1;
        };
        table.calls[place] = call;
        place
    }

    fn land(&self, place: usize) {
        let mut table = self.0.lock();
        if table.calls.get_mut(place).and_then(Option::take).is_some() {
            alloc::uncounted(|| table.free.push(place));
        }
    }

    /// How many there are, and since when the oldest is.
    pub(super) fn now(&self) -> (usize, Option<Duration>) {
        let table = self.0.lock();
        let oldest = table.calls.iter().flatten().map(|call| call.began).min();
        (table.count(), oldest.map(age))
    }

    fn ages(&self) -> Vec<Duration> {
        self.0.lock().calls.iter().flatten().map(|call| age(call.began)).collect()
    }
}

impl fmt::Debug for Flights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Flights").field(&self.now().0).finish()
    }
}

fn age(began: u64) -> Duration {
    ticks::duration(ticks::now().saturating_sub(began))
}

/// A call that is to be seen while it is under way.
#[derive(Debug, Default)]
pub struct InFlight {
    /// Where, at which place, and in which process: a forked child has none of its parent's.
    on: Option<(&'static CallSite, usize, usize)>,
}

impl InFlight {
    fn land(&mut self) {
        if let Some((site, place, process)) = self.on.take()
            && process == generation()
        {
            site.flights().into_iter().for_each(|flights| flights.land(place));
        }
    }
}

impl Extra for InFlight {
    const ANY: bool = true;

    fn begin(&mut self, site: &'static CallSite) -> &'static CallSite {
        self.land();
        self.on = site.flights().map(|flights| (site, flights.take_off(), generation()));
        site
    }

    fn abandon(&mut self) {
        self.land();
    }

    fn end(mut self, ended: &Ended, amounts: &mut Amounts) {
        self.land();
        let slow = ended.site.slow().filter(|limit| ticks::duration(ended.elapsed) >= *limit);
        if let Some(limit) = slow {
            amounts.set(Amount::Slow, 1);
            // What the program's subscriber allocates for it is no call's.
            alloc::uncounted(|| tell_end(ended, limit));
        }
    }
}

/// A future that is dropped before its first poll has not begun; one that began has ended.
impl Drop for InFlight {
    fn drop(&mut self) {
        self.land();
    }
}

#[cold]
fn tell_end(ended: &Ended, limit: Duration) {
    let Some(flights) = ended.site.flights() else { return };
    let Some(withheld) = flights.0.lock().may_warn() else { return };
    let took = ticks::duration(ended.elapsed);
    tracing::warn!(
        target: "resmon",
        function = ended.site.function(),
        module = ended.site.module(),
        elapsed = took.as_secs_f64(),
        limit = limit.as_secs_f64(),
        result = ended.result.as_str(),
        withheld,
        "{} was slow: it took {took:.3?}",
        ended.site.function(),
    );
}

/// Tells of calls that have been under way for longer than they should, each once.
pub(crate) fn warn_of_slow_calls() {
    for site in registry::watched() {
        if let (Some(flights), Some(limit)) = (site.flights(), site.slow()) {
            warn_of_slow_calls_of(site, flights, limit);
        }
    }
}

fn warn_of_slow_calls_of(site: &CallSite, flights: &Flights, limit: Duration) {
    let mut table = flights.0.lock();
    let late = table.calls.iter_mut().flatten().filter(|call| !call.told);
    let late: Vec<Duration> = late
        .filter_map(|call| {
            let age = age(call.began);
            call.told = age >= limit;
            call.told.then_some(age)
        })
        .collect();
    let Some(oldest) = late.iter().max() else { return };
    let Some(withheld) = table.may_warn() else { return };
    // The program's subscriber is not to run under the lock.
    drop(table);
    tracing::warn!(
        target: "resmon",
        function = site.function(),
        module = site.module(),
        age = oldest.as_secs_f64(),
        limit = limit.as_secs_f64(),
        calls = late.len(),
        withheld,
        "{} is slow: it has been running for {oldest:.3?}",
        site.function(),
    );
}

/// A call that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallInFlight {
    function: String,
    module: &'static str,
    age: Duration,
}

impl CallInFlight {
    /// The `function` label.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The `module` label.
    pub fn module(&self) -> &'static str {
        self.module
    }

    /// For how long it has been running.
    pub fn age(&self) -> Duration {
        self.age
    }
}

/// The calls under way of functions with `in_flight` or `slow`, the oldest first.
pub(crate) fn in_flight() -> Vec<CallInFlight> {
    let mut all = Vec::new();
    for site in registry::watched() {
        for age in site.flights().map(Flights::ages).unwrap_or_default() {
            let function = site.function().to_owned();
            all.push(CallInFlight { function, module: site.module(), age });
        }
    }
    all.sort_by_key(|call| std::cmp::Reverse(call.age));
    all
}
