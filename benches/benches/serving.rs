//! What serving takes: `/metrics` with a thousand functions under wrk, beside the exporter's own
//! listener with the same series; and the page with none to two hundred viewers.
//!
//! `cargo bench -p resmon-benches --bench serving`. Servers are processes of their own, so that
//! what their clients take is not theirs. It needs `wrk`, as Debian's package of that name.

use std::{
    env,
    error::Error,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use metrics_exporter_prometheus::PrometheusBuilder;
use resmon::Monitor;

const FUNCTIONS: usize = 1_000;
/// Bounds of the exporter's histograms, as many as resmon's.
const BOUNDS: [f64; 19] = [
    1e-6, 1e-5, 1e-4, 5e-4, 1e-3, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5,
    5.0, 7.5, 10.0,
];
/// How long viewers are counted.
const LOOKED: Duration = Duration::from_secs(20);

fn main() -> Result<(), Box<dyn Error>> {
    match env::args().nth(1).as_deref() {
        Some("resmon") => return resmon_server(),
        Some("exporter") => return exporter_server(),
        _ => {}
    }
    println!("/metrics with {FUNCTIONS} functions, wrk -t1 -c4 for five seconds");
    println!("{:32} {:>10} {:>12} {:>10} {:>12}", "", "bytes", "requests/s", "p99", "CPU each");
    let mut rates = Vec::new();
    for (name, kind) in [("resmon", "resmon"), ("exporter 0.18, http-listener", "exporter")] {
        let server = Server::start(kind)?;
        let bytes = server.get("/metrics")?.len();
        let before = server.cpu()?;
        let (requests, rate, p99) = wrk(server.address)?;
        let each = server.cpu()?.saturating_sub(before).as_secs_f64() * 1e6 / requests;
        println!("{name:32} {bytes:>10} {rate:>12.0} {p99:>10} {each:>9.0} us");
        rates.push(rate);
    }
    println!("resmon / exporter = {:.2}", rates[0] / rates[1]);

    println!("\nthe page at one sample a second, {FUNCTIONS} functions of which ten are called");
    println!("{:>8} {:>14} {:>12}", "viewers", "of a core", "resident");
    let server = Server::start("resmon")?;
    let mut viewers = Vec::new();
    for count in [0, 1, 16, 200] {
        while viewers.len() < count {
            viewers.push(server.look()?);
        }
        thread::sleep(Duration::from_secs(2));
        let (before, began) = (server.cpu()?, Instant::now());
        thread::sleep(LOOKED);
        let used =
            server.cpu()?.saturating_sub(before).as_secs_f64() / began.elapsed().as_secs_f64();
        println!("{count:>8} {:>12.3} % {:>8.1} MiB", used * 100.0, server.resident()?);
    }
    Ok(())
}

/// A thousand functions, ten of which go on being called.
fn resmon_server() -> Result<(), Box<dyn Error>> {
    let monitor = Monitor::builder().serve("127.0.0.1:0").start()?;
    let names: Vec<&'static str> =
        (0..FUNCTIONS).map(|i| &*format!("function_{i}").leak()).collect();
    for name in &names {
        resmon::time(name, || ());
    }
    say(monitor.local_addr().ok_or("it does not listen")?)?;
    loop {
        for name in &names[..10] {
            resmon::time(name, || ());
        }
        thread::sleep(Duration::from_secs(1));
    }
}

fn exporter_server() -> Result<(), Box<dyn Error>> {
    let socket = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = socket.local_addr()?;
    drop(socket);
    PrometheusBuilder::new().set_buckets(&BOUNDS)?.with_http_listener(address).install()?;
    for i in 0..FUNCTIONS {
        let labels = [
            ("function", format!("function_{i}")),
            ("module", "serving".to_owned()),
            ("result", "ok".to_owned()),
        ];
        metrics::counter!("function_calls_total", &labels).increment(1);
        metrics::histogram!("function_calls_duration_seconds", &labels).record(1e-7);
    }
    say(address)?;
    loop {
        thread::sleep(Duration::from_hours(1));
    }
}

fn say(address: SocketAddr) -> Result<(), Box<dyn Error>> {
    println!("at {address}");
    Ok(std::io::stdout().flush()?)
}

/// A server in a process of its own, which ends with this.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    fn start(kind: &str) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(env::current_exe()?);
        let mut child = command.arg(kind).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or("it has no output")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().strip_prefix("at ").ok_or("it says no address")?.parse()?;
        thread::sleep(Duration::from_secs(2));
        Ok(Self { child, address })
    }

    fn ask(&self, path: &str) -> Result<TcpStream, Box<dyn Error>> {
        let mut stream = TcpStream::connect(self.address)?;
        let host = self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        Ok(stream)
    }

    fn get(&self, path: &str) -> Result<String, Box<dyn Error>> {
        let mut answer = String::new();
        self.ask(path)?.read_to_string(&mut answer)?;
        if !answer.starts_with("HTTP/1.1 200") {
            return Err(format!("it answers {answer:.200}").into());
        }
        Ok(answer)
    }

    /// A viewer that reads what it is told until it is dropped with the process.
    fn look(&self) -> Result<thread::JoinHandle<()>, Box<dyn Error>> {
        let mut stream = self.ask("/api/v1/stream")?;
        let read = move || {
            let mut buffer = vec![0; 16_384];
            while stream.read(&mut buffer).is_ok_and(|read| read > 0) {}
        };
        Ok(thread::Builder::new().stack_size(64 << 10).spawn(read)?)
    }

    /// CPU time of all its threads.
    fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let mut all = Duration::ZERO;
        for task in fs::read_dir(format!("/proc/{}/task", self.child.id()))? {
            let text = fs::read_to_string(task?.path().join("schedstat"))?;
            let nanoseconds = text.split(' ').next().ok_or("schedstat is empty")?.parse()?;
            all += Duration::from_nanos(nanoseconds);
        }
        Ok(all)
    }

    fn resident(&self) -> Result<f64, Box<dyn Error>> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
        Ok(kib.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many requests there were, how many a second, and the time of 99 of 100 of them.
fn wrk(address: SocketAddr) -> Result<(f64, f64, String), Box<dyn Error>> {
    let url = format!("http://{address}/metrics");
    let output = Command::new("wrk").args(["-t1", "-c4", "-d5s", "--latency", &url]).output();
    let output = output.map_err(|error| format!("wrk cannot be run, install it: {error}"))?;
    let text = String::from_utf8(output.stdout)?;
    if text.contains("Socket errors") || text.contains("Non-2xx") {
        return Err(text.into());
    }
    let after = |mark: &str| {
        let rest = text.split(mark).nth(1)?;
        rest.split_whitespace().next().map(str::to_owned)
    };
    let rate = after("Requests/sec:").ok_or("wrk says no rate")?.parse()?;
    let before = text.split(" requests in").next().and_then(|all| all.split_whitespace().last());
    let requests = before.ok_or("wrk says no number")?.parse()?;
    Ok((requests, rate, after("99%").unwrap_or_default()))
}
