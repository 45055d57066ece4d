//! Those that are compared, each with the time its readings took.

use std::{
    error::Error,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

const ROUNDS: usize = 31;

/// Long enough for the caches and the CPU's clock to forget.
const IDLE: Duration = Duration::from_millis(20);

type Batch<'a> = Box<dyn FnMut(u32) -> Result<f64, Box<dyn Error>> + 'a>;

/// One of them.
pub(crate) struct Contender<'a> {
    name: &'static str,
    /// Whether it is one of those that resmon is measured against.
    peer: bool,
    /// Runs so many readings and returns nanoseconds a reading.
    run: Batch<'a>,
    warm: Vec<f64>,
    cold: Vec<f64>,
}

impl<'a> Contender<'a> {
    pub(crate) fn new(name: &'static str, peer: bool, mut read: impl FnMut() + 'a) -> Self {
        let run = move |readings| {
            let start = Instant::now();
            for _ in 0..readings {
                read();
            }
            Ok(start.elapsed().as_secs_f64() * 1e9 / f64::from(readings))
        };
        Self { name, peer, run: Box::new(run), warm: Vec::new(), cold: Vec::new() }
    }

    /// psutil, where python3 has it: it times `work` itself.
    pub(crate) fn psutil(name: &'static str, before: &str, work: &str) -> Option<Self> {
        match Python::start(before, work) {
            Ok(mut python) => Some(Self {
                name,
                peer: true,
                run: Box::new(move |readings| python.batch(readings)),
                warm: Vec::new(),
                cold: Vec::new(),
            }),
            Err(error) => {
                println!("psutil: left out, python3 with psutil is not here ({error})");
                None
            }
        }
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

/// Has each contender run, in turns, and prints what came out. The first is resmon, which is
/// to cost at most the share `target` of the cheapest peer.
pub(crate) fn compare(
    what: &str,
    contenders: &mut [Contender<'_>],
    batch: u32,
    target: f64,
) -> Result<(), Box<dyn Error>> {
    // The first round warms up and is not kept.
    for round in 0..=ROUNDS {
        for contender in &mut *contenders {
            let warm = (contender.run)(batch)?;
            thread::sleep(IDLE);
            let cold = (contender.run)(1)?;
            if round > 0 {
                contender.warm.push(warm);
                contender.cold.push(cold);
            }
        }
    }
    let resmon = contenders[0].warm();
    println!("one reading of {what} in ns, median of {ROUNDS} rounds");
    println!("{:<40} {:>10} {:>10} {:>10}", "", "warm", "x resmon", "cold");
    for contender in &*contenders {
        let (warm, cold) = (contender.warm(), median(&contender.cold));
        println!("{:<40} {warm:>10.0} {:>10.2} {cold:>10.0}", contender.name, warm / resmon);
    }
    let peers = contenders.iter().filter(|contender| contender.peer);
    let cheapest = peers.map(Contender::warm).fold(f64::INFINITY, f64::min);
    let share = resmon / cheapest;
    let verdict = if share <= target { "met" } else { "missed" };
    println!("resmon / cheapest peer = {share:.3}; target {target:.2}: {verdict}\n");
    Ok(())
}

/// A Python process that times batches of its own readings on request.
struct Python {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Python {
    /// Times `work`, which may use what `before` defines.
    fn start(before: &str, work: &str) -> Result<Self, Box<dyn Error>> {
        let script = format!(
            "import psutil, sys, time\n{before}\nprint('ready', flush=True)\nfor line in sys.stdin:\n    \
             n = int(line)\n    start = time.perf_counter_ns()\n    for _ in range(n):\n        {work}\n    \
             print((time.perf_counter_ns() - start) / n, flush=True)\n"
        );
        let mut child = Command::new("python3")
            .args(["-c", &script])
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
