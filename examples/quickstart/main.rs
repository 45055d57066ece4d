//! Indexes the words of a source tree, and watches itself doing so.
//!
//! ```text
//! cargo run --release --example quickstart [DIR]... [--addr ADDRESS] [--serve]
//! ```
//!
//! While it works, `http://127.0.0.1:9090` shows its figures and functions and `/metrics`
//! gives them to Prometheus. At the end it prints what it found and what that cost, as
//! resmon saw it. With `--serve` it stays up until Ctrl-C.

mod files;
mod index;
mod options;

use std::process::ExitCode;

use resmon::Monitor;

use crate::{index::Index, options::Options};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let Some(options) = Options::parse()? else { return Ok(()) };
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).init();

    let monitor = Monitor::builder().serve(&options.addr).start().map_err(|error| {
        let other_address = error.is_listen();
        let error = anyhow::Error::new(error);
        if other_address { error.context("--addr takes another address, or port 0") } else { error }
    })?;
    if let Some(addr) = monitor.local_addr() {
        println!("watch it on http://{addr}");
    }

    let found = files::find(&options.roots);
    let index = index::build(found.files).await;
    report(&index, found.unlisted);

    monitor.flush();
    println!("\n{}", monitor.summary());
    if options.serve {
        println!("serving until Ctrl-C");
        tokio::signal::ctrl_c().await?;
    }
    monitor.shutdown().await;
    Ok(())
}

#[resmon::log_execution_time]
fn report(index: &Index, unlisted: usize) {
    println!(
        "{} files, {} copies among them, {} unreadable; {} different words",
        index.files(),
        index.copies(),
        index.unreadable(),
        index.words(),
    );
    if unlisted > 0 {
        println!("{unlisted} directories could not be listed");
    }
    let common: Vec<_> =
        index.most_common(8).into_iter().map(|(w, n)| format!("{w} {n}")).collect();
    println!("most common: {}", common.join(", "));
}
