//! The work: a word index and content hashes of many files.

use std::{
    collections::{HashMap, HashSet},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use indicatif::{ProgressBar, ProgressStyle};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

/// Threads that read, at most.
const WORKERS: usize = 4;

/// Everything that was found.
#[derive(Default)]
pub(crate) struct Index {
    words: HashMap<String, u64>,
    hashes: HashSet<[u8; 32]>,
    files: usize,
    unreadable: usize,
}

/// What one file holds.
struct File {
    hash: [u8; 32],
    words: HashMap<String, u64>,
}

/// Reads the files with a few threads and gathers what they found.
#[resmon::log_execution_time]
pub(crate) async fn build(files: Vec<PathBuf>) -> Index {
    let bar = progress_bar(files.len());
    let (found, mut finds) = mpsc::channel(64);
    start_workers(files, &found);
    drop(found);
    let mut index = Index::default();
    while let Some(file) = next(&mut finds).await {
        bar.inc(1);
        index.add(file);
    }
    bar.finish_and_clear();
    index
}

/// The time spent here is the time the gathering thread waited for the readers.
#[resmon::timed]
async fn next(finds: &mut mpsc::Receiver<io::Result<File>>) -> Option<io::Result<File>> {
    finds.recv().await
}

fn start_workers(files: Vec<PathBuf>, found: &mpsc::Sender<io::Result<File>>) {
    let files = Arc::new(files);
    let turn = Arc::new(AtomicUsize::new(0));
    let workers = thread::available_parallelism().map_or(1, usize::from).clamp(1, WORKERS);
    for _ in 0..workers {
        let (files, turn, found) = (Arc::clone(&files), Arc::clone(&turn), found.clone());
        thread::spawn(move || {
            while let Some(path) = files.get(turn.fetch_add(1, Ordering::Relaxed)) {
                if found.blocking_send(examine(path)).is_err() {
                    return;
                }
            }
        });
    }
}

/// An unreadable file is an error of this call and no more.
#[resmon::timed]
fn examine(path: &Path) -> io::Result<File> {
    let content = read(path)?;
    Ok(File { hash: hash(&content), words: count_words(&content) })
}

#[resmon::timed]
fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}

#[resmon::timed]
fn hash(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}

/// Words are runs of letters, three at least; a file that is not text has none.
#[resmon::timed]
fn count_words(content: &[u8]) -> HashMap<String, u64> {
    let mut words = HashMap::new();
    let text = str::from_utf8(content).unwrap_or_default();
    for word in text.split(|c: char| !c.is_alphabetic()).filter(|word| word.len() > 2) {
        match words.get_mut(word) {
            Some(count) => *count += 1,
            None => {
                words.insert(word.to_owned(), 1);
            }
        }
    }
    words
}

fn progress_bar(files: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} files, {per_sec}, {eta} left");
    let bar = ProgressBar::new(files as u64);
    style.map_or_else(|_| bar.clone(), |style| bar.clone().with_style(style))
}

impl Index {
    #[resmon::timed]
    fn add(&mut self, file: io::Result<File>) {
        self.files += 1;
        let Ok(file) = file else {
            self.unreadable += 1;
            return;
        };
        self.hashes.insert(file.hash);
        for (word, count) in file.words {
            *self.words.entry(word).or_default() += count;
        }
    }

    pub(crate) fn files(&self) -> usize {
        self.files
    }

    pub(crate) fn unreadable(&self) -> usize {
        self.unreadable
    }

    /// Files whose content another file has too.
    pub(crate) fn copies(&self) -> usize {
        self.files - self.unreadable - self.hashes.len()
    }

    pub(crate) fn words(&self) -> usize {
        self.words.len()
    }

    /// The words that occur most, each with how often.
    #[resmon::timed]
    pub(crate) fn most_common(&self, number: usize) -> Vec<(&str, u64)> {
        let mut words: Vec<_> = self.words.iter().map(|(word, n)| (word.as_str(), *n)).collect();
        words.sort_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
        words.truncate(number);
        words
    }
}
