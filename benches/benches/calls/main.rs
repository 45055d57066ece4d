//! What it costs to measure a call: resmon's attributes beside reading the clock twice,
//! beside hand-written code and beside other crates, in one run.
//!
//! Each way runs in short batches, the ways taking turns, and its median stands. A monitor
//! runs meanwhile, with resmon's recorder, to which the facade's other users feed too.

mod futures;
mod ours;
mod peers;
mod way;

use resmon::Monitor;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::way::{Way, median_of_threads, medians};

fn main() -> Result<(), resmon::Error> {
    tracing_subscriber::fmt()
        .json()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(std::io::sink)
        .init();
    let _hotpath = hotpath::HotpathGuardBuilder::new("bench").format(hotpath::Format::None).build();
    let monitor = Monitor::builder().install_recorder().start()?;
    let mut ways = peers::floors();
    ways.extend([
        Way::new("#[timed]", ours::timed),
        Way::new("#[timed], another", ours::timed_too),
        Way::new("#[timed], Result", |n| ours::timed_result(n).unwrap_or_default()),
        Way::new("#[counted]", ours::counted),
        Way::new("#[timed(in_flight)]", ours::in_flight),
        Way::new("#[timed(labels(…))]", ours::labelled),
        Way::new("#[timed(cpu)]", ours::cpu),
        Way::new("#[log_…], nobody listens", ours::logged_to_nobody),
        Way::new("#[log_…], JSON to a sink", ours::logged),
        Way::new("bare async call", ours::bare_polled_once),
        Way::new("#[timed] async, one poll", ours::polled_once),
    ]);
    ways.extend(peers::peers());
    let found = medians(&mut ways);
    let of = |name: &str| found.iter().find(|(n, _)| *n == name).map_or(f64::NAN, |(_, m)| *m);
    let (reads, timed) = (of("two raw counter reads"), of("#[timed]"));
    println!("{:<30} {:>8} {:>10} {:>12}", "a call", "ns", "to reads", "to #[timed]");
    let line = |name: &str, ns: f64| {
        println!("{name:<30} {ns:>8.1} {:>9.2}x {:>11.2}x", ns / reads, ns / timed);
    };
    for (name, ns) in &found {
        line(name, *ns);
    }

    let (one, other) = (|| Way::new("one", ours::timed), || Way::new("other", ours::timed_too));
    line("one thread", median_of_threads(vec![one()]));
    line("two threads, one function", median_of_threads(vec![one(), one()]));
    line("two threads, two functions", median_of_threads(vec![one(), other()]));
    resmon::set_enabled(false);
    for (name, ns) in medians(&mut [
        Way::new("#[timed], disabled", ours::timed),
        Way::new("#[counted], disabled", ours::counted),
    ]) {
        line(name, ns);
    }
    println!("\n{:<30} {:>8}", "a future that holds 32 bytes", "bytes");
    for (name, bytes) in futures::sizes() {
        println!("{name:<30} {bytes:>8}");
    }
    monitor.stop();
    Ok(())
}
