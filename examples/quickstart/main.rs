//! Indexes the words of a source tree, and watches itself doing so.
//!
//! ```text
//! cargo run --release --example quickstart [DIR] [--addr ADDRESS] [--serve]
//! ```
//!
//! While it works, `http://127.0.0.1:9090` shows its figures and functions and `/metrics`
//! gives them to Prometheus. At the end it prints what it found and what that cost, as
//! resmon saw it. With `--serve` it stays up until Ctrl-C.

mod index;
mod options;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use resmon::Monitor;
use walkdir::WalkDir;

use crate::{index::Index, options::Options};

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let options = Options::parse()?;
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).init();

    let monitor = match Monitor::builder().serve(&options.addr).from_env()?.start() {
        Ok(monitor) => monitor,
        Err(error) => {
            eprintln!("{error:?}\nchoose another address with --addr, such as --addr 127.0.0.1:0");
            return Ok(ExitCode::FAILURE);
        }
    };
    if let Some(addr) = monitor.local_addr() {
        println!("watch it on http://{addr}");
    }

    let files = find_files(&options.roots);
    let index = index::build(files).await;
    report(&index);

    monitor.flush();
    println!("\n{}", monitor.summary());
    if options.serve {
        println!("serving until Ctrl-C");
        tokio::signal::ctrl_c().await?;
    }
    monitor.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

/// Every file below the roots; what cannot be listed is left out here and no abort.
#[resmon::log_execution_time]
fn find_files(roots: &[PathBuf]) -> Vec<PathBuf> {
    roots.iter().flat_map(|root| files_below(root)).collect()
}

fn files_below(root: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    WalkDir::new(root)
        .into_iter()
        // Build output changes while it is read, and is not source.
        .filter_entry(|entry| entry.file_name() != "target" && entry.file_name() != ".git")
        .flatten()
        .filter(|entry| entry.file_type().is_file() || entry.path_is_symlink())
        .map(walkdir::DirEntry::into_path)
}

#[resmon::log_execution_time]
fn report(index: &Index) {
    println!(
        "{} files, {} copies among them, {} unreadable; {} different words",
        index.files(),
        index.copies(),
        index.unreadable(),
        index.words(),
    );
    let common: Vec<_> =
        index.most_common(8).into_iter().map(|(w, n)| format!("{w} {n}")).collect();
    println!("most common: {}", common.join(", "));
}
