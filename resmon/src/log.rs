//! Log lines for a program without a `tracing` subscriber of its own.

use std::{
    fs::{File, OpenOptions},
    path::Path,
    sync::Mutex,
};

use tracing::Level;

use crate::Error;

/// Writes every `tracing` event of level INFO and above to a file, a plain line each.
///
/// This is for programs that have no subscriber: without one, the lines of
/// [`log_execution_time`](crate::log_execution_time) go nowhere. Lines are appended; the
/// file is made if it is not there.
///
/// # Errors
///
/// If the file cannot be opened, or the program has a global subscriber already: then its
/// lines go there.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// #[resmon::log_execution_time]
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// let path = std::env::temp_dir().join(format!("app_performance_{}.log", std::process::id()));
/// resmon::log::to_file(&path)?;
/// square(12);
/// let line = std::fs::read_to_string(&path)?;
/// assert!(line.contains("square took") && line.contains("result=\"ok\""), "{line}");
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
pub fn to_file(path: impl AsRef<Path>) -> Result<(), Error> {
    let path = path.as_ref();
    let file = open(path)
        .map_err(|cause| Error::read(format!("log to {}", path.display())).because(cause))?;
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|cause| {
        let attempt = format!(
            "log to {}: the program has a tracing subscriber already, which gets the lines",
            path.display()
        );
        Error::recorder(attempt).because(cause)
    })
}

fn open(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
