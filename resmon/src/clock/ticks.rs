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

/// Below this age of the anchor the rate is too coarse: two clock reads of 40 ns each are
/// 1.6 parts in 10,000 of it.
const MINIMUM_BASE: Duration = Duration::from_micros(500);

/// A reading of both clocks at nearly the same time.
#[derive(Clone, Copy)]
struct Anchor {
    ticks: u64,
    time: Instant,
}

static ANCHOR: OnceLock<Anchor> = OnceLock::new();

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

/// Takes the anchor, if it is not taken yet.
pub(crate) fn prepare() {
    ANCHOR.get_or_init(Anchor::take);
}

/// Seconds in a tick, as well as it is known now.
///
/// Waits out the remainder of the anchor's first half millisecond, once in a process' life.
pub(crate) fn seconds_per_tick() -> f64 {
    if !has_counter() {
        return 1e-9;
    }
    let start = *ANCHOR.get_or_init(Anchor::take);
    loop {
        let here = Anchor::take();
        let elapsed = here.time.duration_since(start.time);
        let ticks = here.ticks.saturating_sub(start.ticks);
        if elapsed >= MINIMUM_BASE && ticks > 0 {
            return elapsed.as_secs_f64() / ticks as f64;
        }
        std::thread::sleep(MINIMUM_BASE.saturating_sub(elapsed).max(Duration::from_micros(50)));
    }
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
