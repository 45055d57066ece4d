//! The number of threads and the start of the process.

use std::ffi::CStr;

use rustix::fs::fstat;

use super::{
    file::KeptFile,
    parse::{self, Stat},
    parsed,
};
use crate::source::sys::Failures;

/// How many samples pass between comparisons of the two ways to count.
const COMPARED: u64 = 100;

/// Links that `/proc/self/task` has besides its threads: its own two names.
const OWN_LINKS: u64 = 2;

/// Reads threads and start from `/proc/self/stat` now and then, and threads alone in between.
///
/// The kernel gathers fifty figures to write `stat`, which costs more than all other files
/// together. The link count of `/proc/self/task` is the number of threads at a seventh of the
/// price. It is believed as long as it agrees with `stat` whenever both are read, at the first
/// and every hundredth sample: sandboxes that imitate `/proc` have other link counts.
#[derive(Debug)]
pub(super) struct Threads {
    stat: KeptFile<&'static CStr>,
    folder: KeptFile<&'static CStr>,
    /// For how many more samples the link count is believed.
    believed: u64,
    start_ticks: Option<u64>,
}

impl Threads {
    pub(super) fn new() -> Self {
        Self {
            stat: KeptFile::new(c"/proc/self/stat"),
            folder: KeptFile::folder(c"/proc/self/task"),
            believed: 0,
            start_ticks: None,
        }
    }

    /// Clock ticks from boot to the start of the process, which never change.
    pub(super) fn start_ticks(&self) -> Option<u64> {
        self.start_ticks
    }

    /// The number of threads.
    pub(super) fn count(&mut self, failures: &mut Failures) -> Option<u64> {
        let linked = self.linked();
        if self.believed > 0 && linked.is_some() {
            self.believed -= 1;
            return linked;
        }
        let stat: Option<Stat> = parsed::<_, 1024>(&mut self.stat, parse::stat, failures);
        self.start_ticks = stat.map(|stat| stat.start_ticks).or(self.start_ticks);
        let threads = stat.map(|stat| stat.threads);
        // A thread that starts or ends in between makes them differ once: the next sample
        // reads both again.
        let agree = threads.is_some() && threads == linked;
        self.believed = if agree { COMPARED - 1 } else { 0 };
        threads
    }

    fn linked(&mut self) -> Option<u64> {
        let status = self.folder.fd().and_then(|fd| Ok(fstat(fd)?));
        if status.is_err() {
            self.folder.close();
        }
        #[allow(clippy::useless_conversion, reason = "its width differs between machines")]
        u64::from(status.ok()?.st_nlink).checked_sub(OWN_LINKS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_stat_agree() {
        let mut threads = Threads::new();
        // Other tests start and end threads meanwhile, so one agreement in many will do.
        let agreed = (0..1000).any(|_| {
            let _ = threads.count(&mut Failures::default());
            threads.believed > 0
        });
        assert!(agreed);
        assert!(threads.start_ticks().is_some());
    }

    #[test]
    fn without_links_stat_is_read_each_time() {
        let mut threads =
            Threads { folder: KeptFile::folder(c"/proc/self/no_such_folder"), ..Threads::new() };
        for _ in 0..2 {
            let mut failures = Failures::default();
            assert!(threads.count(&mut failures).is_some_and(|count| count > 0));
            assert!(threads.believed == 0 && failures.into_error().is_none());
        }
    }

    #[test]
    fn links_of_another_meaning_are_not_believed() {
        // The folder of this process has links of its own number.
        let mut threads = Threads { folder: KeptFile::folder(c"/proc"), ..Threads::new() };
        let count = threads.count(&mut Failures::default()).unwrap();
        assert!(threads.believed == 0 && count < 1000);
    }

    #[test]
    fn an_unreadable_stat_leaves_the_start_known() {
        let mut threads = Threads::new();
        assert!(threads.count(&mut Failures::default()).is_some());
        threads.stat = KeptFile::new(c"/proc/self/no_such_file");
        threads.believed = 0;
        let mut failures = Failures::default();
        assert_eq!(threads.count(&mut failures), None);
        assert!(failures.into_error().is_some());
        assert!(threads.start_ticks().is_some());
    }
}
