//! The option `labels`: a call is counted by the values that it had at entry.
//!
//! Each set of values is a call site of its own, made when it first comes and never freed;
//! so their number is bounded, and what goes beyond is counted as `other`.

use std::{
    collections::HashMap,
    fmt::{self, Display},
};

use super::{CallSite, Extra, registry, route};
use crate::{
    alloc,
    fork::{PerProcess, per_process},
};

/// The value of each label of the sets beyond the limit.
const OTHER: &str = "other";

/// The sets of values that came at one call site. A static beside that of the site.
pub struct Labelled {
    names: &'static [&'static str],
    max: usize,
    sets: PerProcess<Option<Sets>>,
}

#[derive(Default)]
struct Sets {
    sites: HashMap<Box<[String]>, &'static CallSite>,
    other: Option<&'static CallSite>,
    overflows: u64,
}

impl Labelled {
    /// Labels of those names, with so many sets of values at most.
    #[must_use]
    pub const fn new(names: &'static [&'static str], max: usize) -> Self {
        Self { names, max, sets: per_process!(None) }
    }

    /// Calls that were counted as `other`.
    pub(super) fn overflows(&self) -> u64 {
        self.sets.lock().as_ref().map_or(0, |sets| sets.overflows)
    }

    fn site(&self, base: &'static CallSite, values: &[String]) -> &'static CallSite {
        let mut sets = self.sets.lock();
        let sets = sets.get_or_insert_default();
        if let Some(known) = sets.sites.get(values) {
            return known;
        }
        if sets.sites.len() < self.max {
            let site = self.make(base, values.iter().map(String::as_str));
            sets.sites.insert(values.into(), site);
            return site;
        }
        sets.overflows += 1;
        sets.other.get_or_insert_with(|| self.make(base, self.names.iter().map(|_| OTHER)))
    }

    fn make<'a>(
        &self,
        base: &'static CallSite,
        values: impl Iterator<Item = &'a str>,
    ) -> &'static CallSite {
        let leaked = |value: &str| -> &'static str { Box::leak(Box::from(value)) };
        let own = self.names.iter().copied().zip(values.map(leaked));
        let site = base.with_labels(base.labels().iter().copied().chain(own).collect());
        // Known from its first call on, which may take long to end.
        site.registered_id();
        site
    }
}

impl fmt::Debug for Labelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Labelled").field("names", &self.names).finish_non_exhaustive()
    }
}

/// The functions of which calls were counted as `other`, and how many.
pub(crate) fn label_overflows() -> impl Iterator<Item = (&'static str, u64)> {
    let sites = registry::watched().into_iter();
    sites.filter_map(|site| Some((site.function(), site.label_sets()?.overflows())))
}

/// The values that a call's labels had at its entry.
#[derive(Debug, Default)]
pub struct Labels(Option<Values>);

#[derive(Debug)]
struct Values(&'static Labelled, Vec<String>);

impl Labels {
    /// Takes the values, unless resmon is disabled.
    pub fn of<const N: usize>(
        labelled: &'static Labelled,
        values: impl FnOnce() -> [String; N],
    ) -> Self {
        let take = || alloc::uncounted(|| Values(labelled, values().into()));
        Self(route::is_enabled().then(take))
    }
}

/// The value of a label.
pub fn label(value: &(impl Display + ?Sized)) -> String {
    value.to_string()
}

impl Extra for Labels {
    const ANY: bool = true;

    fn begin(&mut self, site: &'static CallSite) -> &'static CallSite {
        // Where the call begins anew, the site is the one that was found before.
        match self.0.take() {
            Some(Values(labelled, values)) => alloc::uncounted(|| labelled.site(site, &values)),
            None => site,
        }
    }
}
