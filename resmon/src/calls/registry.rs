//! Every call site of the program.
//!
//! Where the linker gathers sections (ELF), each site has an entry in a section of its own,
//! named by resmon's major and minor version so that two versions in one program do not
//! meet, and all sites are known at the start. Elsewhere, and for sites in libraries loaded
//! later, a site registers at its first call. A section of our own costs the caller's crate
//! one static a site; `linkme` would do the same with a second macro expansion.

use std::{
    cell::RefCell,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::CallSite;

/// One entry of the section.
#[derive(Debug)]
#[repr(transparent)]
pub struct Entry(Option<&'static CallSite>);

impl Entry {
    /// Lists `site`.
    pub const fn new(site: &'static CallSite) -> Self {
        Self(Some(site))
    }
}

/// Declares the static of a call site and its entry in the section.
#[doc(hidden)]
#[macro_export]
macro_rules! __site {
    ($name:ident = $site:expr) => {
        static $name: $crate::__private::CallSite = $site;
        const _: () = {
            #[used]
            #[cfg_attr(
                all(
                    any(target_os = "linux", target_os = "android", target_os = "freebsd"),
                    not(miri)
                ),
                unsafe(link_section = "resmon_0_1")
            )]
            static ENTRY: $crate::__private::Entry = $crate::__private::Entry::new(&$name);
        };
    };
}

static SITES: Mutex<Sites> = Mutex::new(Sites { all: Vec::new(), watched: Vec::new() });

struct Sites {
    all: Vec<&'static CallSite>,
    /// Those with something to be looked at between calls: labels, or calls under way.
    watched: Vec<&'static CallSite>,
}

/// Numbers a site, from 1, and those of the section before it.
pub(super) fn register(site: &'static CallSite) -> u32 {
    let mut sites = lock();
    number(&mut sites, site)
}

fn number(sites: &mut Sites, site: &'static CallSite) -> u32 {
    if site.id() == 0 {
        sites.all.push(site);
        site.set_id(u32::try_from(sites.all.len()).unwrap_or(u32::MAX));
        if site.flights().is_some() || site.label_sets().is_some() {
            sites.watched.push(site);
        }
    }
    site.id()
}

/// The sites known so far.
fn lock() -> MutexGuard<'static, Sites> {
    let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
    if sites.all.is_empty() {
        for site in section::linked().iter().filter_map(|entry| entry.0) {
            number(&mut sites, site);
        }
    }
    sites
}

thread_local! {
    /// The list, while this thread forks.
    static HELD: RefCell<Option<MutexGuard<'static, Sites>>> = const { RefCell::new(None) };
}

/// Keeps other threads from the list, so that a fork finds it whole and free.
pub(super) fn hold() {
    let _ = HELD.try_with(|held| held.replace(Some(lock())));
}

/// Lets them.
pub(super) fn release() {
    let _ = HELD.try_with(RefCell::take);
}

/// How many sites there are.
pub(super) fn len() -> usize {
    lock().all.len()
}

/// The sites from number `from` on; the site with number n is at n - 1.
pub(super) fn since(from: usize) -> Vec<&'static CallSite> {
    lock().all.get(from..).unwrap_or_default().to_vec()
}

/// The sites with labels of their calls, or with calls under way that are to be seen.
pub(super) fn watched() -> Vec<&'static CallSite> {
    lock().watched.clone()
}

#[cfg(all(any(target_os = "linux", target_os = "android", target_os = "freebsd"), not(miri)))]
#[allow(unsafe_code, reason = "the linker names the ends of a section by symbols")]
mod section {
    use super::Entry;

    /// Keeps the section from being absent in a program without annotated functions.
    #[used]
    #[unsafe(link_section = "resmon_0_1")]
    static NONE: Entry = Entry(None);

    // SAFETY: the linker defines both for every section whose name is an identifier; all
    // that stands between them are the entries.
    unsafe extern "Rust" {
        #[link_name = "__start_resmon_0_1"]
        static START: Entry;
        #[link_name = "__stop_resmon_0_1"]
        static STOP: Entry;
    }

    pub(super) fn linked() -> &'static [Entry] {
        let (start, stop) = (&raw const START, &raw const STOP);
        let len = (stop.addr() - start.addr()) / size_of::<Entry>();
        // SAFETY: the section holds entries only, all of one size and alignment, which the
        // linker lays end to end; they are statics, so they live as long as the program.
        unsafe { std::slice::from_raw_parts(start, len) }
    }
}

#[cfg(not(all(
    any(target_os = "linux", target_os = "android", target_os = "freebsd"),
    not(miri)
)))]
mod section {
    use super::Entry;

    pub(super) fn linked() -> &'static [Entry] {
        &[]
    }
}
