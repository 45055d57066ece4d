//! What one reading of the own process costs: resmon and its peers, side by side in one run.
//!
//! `cargo bench -p resmon-benches --bench sampling`. Every contender runs one batch a round,
//! so that a change of the machine's mood meets all of them; the medians over the rounds
//! count. After each batch it sleeps and reads once more: that one is cold, as the readings of
//! a program that samples once a second are. psutil, where python3 has it, times itself in a process of its own.

use std::{
    error::Error,
    hint::black_box,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use metrics_exporter_prometheus::PrometheusBuilder;
use prometheus::{core::Collector, process_collector::ProcessCollector};
use resmon::{Backend, Process};
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

const ROUNDS: usize = 31;
const BATCH: u32 = 500;

/// Long enough for the caches and the CPU's clock to forget.
const IDLE: Duration = Duration::from_millis(20);

/// resmon is to cost at most this share of the cheapest peer.
const TARGET: f64 = 0.25;

type Batch<'a> = Box<dyn FnMut(u32) -> Result<f64, Box<dyn Error>> + 'a>;

struct Contender<'a> {
    name: &'static str,
    /// Whether it is one of those that resmon is measured against.
    peer: bool,
    /// Runs so many readings and returns nanoseconds a reading.
    run: Batch<'a>,
    warm: Vec<f64>,
    cold: Vec<f64>,
}

impl<'a> Contender<'a> {
    fn new(name: &'static str, peer: bool, mut read: impl FnMut() + 'a) -> Self {
        let run = move |readings| {
            let start = Instant::now();
            for _ in 0..readings {
                read();
            }
            Ok(start.elapsed().as_secs_f64() * 1e9 / f64::from(readings))
        };
        Self { name, peer, run: Box::new(run), warm: Vec::new(), cold: Vec::new() }
    }

    fn warm(&self) -> f64 {
        median(&self.warm)
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut native = Process::current()?;
    let mut portable = Process::with_backend(Backend::Portable)?;
    let mut system = System::new()?;
    let me = Pid::from_u32(std::process::id());
    let kind = ProcessRefreshKind::nothing().with_cpu().with_memory().with_disk_usage();
    let recorder = PrometheusBuilder::new().build_recorder();
    let facade = metrics_process::Collector::default();
    let collector = ProcessCollector::for_self();

    let mut contenders = vec![
        Contender::new("resmon", false, || {
            let _ = black_box(native.sample());
        }),
        Contender::new("resmon, portable backend", false, || {
            let _ = black_box(portable.sample());
        }),
        Contender::new("sysinfo (cpu, memory, disk; no tasks)", true, || {
            system.refresh_processes_specifics(
                ProcessesToUpdate::Some(&[me]),
                false,
                kind.without_tasks(),
            );
            let _ = black_box(system.process(me));
        }),
        Contender::new("metrics-process", true, || {
            metrics::with_local_recorder(&recorder, || facade.collect());
        }),
        Contender::new("prometheus process collector", true, || {
            let _ = black_box(collector.collect());
        }),
    ];
    match Python::start() {
        Ok(mut python) => contenders.push(Contender {
            name: "psutil (oneshot)",
            peer: true,
            run: Box::new(move |readings| python.batch(readings)),
            warm: Vec::new(),
            cold: Vec::new(),
        }),
        Err(error) => println!("psutil: left out, python3 with psutil is not here ({error})"),
    }

    // The first round warms up and is not kept.
    for round in 0..=ROUNDS {
        for contender in &mut contenders {
            let warm = (contender.run)(BATCH)?;
            thread::sleep(IDLE);
            let cold = (contender.run)(1)?;
            if round > 0 {
                contender.warm.push(warm);
                contender.cold.push(cold);
            }
        }
    }
    report(&contenders);
    Ok(())
}

fn report(contenders: &[Contender<'_>]) {
    let resmon = contenders[0].warm();
    println!("one reading of the own process in ns, median of {ROUNDS} rounds");
    println!("{:<40} {:>10} {:>10} {:>10}", "", "warm", "x resmon", "cold");
    for contender in contenders {
        let (warm, cold) = (contender.warm(), median(&contender.cold));
        println!("{:<40} {warm:>10.0} {:>10.2} {cold:>10.0}", contender.name, warm / resmon);
    }
    let peers = contenders.iter().filter(|contender| contender.peer);
    let cheapest = peers.map(Contender::warm).fold(f64::INFINITY, f64::min);
    let share = resmon / cheapest;
    let verdict = if share <= TARGET { "met" } else { "missed" };
    println!("resmon / cheapest peer = {share:.3}; target {TARGET}: {verdict}");
}

/// A Python process that times batches of its own readings on request.
struct Python {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    const SCRIPT: &str = "
import psutil, sys, time
p = psutil.Process()
print('ready', flush=True)
for line in sys.stdin:
    n = int(line)
    start = time.perf_counter_ns()
    for _ in range(n):
        with p.oneshot():
            p.cpu_times(); p.memory_info(); p.num_threads(); p.num_fds()
            p.io_counters(); p.num_ctx_switches(); p.create_time()
    print((time.perf_counter_ns() - start) / n, flush=True)
";

    fn start() -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new("python3")
            .args(["-c", Self::SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let requests = child.stdin.take().ok_or("no pipe")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no pipe")?);
        let mut python = Self { child, requests, answers };
        match python.answer()?.as_str() {
            "ready" => Ok(python),
            _ => Err("it could not import psutil".into()),
        }
    }

    fn answer(&mut self) -> Result<String, Box<dyn Error>> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }

    fn batch(&mut self, readings: u32) -> Result<f64, Box<dyn Error>> {
        writeln!(self.requests, "{readings}")?;
        Ok(self.answer()?.parse()?)
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
