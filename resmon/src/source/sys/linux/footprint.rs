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

/// The file, and what its latest reading cost.
#[derive(Debug)]
pub(super) struct Rollup {
    file: KeptFile<&'static CStr>,
    /// Resident bytes, and the time taken.
    cost: (u64, Duration),
}

impl Rollup {
    pub(super) fn new() -> Self {
        Self { file: KeptFile::new(c"/proc/self/smaps_rollup"), cost: (1 << 30, EACH_GIB) }
    }

    /// Reads it where that is likely to be done in time.
    pub(super) fn read(&mut self, resident: u64, budget: Duration) -> io::Result<RawFootprint> {
        let (then, took) = self.cost;
        let expected = took.mul_f64(resident as f64 / then.max(1) as f64);
        if expected > budget {
            let reason = format!("it would take some {expected:.1?}, and {budget:?} are allowed");
            return Err(io::Error::new(io::ErrorKind::TimedOut, reason));
        }
        let began = Instant::now();
        let mut buffer = [0; 4096];
        let found = rollup(self.file.read(&mut buffer)?);
        self.cost = (resident, began.elapsed());
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
        // What it took for ten GiB is what ten are taken to take.
        assert!(rollup.cost.0 == 10 << 30 && rollup.cost.1 > Duration::ZERO);
    }
}
