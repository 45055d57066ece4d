//! Counters and peaks never go backwards, whatever the kernel says for a moment.

use std::time::Duration;

use crate::source::sys::{RawIo, RawProcess, Usage};

/// The highest reading so far of each counter and of resident memory.
///
/// The kernel adds up living threads and those that ended without one lock around both, so a
/// thread that ends during a reading can be missed once.
#[derive(Debug, Default)]
pub(super) struct Monotone {
    cpu: Option<Duration>,
    usage: Option<Usage>,
    io: RawIo,
    resident: Option<u64>,
}

impl Monotone {
    /// Raises every counter and peak of `raw` to its highest reading; one that is absent stays so.
    pub(super) fn hold(&mut self, raw: &mut RawProcess) {
        if let Some(cpu) = &mut raw.cpu {
            raise(&mut self.cpu, &mut cpu.used);
        }
        if let Some(usage) = &mut raw.usage {
            let highest = self.usage.get_or_insert(*usage);
            highest.user = highest.user.max(usage.user);
            highest.system = highest.system.max(usage.system);
            highest.voluntary_switches = highest.voluntary_switches.max(usage.voluntary_switches);
            highest.involuntary_switches =
                highest.involuntary_switches.max(usage.involuntary_switches);
            highest.minor_faults = highest.minor_faults.max(usage.minor_faults);
            highest.major_faults = highest.major_faults.max(usage.major_faults);
            *usage = *highest;
        }
        // The kernel updates its high-water mark now and then, from counters that lag.
        if let Some(mut resident) = raw.resident {
            raise(&mut self.resident, &mut resident);
            raw.resident_peak = raw.resident_peak.map(|peak| peak.max(resident));
        }
        let (highest, io) = (&mut self.io, &mut raw.io);
        for (highest, now) in [
            (&mut highest.read_bytes, &mut io.read_bytes),
            (&mut highest.write_bytes, &mut io.write_bytes),
            (&mut highest.cancelled_write_bytes, &mut io.cancelled_write_bytes),
            (&mut highest.read_chars, &mut io.read_chars),
            (&mut highest.write_chars, &mut io.write_chars),
            (&mut highest.read_calls, &mut io.read_calls),
            (&mut highest.write_calls, &mut io.write_calls),
        ] {
            if let Some(now) = now {
                raise(highest, now);
            }
        }
    }
}

fn raise<T: Ord + Copy>(highest: &mut Option<T>, now: &mut T) {
    let held = highest.map_or(*now, |highest| highest.max(*now));
    *highest = Some(held);
    *now = held;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::sys::CpuReading;

    fn raw(counter: Option<u64>) -> RawProcess {
        let at = Duration::ZERO;
        let cpu = counter.map(|n| CpuReading { used: Duration::from_millis(n), at });
        let usage = counter.map(|n| Usage { minor_faults: n, ..Usage::default() });
        let io = RawIo { read_bytes: counter, ..RawIo::default() };
        RawProcess { cpu, usage, io, resident: counter, ..RawProcess::default() }
    }

    #[test]
    fn a_dip_is_held_and_a_gap_forgets_nothing() {
        let mut monotone = Monotone::default();
        let seen = [Some(10), Some(7), None, Some(8), Some(12)].map(|counter| {
            let mut raw = raw(counter);
            monotone.hold(&mut raw);
            let cpu = raw.cpu.map(|cpu| u64::try_from(cpu.used.as_millis()).unwrap());
            assert_eq!(cpu, raw.io.read_bytes);
            assert_eq!(raw.usage.map(|usage| usage.minor_faults), raw.io.read_bytes);
            (raw.io.read_bytes, raw.resident)
        });
        let held = [Some(10), Some(10), None, Some(10), Some(12)];
        assert_eq!(seen.map(|(counter, _)| counter), held);
        // What may fall is left alone.
        assert_eq!(seen[1].1, Some(7));
    }

    #[test]
    fn the_peak_is_never_below_what_was_seen() {
        let mut monotone = Monotone::default();
        let peaks = [(8, Some(5)), (3, Some(5)), (3, None), (4, Some(11))].map(|(now, peak)| {
            let mut raw =
                RawProcess { resident: Some(now), resident_peak: peak, ..RawProcess::default() };
            monotone.hold(&mut raw);
            raw.resident_peak
        });
        assert_eq!(peaks, [Some(8), Some(8), None, Some(11)]);
    }
}
