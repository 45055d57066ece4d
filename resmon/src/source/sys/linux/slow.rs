//! Figures that change slowly or cost more: read now and then, and kept in between.

use std::{ffi::CStr, io};

use super::{file::KeptFile, parse, parsed};
use crate::source::sys::{Failures, RawProcess, unix};

/// The figures, and their values of the last reading.
#[derive(Debug)]
pub(super) struct Slow {
    status: KeptFile<&'static CStr>,
    oom: KeptFile<&'static CStr>,
    resident_peak: Option<u64>,
    swap: Option<u64>,
    oom_score: Option<i64>,
    max_fds: Option<u64>,
    address_space_max: Option<u64>,
}

impl Slow {
    pub(super) fn new() -> Self {
        Self {
            status: KeptFile::new(c"/proc/self/status"),
            oom: KeptFile::new(c"/proc/self/oom_score"),
            resident_peak: None,
            swap: None,
            oom_score: None,
            max_fds: None,
            address_space_max: None,
        }
    }

    /// Reads all of them; one that fails is absent until the next reading.
    pub(super) fn read(&mut self, failures: &mut Failures) {
        // A kernel without swap lists no VmSwap, one thing alone being there is no failure.
        let known = |text: &[u8]| {
            let (peak, swap) = parse::status(text);
            (peak.is_some() || swap.is_some()).then_some((peak, swap))
        };
        let status = parsed::<_, 4096>(&mut self.status, known, failures);
        (self.resident_peak, self.swap) = status.unwrap_or_default();
        self.oom_score = parsed::<_, 64>(&mut self.oom, parse::single, failures);
        let mut limit = |result: io::Result<_>| failures.keep("getrlimit", result).flatten();
        self.max_fds = limit(unix::max_fds());
        self.address_space_max = limit(unix::address_space_max());
    }

    /// Puts the values of the last reading into a sample.
    pub(super) fn put(&self, raw: &mut RawProcess) {
        raw.resident_peak = self.resident_peak;
        raw.swap = self.swap;
        raw.oom_score = self.oom_score;
        raw.max_fds = self.max_fds;
        raw.address_space_max = self.address_space_max;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(slow: &Slow) -> RawProcess {
        let mut raw = RawProcess::default();
        slow.put(&mut raw);
        raw
    }

    #[test]
    fn values_stand_until_the_next_reading() {
        let mut slow = Slow::new();
        slow.read(&mut Failures::default());
        let first = put(&slow);
        assert!(first.resident_peak.is_some() && first.oom_score.is_some());
        slow.status = KeptFile::new(c"/proc/self/no_such_file");
        assert_eq!(put(&slow).resident_peak, first.resident_peak);
        let mut failures = Failures::default();
        slow.read(&mut failures);
        assert_eq!(put(&slow).resident_peak, None);
        assert!(put(&slow).oom_score.is_some());
        let error = failures.into_error().unwrap();
        assert!(error.to_string().ends_with("read /proc/self/no_such_file"), "{error}");
    }
}
