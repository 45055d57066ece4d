//! `/proc/self/smaps_rollup`: exact, and dear, since the kernel looks at every page for it.

use std::{
    ffi::CStr,
    io,
    time::{Duration, Instant},
};

use super::{file::KeptFile, parse::rollup};
use crate::source::sys::RawFootprint;

/// What a first reading is taken to cost; the slow end of what was measured is 17 ms a GiB.
const EACH_GIB: Duration = Duration::from_millis(20);

/// How many readings are known.
const KNOWN: usize = 4;

/// The file, and what reading it costs.
#[derive(Debug)]
pub(super) struct Rollup {
    file: KeptFile<&'static CStr>,
    /// Of the latest readings, in a ring: the time taken for each GiB. The least tells the cost;
    /// the others lost their CPU to somebody.
    costs: [Duration; KNOWN],
    readings: usize,
}

impl Rollup {
    pub(super) fn new() -> Self {
        let file = KeptFile::new(c"/proc/self/smaps_rollup");
        Self { file, costs: [EACH_GIB; KNOWN], readings: 0 }
    }

    /// Reads it where that is likely to be done in time.
    pub(super) fn read(&mut self, resident: u64, budget: Duration) -> io::Result<RawFootprint> {
        let gib = resident.max(1 << 20) as f64 / f64::from(1 << 30);
        let cost = self.costs.into_iter().min().unwrap_or(EACH_GIB);
        let expected = cost.mul_f64(gib);
        if expected > budget {
            // What was measured under load is doubted a little more each time.
            self.costs = self.costs.map(|cost| cost.mul_f64(0.9));
            let reason = format!("it would take some {expected:.1?}, and {budget:?} are allowed");
            return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
        }
        let began = Instant::now();
        let mut buffer = [0; 4096];
        let found = rollup(self.file.read(&mut buffer)?);
        self.costs[self.readings % KNOWN] = began.elapsed().div_f64(gib);
        self.readings += 1;
        found.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "unknown format"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_take_too_long_is_not_begun() {
        let mut rollup = Rollup::new();
        let error = rollup.read(10 << 30, Duration::from_millis(100)).unwrap_err();
        let expected = "it would take some 200.0ms, and 100ms are allowed";
        assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::TimedOut, expected));
        assert!(rollup.read(10 << 30, Duration::from_secs(1)).is_ok());
    }

    #[test]
    fn one_slow_reading_does_not_end_it() {
        let mut rollup = Rollup::new();
        rollup.costs[0] = Duration::from_secs(20);
        assert!(rollup.read(2 << 20, Duration::from_millis(1)).is_ok());
        // And if all were slow, it is tried again after a while.
        rollup.costs = [Duration::from_secs(20); KNOWN];
        let tries =
            (0..100).take_while(|_| rollup.read(2 << 20, Duration::from_millis(1)).is_err());
        assert!((10..60).contains(&tries.count()));
    }
}
