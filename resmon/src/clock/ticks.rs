//! The cheapest clock of the machine, for the two readings that every timed call pays for.
//!
//! A tick is a unit of the CPU's own counter where that counter runs at a constant rate,
//! else a nanosecond. Calls store ticks; whoever reads them converts. The rate is measured
//! between an anchor, taken when the first call site is used, and the time of conversion,
//! so no caller ever waits for a calibration loop and the rate grows more exact with time.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use crate::fork::{PerProcess, per_process};

/// Below this age of the anchor the rate is too coarse: two clock reads of 40 ns each are
/// 1.6 parts in 10,000 of it.
const MINIMUM_BASE: Duration = Duration::from_micros(500);
/// A counter that was set, or ran on while the machine slept, shows as a rate this far off
/// the one known before. Counters of one rate never come near it.
const STEP: f64 = 0.01;

/// A reading of both clocks at nearly the same time.
#[derive(Clone, Copy)]
struct Anchor {
    ticks: u64,
    time: Instant,
}

/// What the rate is measured from, and the rate as it is known.
struct Calibration {
    anchor: Option<Anchor>,
    seconds_per_tick: Option<f64>,
}

static CALIBRATION: PerProcess<Calibration> = per_process!(Calibration::new());

impl Anchor {
    /// The tightest of a few tries: an interruption between the two reads would skew the rate.
    fn take() -> Self {
        let attempt = || {
            let before = now();
            let time = Instant::now();
            let after = now();
            (after.saturating_sub(before), Self { ticks: before.midpoint(after), time })
        };
        let tightest = (0..4).map(|_| attempt()).min_by_key(|(width, _)| *width);
        tightest.map_or_else(|| attempt().1, |(_, anchor)| anchor)
    }
}

impl Calibration {
    const fn new() -> Self {
        Self { anchor: None, seconds_per_tick: None }
    }

    /// Takes `here` into account. A counter that stepped makes it the new anchor, and the
    /// rate known before stands.
    fn advance(&mut self, here: Anchor) -> Option<f64> {
        let Some(anchor) = self.anchor else {
            self.anchor = Some(here);
            return None;
        };
        let elapsed = here.time.saturating_duration_since(anchor.time);
        let Some(ticks) = here.ticks.checked_sub(anchor.ticks).filter(|ticks| *ticks > 0) else {
            self.anchor = Some(here);
            return self.seconds_per_tick;
        };
        if elapsed < MINIMUM_BASE {
            return self.seconds_per_tick;
        }
        let rate = elapsed.as_secs_f64() / ticks as f64;
        match self.seconds_per_tick {
            Some(known) if (rate / known - 1.0).abs() > STEP => self.anchor = Some(here),
            _ => self.seconds_per_tick = Some(rate),
        }
        self.seconds_per_tick
    }
}

/// Takes the anchor, if it is not taken yet.
pub(crate) fn prepare() {
    if has_counter() {
        CALIBRATION.lock().anchor.get_or_insert_with(Anchor::take);
    }
}

/// Seconds in a tick, as well as it is known now.
///
/// Waits out the anchor's first half millisecond, once in a process' life.
pub(crate) fn seconds_per_tick() -> f64 {
    if !has_counter() {
        return 1e-9;
    }
    let known = || CALIBRATION.lock().advance(Anchor::take());
    known()
        .or_else(|| {
            std::thread::sleep(MINIMUM_BASE);
            known()
        })
        // Only if the counter stepped in that very half millisecond; a guess is 1 GHz.
        .unwrap_or(1e-9)
}

/// A number of ticks as time.
pub(crate) fn duration(ticks: u64) -> Duration {
    Duration::try_from_secs_f64(ticks as f64 * seconds_per_tick()).unwrap_or(Duration::MAX)
}

/// Now, in ticks.
#[inline]
pub(crate) fn now() -> u64 {
    if has_counter() { counter() } else { nanoseconds() }
}

#[cold]
fn nanoseconds() -> u64 {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    let elapsed = ORIGIN.get_or_init(Instant::now).elapsed();
    u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX)
}

/// 0 = not looked at yet, 1 = no counter to rely on, 2 = counter.
static COUNTER: AtomicU8 = AtomicU8::new(0);

#[inline]
fn has_counter() -> bool {
    match COUNTER.load(Ordering::Relaxed) {
        2 => true,
        0 => detect(),
        _ => false,
    }
}

#[cold]
fn detect() -> bool {
    let usable = cfg!(not(miri)) && counter_is_constant();
    COUNTER.store(1 + u8::from(usable), Ordering::Relaxed);
    usable
}

/// Whether the counter runs at one rate through every power state (CPUID leaf `8000_0007h`,
/// EDX bit 8: invariant TSC).
#[cfg(target_arch = "x86_64")]
fn counter_is_constant() -> bool {
    use std::arch::x86_64::__cpuid;

    const ADVANCED_POWER: u32 = 0x8000_0007;
    __cpuid(0x8000_0000).eax >= ADVANCED_POWER && __cpuid(ADVANCED_POWER).edx & (1 << 8) != 0
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[allow(unsafe_code, reason = "the instruction has no safe wrapper")]
fn counter() -> u64 {
    // SAFETY: every x86_64 CPU has RDTSC.
    unsafe { std::arch::x86_64::_rdtsc() }
}

/// The generic timer counts at one rate by its definition.
#[cfg(target_arch = "aarch64")]
fn counter_is_constant() -> bool {
    true
}

#[cfg(target_arch = "aarch64")]
#[inline]
#[allow(unsafe_code, reason = "the register has no safe wrapper")]
fn counter() -> u64 {
    let ticks: u64;
    // SAFETY: reads a register that user space may read on every system Rust's std runs on.
    unsafe {
        std::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags));
    }
    ticks
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn counter_is_constant() -> bool {
    false
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn counter() -> u64 {
    nanoseconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A counter of 2 GHz, read at `milliseconds`.
    fn at(origin: Instant, milliseconds: u64, ticks: u64) -> Anchor {
        Anchor { ticks, time: origin + Duration::from_millis(milliseconds) }
    }

    #[test]
    fn a_counter_that_steps_keeps_the_rate_known_before() {
        let origin = Instant::now();
        let mut calibration = Calibration::new();
        assert_eq!(calibration.advance(at(origin, 0, 1_000_000_000)), None);
        let known = calibration.advance(at(origin, 1000, 3_000_000_000));
        assert_eq!(known, Some(0.5e-9));
        // Back, as after the restore of a snapshot; on, as after a sleep the clock slept too.
        for (ms, ticks) in [(1001, 5), (1002, 50_000_000_000), (1003, 50_002_000_000)] {
            assert_eq!(calibration.advance(at(origin, ms, ticks)), known);
        }
        let later = calibration.advance(at(origin, 2003, 52_002_100_000)).unwrap();
        assert!((later / 0.5e-9 - 1.0).abs() < 1e-3 && Some(later) != known, "{later}");
    }

    #[test]
    fn ticks_agree_with_the_monotonic_clock() {
        prepare();
        let (start, from) = (Instant::now(), now());
        while start.elapsed() < Duration::from_millis(20) {
            std::hint::spin_loop();
        }
        let (truth, ticks) = (start.elapsed().as_secs_f64(), now() - from);
        let measured = ticks as f64 * seconds_per_tick();
        assert!((measured / truth - 1.0).abs() < 0.005, "{measured} against {truth}");
    }
}
