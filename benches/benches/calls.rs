//! What it costs to measure a call: `#[timed]` beside reading the clock twice and beside
//! recording into a histogram by hand, in one run.
//!
//! Each way runs in short batches, the ways taking turns, and its median stands.

use std::{hint::black_box, time::Instant};

use resmon::Monitor;

const BATCHES: usize = 401;
const CALLS: u64 = 2_000;

/// The same work under every measurement.
fn body(n: u64) -> u64 {
    black_box(n.wrapping_mul(31))
}

#[inline(never)]
fn bare(n: u64) -> u64 {
    body(n)
}

/// The floor: nothing can time a call for less.
#[cfg(target_arch = "x86_64")]
#[inline(never)]
#[allow(unsafe_code, reason = "the instruction has no safe wrapper")]
fn two_counter_reads(n: u64) -> u64 {
    use std::arch::x86_64::_rdtsc;
    // SAFETY: every x86_64 CPU has RDTSC.
    let before = unsafe { _rdtsc() };
    let value = body(n);
    // SAFETY: as above.
    black_box(unsafe { _rdtsc() }.wrapping_sub(before));
    value
}

#[inline(never)]
fn two_instants(n: u64) -> u64 {
    let start = Instant::now();
    let value = body(n);
    black_box(start.elapsed());
    value
}

#[resmon::timed]
#[inline(never)]
fn timed(n: u64) -> u64 {
    body(n)
}

/// A second one of the kind, as every real program has: a lone annotated function has its
/// measurement inlined whole and costs 4 ns less.
#[resmon::timed]
#[inline(never)]
fn timed_too(n: u64) -> u64 {
    body(n)
}

#[resmon::timed]
#[inline(never)]
fn timed_result(n: u64) -> Result<u64, String> {
    Ok(body(n))
}

#[resmon::counted]
#[inline(never)]
fn counted(n: u64) -> u64 {
    body(n)
}

#[inline(never)]
fn histogram_by_name(n: u64) -> u64 {
    let start = Instant::now();
    let value = body(n);
    metrics::histogram!("by_name_seconds").record(start.elapsed().as_secs_f64());
    value
}

#[inline(never)]
fn histogram_cached(n: u64, histogram: &metrics::Histogram) -> u64 {
    let start = Instant::now();
    let value = body(n);
    histogram.record(start.elapsed().as_secs_f64());
    value
}

/// One way to measure a call, and the nanoseconds its batches took.
struct Way<'a> {
    name: &'static str,
    call: Box<dyn Fn(u64) -> u64 + 'a>,
    batches: Vec<f64>,
}

impl<'a> Way<'a> {
    fn new(name: &'static str, call: impl Fn(u64) -> u64 + 'a) -> Self {
        Self {
            name,
            call: Box::new(move |from| (from..from + CALLS).map(&call).sum()),
            batches: Vec::new(),
        }
    }

    fn run(&mut self) {
        let start = Instant::now();
        black_box((self.call)(black_box(1)));
        self.batches.push(start.elapsed().as_secs_f64() * 1e9 / CALLS as f64);
    }

    fn median(&mut self) -> f64 {
        self.batches.sort_by(f64::total_cmp);
        self.batches[self.batches.len() / 2]
    }
}

fn main() -> Result<(), resmon::Error> {
    let monitor = Monitor::builder().install_recorder().start()?;
    let cached = metrics::histogram!("cached_seconds");
    let mut ways = vec![
        Way::new("bare call", bare),
        #[cfg(target_arch = "x86_64")]
        Way::new("two raw counter reads", two_counter_reads),
        Way::new("two Instants", two_instants),
        Way::new("#[timed]", timed),
        Way::new("#[timed], another", timed_too),
        Way::new("#[timed], Result", |n| timed_result(n).unwrap_or_default()),
        Way::new("#[counted]", counted),
        Way::new("histogram, cached by hand", |n| histogram_cached(n, &cached)),
        Way::new("histogram!, by name", histogram_by_name),
    ];
    for _ in 0..BATCHES {
        ways.iter_mut().for_each(Way::run);
    }
    let medians: Vec<_> = ways.iter_mut().map(|way| (way.name, way.median())).collect();
    let timed = medians.iter().find(|(name, _)| *name == "#[timed]").map_or(1.0, |(_, m)| *m);
    println!("{:<28} {:>9} {:>12} {:>12}", "a call", "ns", "to reads", "to #[timed]");
    for (name, median) in medians {
        println!("{name:<28} {median:>9.1} {:>11.2}x", median / timed);
    }
    resmon::set_enabled(false);
    let mut off = Way::new("#[timed], disabled", self::timed);
    (0..BATCHES).for_each(|_| off.run());
    let median = off.median();
    println!("{:<28} {median:>9.1} {:>11.2}x", off.name, median / timed);
    monitor.stop();
    Ok(())
}
