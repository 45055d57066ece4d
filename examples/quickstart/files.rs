//! Finding the files.

use std::{
    fs::{self, DirEntry},
    io,
    path::{Path, PathBuf},
};

/// What there is below the roots.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) files: Vec<PathBuf>,
    /// Directories that could not be listed.
    pub(crate) unlisted: usize,
}

/// Every file below the roots.
#[resmon::log_execution_time(name = "find_files")]
pub(crate) fn find(roots: &[PathBuf]) -> Found {
    let mut found = Found::default();
    let mut waiting = roots.to_vec();
    while let Some(path) = waiting.pop() {
        if !path.is_dir() {
            found.files.push(path);
            continue;
        }
        match list(&path) {
            Ok(entries) => {
                waiting.extend(entries.iter().filter(|entry| is_wanted(entry)).map(DirEntry::path));
            }
            Err(error) => {
                tracing::warn!("cannot list {}: {error}", path.display());
                found.unlisted += 1;
            }
        }
    }
    found
}

/// A directory that cannot be listed is an error of this call and no more.
#[resmon::timed]
fn list(dir: &Path) -> io::Result<Vec<DirEntry>> {
    fs::read_dir(dir)?.collect()
}

/// Build output changes while it is read, and is not source; links to directories may lead
/// back.
fn is_wanted(entry: &DirEntry) -> bool {
    if entry.file_name() == "target" || entry.file_name() == ".git" {
        return false;
    }
    let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
    !(is_link && entry.path().is_dir())
}
