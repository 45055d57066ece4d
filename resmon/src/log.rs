//! Log lines for a program without a `tracing` subscriber of its own.

use std::{
    fs::{self, File, OpenOptions},
    io,
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
/// If the file cannot be opened, or the program has a global subscriber already: then the
/// lines go there, and no file is made.
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
    let (file, made) = open(path)
        .map_err(|cause| Error::read(format!("log to {}", path.display())).because(cause))?;
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(Level::INFO)
        .with_ansi(false)
        .with_writer(Mutex::new(file))
        .finish();
    tracing::subscriber::set_global_default(subscriber).map_err(|cause| {
        if made {
            // Empty, and nothing would ever come into it.
            let _ = fs::remove_file(path);
        }
        let attempt = format!(
            "log to {}: the program has a tracing subscriber already, which gets the lines",
            path.display()
        );
        Error::recorder(attempt).because(cause)
    })
}

/// The file, and whether it was not there before.
fn open(path: &Path) -> io::Result<(File, bool)> {
    let mut options = OpenOptions::new();
    match options.append(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Ok((options.create_new(false).open(path)?, false))
        }
        made => Ok((made?, true)),
    }
}
