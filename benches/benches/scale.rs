//! What a tick costs and what the counts take, with few and many call sites and threads.
//!
//! Each row is a process of its own. Every thread calls a share of the sites, and stays; a
//! tick is timed when nothing was called since the one before, when every site of one thread in
//! four was, and again after a second, when it also keeps what was done in that.

use std::{
    env,
    process::Command,
    sync::{Barrier, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use resmon::{CountingAllocator, Monitor, Process};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

const ROUNDS: usize = 31;

/// One row.
#[derive(Clone, Copy)]
struct Row {
    sites: usize,
    threads: usize,
    /// Sites that a thread calls.
    called: usize,
}

impl Row {
    fn share(self) -> f64 {
        self.called as f64 / self.sites as f64
    }

    /// The sites that a thread calls, spread over all.
    fn of_thread(self, names: &[&'static str], thread: usize) -> Vec<&'static str> {
        let step = self.sites / self.called;
        (0..self.called).map(|i| names[(i * step + thread) % self.sites]).collect()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let given: Vec<usize> = env::args().skip(1).filter_map(|arg| arg.parse().ok()).collect();
    if let [sites, threads, called] = given[..] {
        return row(Row { sites, threads, called });
    }
    println!(
        "{:>7} {:>8} {:>8} {:>14} {:>14} {:>14} {:>12} {:>12} {:>12}",
        "sites",
        "threads",
        "touched",
        "idle tick",
        "busy tick",
        "after 1 s",
        "heap",
        "resident",
        "a shard"
    );
    for (sites, called) in [(10, 10), (1_000, 1_000), (1_000, 100), (10_000, 1_000)] {
        for threads in [1, 16, 64] {
            let row = [sites, threads, called].map(|number: usize| number.to_string());
            let status = Command::new(env::current_exe()?).args(row).status()?;
            if !status.success() {
                return Err(format!("the row of {sites} sites and {threads} threads failed").into());
            }
        }
    }
    Ok(())
}

fn row(row: Row) -> Result<(), Box<dyn std::error::Error>> {
    let names: Vec<&'static str> =
        (0..row.sites).map(|i| &*format!("function_{i}").leak()).collect();
    let _monitor = Monitor::builder().install_recorder().start()?;
    // Known, and called once, by this thread, which is none of the row's.
    touch(&names);
    resmon::flush();
    let (heap, resident) = memory()?;

    // Threads wait for a round, make their calls, and say so.
    let (begin, end) = (Barrier::new(row.threads + 1), Barrier::new(row.threads + 1));
    let work = Mutex::new(Some(1));
    thread::scope(|scope| {
        for thread in 0..row.threads {
            let (begin, end, work, names) = (&begin, &end, &work, &names);
            scope.spawn(move || {
                let own = row.of_thread(names, thread);
                loop {
                    begin.wait();
                    let every = *work.lock().unwrap_or_else(PoisonError::into_inner);
                    let Some(every) = every else { return };
                    if thread % every == 0 {
                        touch(&own);
                    }
                    end.wait();
                }
            });
        }
        let round = |every: Option<usize>| {
            *work.lock().unwrap_or_else(PoisonError::into_inner) = every;
            begin.wait();
            if every.is_some() {
                end.wait();
            }
        };
        round(Some(1));
        resmon::flush();
        let after = memory();
        let idle = median((0..ROUNDS).map(|_| tick()).collect());
        let busy = median(
            (0..ROUNDS)
                .map(|_| {
                    round(Some(4));
                    tick()
                })
                .collect(),
        );
        // One that comes after a second keeps what was done in it.
        let second = median(
            (0..5)
                .map(|_| {
                    thread::sleep(Duration::from_millis(950));
                    round(Some(4));
                    tick()
                })
                .collect(),
        );
        round(None);
        let (heap_after, resident_after) = after?;
        let (heap, resident) = (heap_after - heap, resident_after - resident);
        println!(
            "{:>7} {:>8} {:>7.0}% {:>11.1} us {:>11.1} us {:>11.1} us {:>8.2} MiB {:>8.2} MiB {:>10.0} B",
            row.sites,
            row.threads,
            row.share() * 100.0,
            idle,
            busy,
            second,
            heap / MIB,
            resident / MIB,
            heap / (row.threads * row.called) as f64,
        );
        Ok(())
    })
}

const MIB: f64 = 1024.0 * 1024.0;

fn touch(names: &[&'static str]) {
    for name in names {
        resmon::time(name, || ());
    }
}

/// Microseconds of one pass over all shards: what a tick adds to the reading of figures.
fn tick() -> f64 {
    let began = Instant::now();
    resmon::flush();
    began.elapsed().as_secs_f64() * 1e6
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all[all.len() / 2]
}

/// Bytes of the heap in use, and resident.
fn memory() -> Result<(f64, f64), Box<dyn std::error::Error>> {
    let sample = Process::current()?.sample()?;
    let heap = sample.heap_bytes().ok_or("the heap is not counted")?;
    let resident = sample.resident_memory_bytes().ok_or("resident memory is not known")?;
    Ok((heap as f64, resident as f64))
}
