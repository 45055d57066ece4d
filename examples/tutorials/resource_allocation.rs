//! Looks at CPU, memory, disk and network of the machine again and again, and says what it would
//! do about them.
//!
//! `cargo run --release --example tutorial_resource_allocation [SECONDS]` (4 unless given)
//!
//! | the tutorial's line | here |
//! |---|---|
//! | `psutil.cpu_percent()` | `machine.cpu_percent(window)?` |
//! | `psutil.virtual_memory().percent` | `machine.memory_percent()?` |
//! | `psutil.disk_usage('/').percent` | `machine.disk_percent("/")?` |
//! | `net_io_counters().bytes_sent + .bytes_recv` | `machine.network_bytes()?` |
//!
//! One sees the four figures every two seconds.

use std::{
    env,
    error::Error,
    thread,
    time::{Duration, Instant},
};

use resmon::System;

fn main() -> Result<(), Box<dyn Error>> {
    let seconds: f64 = env::args().nth(1).map_or(Ok(4.0), |seconds| seconds.parse())?;
    let end = Instant::now() + Duration::try_from_secs_f64(seconds)?;
    let mut machine = System::new()?;
    while Instant::now() < end {
        look_after(&mut machine)?;
        thread::sleep(Duration::from_millis(1_500));
    }
    Ok(())
}

fn look_after(machine: &mut System) -> Result<(), resmon::Error> {
    let cpu = machine.cpu_percent(Duration::from_millis(500))?;
    let memory = machine.memory_percent()?;
    println!("CPU use: {cpu:.1} %");
    println!("memory use: {memory:.1} %");
    println!("disk use of /: {:.1} %", machine.disk_percent("/")?);
    println!("network traffic: {} bytes", machine.network_bytes()?);
    if cpu > 80.0 {
        println!("this is when more processors would be given to the work");
    }
    if memory > 70.0 {
        println!("this is when needless processes would be ended");
    }
    Ok(())
}
