//! Prints what this process, its machine and its container are doing now.
//!
//! `cargo run --release --example system_status`
//!
//! In a container, or a systemd unit with limits, the third part tells of them; elsewhere it has
//! the CPUs and the memory of the machine alone.

use std::time::Duration;

use resmon::{Monitor, Process, System, figure::Scope};

fn main() -> Result<(), resmon::Error> {
    let mut machine = System::new()?;
    println!("this process\n\n{}", Process::current()?.sample()?);
    println!("the machine\n");
    // A share of time: it waits for it.
    if let Ok(cpus) = machine.cpu_percent_per_core(Duration::from_millis(500)) {
        let mean = cpus.iter().sum::<f64>() / cpus.len() as f64;
        let each: Vec<_> = cpus.iter().map(|percent| format!("{percent:.0}")).collect();
        println!("{:<25} {mean:.1} % ({})", "CPU use", each.join(", "));
    }
    println!("{:<25} {:.1} %", "memory use", machine.memory_percent()?);
    println!("{:<25} {:.1} %", "swap use", machine.swap_percent()?);
    println!("{:<25} {:.1} %", "disk use of /", machine.disk_percent("/")?);
    println!("{:<25} {} B", "through all interfaces", machine.network_bytes()?);
    let [one, five, fifteen] = machine.load_average()?;
    println!("{:<25} {one} {five} {fifteen}", "load");
    println!("\nevery figure of it, under node_exporter's names\n\n{}", machine.sample()?);

    println!("what binds this process, under cAdvisor's names and resmon's own\n");
    let now = Monitor::builder().private().start()?.snapshot();
    for (series, value) in now.iter() {
        if series.definition().scope() == Scope::Container {
            println!("{series} {value}");
        }
    }
    Ok(())
}
