//! Prints the CPU and memory use of a server and writes them to a log file.
//!
//! `cargo run --release --example tutorial_server_status [FILE]` (`server_status.log` unless
//! given)
//!
//! | the tutorial's line | here |
//! |---|---|
//! | `psutil.cpu_percent()` | `machine.cpu_percent(window)?` |
//! | `psutil.virtual_memory().percent` | `machine.memory_percent()?` |
//! | `logging.basicConfig(filename=…, level=logging.INFO)` | `resmon::log::to_file(…)?` |
//! | `logging.info(…)` | `tracing::info!(…)` |
//!
//! One sees both figures, and the two lines that were added to the file.

use std::{env, error::Error, fs, time::Duration};

use resmon::System;

fn main() -> Result<(), Box<dyn Error>> {
    let file = env::args().nth(1).unwrap_or_else(|| "server_status.log".to_owned());
    resmon::log::to_file(&file)?;
    let mut machine = System::new()?;
    let cpu = machine.cpu_percent(Duration::from_millis(500))?;
    let memory = machine.memory_percent()?;
    println!("CPU use: {cpu:.1} %");
    println!("memory use: {memory:.1} %");
    tracing::info!("CPU use: {cpu:.1} %");
    tracing::info!("memory use: {memory:.1} %");

    let text = fs::read_to_string(&file)?;
    let lines: Vec<_> = text.lines().collect();
    println!("\nin {file}:\n{}", lines[lines.len().saturating_sub(2)..].join("\n"));
    Ok(())
}
