//! Records the own process, logs how long a function takes, and counts requests for Prometheus.
//!
//! `cargo run --release --example tutorial_performance [SECONDS [FOLDER [ADDRESS]]]`: so long for
//! each of its three parts (3 unless given), files into that folder (the present one), metrics
//! at that address (127.0.0.1:9090).
//!
//! | the tutorial's line | here |
//! |---|---|
//! | `process.cpu_percent(interval=0.1)` | `process.cpu_percent(window)?` |
//! | `process.memory_info().rss` | `process.sample()?.resident_memory_bytes()` |
//! | `process.memory_percent()` | `process.memory_percent()?` |
//! | `process.io_counters().read_bytes` | `process.sample()?.read_bytes()` |
//! | `monitor_system_resources(duration, interval)` | `resmon::record(duration, interval)?` |
//! | samples taken between steps of a loop | `Recording::start(interval)?`, `mark(…)`, `finish()?` |
//! | `logging.basicConfig(filename=…)` | `resmon::log::to_file(…)?` |
//! | `@log_execution_time` | `#[resmon::log_execution_time]` |
//! | `Summary(…)` and `@….time()` | `#[resmon::timed(metric = …, help = …)]` |
//! | `Counter(…).inc()` | `resmon::metrics::counter!(…).increment(1)` |
//! | `Gauge(…).inc()`, `.dec()` | `resmon::metrics::gauge!(…).increment(1.0)`, or `in_flight` |
//! | `start_http_server(9090)` | `Monitor::builder().serve("127.0.0.1:9090")` |
//!
//! One sees a bar while it records, the table of the run, the line of the log, and the metrics
//! as a scraper gets them. The run is left in `performance_monitoring.csv`.

use std::{
    env,
    error::Error,
    fs,
    hint::black_box,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressStyle};
use resmon::{
    Monitor, Process, Recording,
    metrics::{counter, gauge},
};

#[resmon::log_execution_time]
fn sum_of_squares(n: u64) -> u64 {
    (0..n).map(|i| black_box(i * i)).sum()
}

#[resmon::timed(metric = "request_processing_seconds", help = "Time to process a request.")]
fn process_request(number: u64) {
    gauge!("active_requests").increment(1.0);
    counter!("request_count_total").increment(1);
    thread::sleep(Duration::from_millis(20 + number * 7 % 40));
    gauge!("active_requests").decrement(1.0);
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let seconds: f64 = args.next().map_or(Ok(3.0), |seconds| seconds.parse())?;
    let time = Duration::try_from_secs_f64(seconds)?;
    let folder = args.next().map_or_else(PathBuf::new, PathBuf::from);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:9090".to_owned());

    let log = folder.join("app_performance.log");
    resmon::log::to_file(&log)?;
    sum_of_squares(1_000_000);
    println!("{}", fs::read_to_string(&log)?.trim_end());

    let mut process = Process::current()?;
    println!("CPU use: {:.1} %", process.cpu_percent(Duration::from_millis(100))?);
    println!("memory use: {:.2} %", process.memory_percent()?);
    println!("read from storage: {:?} bytes\n", process.sample()?.read_bytes());

    watch(time)?;
    let run = work(time)?;
    println!("\n{}", run.summary());
    run.save(folder.join("performance_monitoring.csv"))?;

    serve(time, &address)
}

/// The resources of this process over a while, with a bar that shows how far it is.
fn watch(time: Duration) -> Result<(), Box<dyn Error>> {
    let style = ProgressStyle::with_template("recording {bar:30} {percent:>3} %  {msg}")?;
    let bar = ProgressBar::new(u64::try_from(time.as_millis())?).with_style(style);
    let run = resmon::record_with(time, time / 10, |sample| {
        bar.set_position(u64::try_from(sample.since_start().as_millis()).unwrap_or_default());
        let cpu = sample.cpu_percent().unwrap_or_default();
        bar.set_message(format!("CPU {cpu:.1} %"));
    })?;
    bar.finish();
    println!("{} samples in {:.1?}", run.len(), run.duration());
    Ok(())
}

/// A piece of work, recorded, with a mark for each of its steps.
fn work(time: Duration) -> Result<Recording, resmon::Error> {
    let recorder = Recording::start(Duration::from_millis(50))?;
    let begun = Instant::now();
    for step in 1.. {
        if begun.elapsed() > time {
            break;
        }
        black_box((0..1_000_000_u64).map(|i| i * i).collect::<Vec<_>>());
        recorder.mark(format!("step {step}"));
        thread::sleep(Duration::from_millis(100));
    }
    recorder.finish()
}

/// Requests, and their metrics for Prometheus.
fn serve(time: Duration, address: &str) -> Result<(), Box<dyn Error>> {
    let monitor = Monitor::builder().serve(address).start()?;
    if let Some(address) = monitor.local_addr() {
        println!("metrics at http://{address}/metrics for {time:?}");
    }
    let end = Instant::now() + time;
    for number in 0.. {
        if Instant::now() > end {
            break;
        }
        process_request(number);
    }
    monitor.flush();
    let text = resmon::render();
    let own = ["request_processing_seconds_sum", "request_processing_seconds_count"];
    let own = own.into_iter().chain(["request_count_total", "active_requests"]);
    for name in own {
        text.lines().filter(|line| line.starts_with(name)).for_each(|line| println!("{line}"));
    }
    Ok(())
}
