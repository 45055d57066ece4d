//! For how long the threads of this process waited for a CPU that others had.

use std::{
    collections::HashMap,
    ffi::CStr,
    io::{self, Write},
    mem::MaybeUninit,
    time::{Duration, Instant},
};

use rustix::{
    fd::{AsFd, BorrowedFd},
    fs::{Mode, OFlags, RawDir, SeekFrom, openat, seek},
};

use super::{
    file::KeptFile,
    parse::{number, words},
};
use crate::source::sys::Failures;

/// Threads that are read in one pass; the others have their turn in the next.
const MOST: usize = 256;
/// So many times as long as a pass took it is not read again, within these two.
const RARELY: u32 = 10_000;
const SOONEST: Duration = Duration::from_millis(900);
const LATEST: Duration = Duration::from_millis(9_900);
/// Threads for which nothing has to be allocated.
const FEW: usize = 64;

/// Adds up what each thread gains, so that a thread that ends takes nothing with it.
///
/// The kernel keeps the time for each living thread alone: a sum over them falls when one ends.
/// What a thread waited after its last reading is lost, and so is one that lived between two.
#[derive(Debug)]
pub(super) struct RunQueue {
    folder: KeptFile<&'static CStr>,
    /// The time at which each thread was found last, by its number.
    known: HashMap<u32, u64>,
    living: Vec<u32>,
    /// Where the next pass begins.
    next: usize,
    total: u64,
    /// When it is read again: a pass takes a file a thread.
    due: Option<Instant>,
    latest: Option<Duration>,
}

impl RunQueue {
    pub(super) fn new() -> Self {
        Self {
            folder: KeptFile::folder(c"/proc/self/task"),
            known: HashMap::with_capacity(FEW),
            living: Vec::with_capacity(FEW),
            next: 0,
            total: 0,
            due: None,
            latest: None,
        }
    }

    /// The time of all threads, as of a second ago or, where reading it takes long, so long ago
    /// that it is a ten-thousandth of the time; None where the kernel does not keep it.
    pub(super) fn wait(&mut self, now: Instant, failures: &mut Failures) -> Option<Duration> {
        if self.due.is_none_or(|due| now >= due) {
            self.latest = self.read(failures);
            let pause = now.elapsed() * RARELY;
            self.due = now.checked_add(pause.clamp(SOONEST, LATEST));
        }
        self.latest
    }

    fn read(&mut self, failures: &mut Failures) -> Option<Duration> {
        let read = self.advance();
        if let Err(error) = &read
            && error.kind() == io::ErrorKind::NotFound
        {
            return None;
        }
        if read.is_err() {
            self.folder.close();
        }
        failures.keep("/proc/self/task", read)?.then(|| Duration::from_nanos(self.total))
    }

    /// Whether the kernel keeps the time.
    fn advance(&mut self) -> io::Result<bool> {
        let Self { folder, known, living, next, total, .. } = self;
        let folder = folder.fd()?;
        list(folder, living)?;
        let turns = living.len().min(MOST);
        let mut kept = false;
        for turn in 0..turns {
            let id = living[(*next + turn) % living.len()];
            let Some((ran, waited)) = schedstat(folder, id)? else { continue };
            // A thread that runs this has run: with statistics switched off it says 0.
            kept |= ran > 0;
            let before = known.insert(id, waited).unwrap_or_default();
            // Less than before is another thread of the same number.
            *total += waited.checked_sub(before).unwrap_or(waited);
        }
        *next = if turns < living.len() { (*next + turns) % living.len() } else { 0 };
        if known.len() > living.len() {
            living.sort_unstable();
            known.retain(|id, _| living.binary_search(id).is_ok());
        }
        Ok(kept)
    }
}

/// The numbers of the living threads.
fn list(folder: BorrowedFd<'_>, living: &mut Vec<u32>) -> io::Result<()> {
    living.clear();
    seek(folder, SeekFrom::Start(0))?;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(folder, &mut buffer);
    while let Some(entry) = entries.next() {
        living.extend(number::<u32>(entry?.file_name().to_bytes()));
    }
    Ok(())
}

/// For how long a thread ran and waited, in nanoseconds; None if it has ended meanwhile.
fn schedstat(folder: BorrowedFd<'_>, id: u32) -> io::Result<Option<(u64, u64)>> {
    let mut path = [0; 32];
    write!(&mut path[..31], "{id}/schedstat")?;
    let path = CStr::from_bytes_until_nul(&path).map_err(io::Error::other)?;
    let mut text = [0; 96];
    let read = openat(folder, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        .and_then(|file| rustix::io::read(file.as_fd(), &mut text));
    match read {
        Ok(length) => {
            let unknown = || io::Error::new(io::ErrorKind::InvalidData, "unknown format");
            parse(&text[..length]).map(Some).ok_or_else(unknown)
        }
        // It has ended; only a kernel without statistics has none for the main thread.
        Err(rustix::io::Errno::NOENT | rustix::io::Errno::SRCH) if id != std::process::id() => {
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// Parses `schedstat`: time on a CPU and time in the queue, in nanoseconds, and turns.
fn parse(text: &[u8]) -> Option<(u64, u64)> {
    let mut fields = words(text);
    let times = (number(fields.next()?)?, number(fields.next()?)?);
    fields.next()?;
    Some(times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_times_are_the_first_two() {
        assert_eq!(parse(b"105473 83911 2\n"), Some((105_473, 83_911)));
        for text in [&b""[..], b"1", b"1 2", b"x 2 3\n", b"1 x 3\n", b"\xff 1 1\n"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_thread_that_ended_takes_nothing_with_it() {
        let mut queue = RunQueue::new();
        let mut failures = Failures::default();
        let first = queue.read(&mut failures).unwrap();
        queue.known.insert(u32::MAX, 5);
        queue.total += 5;
        let second = queue.read(&mut failures).unwrap();
        assert!(second >= first + Duration::from_nanos(5));
        assert!(!queue.known.contains_key(&u32::MAX));
        assert!(failures.into_error().is_none());
    }

    #[test]
    fn another_thread_of_the_same_number_begins_at_nothing() {
        let mut queue = RunQueue::new();
        let _ = queue.read(&mut Failures::default());
        let me = std::process::id();
        queue.known.insert(me, u64::MAX);
        let before = queue.total;
        let _ = queue.read(&mut Failures::default());
        assert!(queue.total >= before && queue.known[&me] < u64::MAX);
    }
}
