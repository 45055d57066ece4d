//! One way to measure a call, and the time its batches took.

use std::{hint::black_box, sync::Barrier, thread, time::Instant};

const BATCHES: usize = 401;
const CALLS: u64 = 2_000;

/// The same work under every measurement.
pub(crate) fn body(n: u64) -> u64 {
    black_box(n.wrapping_mul(31))
}

/// A way to measure it.
pub(crate) struct Way<'a> {
    name: &'static str,
    batch: Box<dyn FnMut(u64) -> u64 + Send + 'a>,
    batches: Vec<f64>,
}

impl<'a> Way<'a> {
    pub(crate) fn new(name: &'static str, call: impl Fn(u64) -> u64 + Send + 'a) -> Self {
        let batch = move |from| (from..from + CALLS).map(&call).sum();
        Self { name, batch: Box::new(batch), batches: Vec::new() }
    }

    fn run(&mut self) {
        let start = Instant::now();
        black_box((self.batch)(black_box(1)));
        self.batches.push(start.elapsed().as_secs_f64() * 1e9 / CALLS as f64);
    }

    fn median(&mut self) -> f64 {
        self.batches.sort_by(f64::total_cmp);
        self.batches[self.batches.len() / 2]
    }
}

/// Nanoseconds a call of each way: the median of its batches, in which the ways take turns.
pub(crate) fn medians(ways: &mut [Way<'_>]) -> Vec<(&'static str, f64)> {
    for _ in 0..BATCHES {
        ways.iter_mut().for_each(Way::run);
    }
    ways.iter_mut().map(|way| (way.name, way.median())).collect()
}

/// Nanoseconds a call while each way runs in a thread of its own, all at once.
pub(crate) fn median_of_threads(ways: Vec<Way<'_>>) -> f64 {
    let start = Barrier::new(ways.len());
    let run = |mut way: Way<'_>| {
        start.wait();
        (0..BATCHES).for_each(|_| way.run());
        way.median()
    };
    let medians: Vec<f64> = thread::scope(|scope| {
        let run = |way| scope.spawn(|| run(way));
        let threads: Vec<_> = ways.into_iter().map(run).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    medians.iter().sum::<f64>() / medians.len() as f64
}
