//! The space of the file systems: `statvfs`, which on a dead mount never returns.
//!
//! File systems that live on this machine answer from memory and are asked at once. The
//! others are asked in a thread of their own; one that has not answered in time has no
//! figure, and is left alone until that thread is back. The threads are bounded.

use std::{
    ffi::CString,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{
    super::{
        file::{KeptFile, kept},
        text::Buffer,
    },
    mounts::{Storage, storage},
};
use crate::source::sys::{
    Failures, Roots,
    machine::{RawFilesystem, Space},
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(2);
/// Threads that may wait for dead mounts at a time.
const MOST_WAITING: usize = 8;

/// What answers without asking anything beyond this kernel.
const LOCAL: &[&str] = &[
    "bcachefs", "btrfs", "ext2", "ext3", "ext4", "exfat", "f2fs", "jfs", "nilfs2", "ntfs3",
    "overlay", "reiserfs", "tmpfs", "ubifs", "udf", "vfat", "xfs", "zfs",
];

/// Asks one path for its space.
pub(super) type Ask = fn(&Path) -> io::Result<Space>;

/// Asks the kernel.
pub(super) fn statvfs(path: &Path) -> io::Result<Space> {
    let found = rustix::fs::statvfs(path)?;
    let bytes = |blocks: u64| {
        let too_large = || io::Error::new(io::ErrorKind::InvalidData, "more than 2^64 bytes");
        blocks.checked_mul(found.f_frsize).ok_or_else(too_large)
    };
    Ok(Space {
        size: bytes(found.f_blocks)?,
        free: bytes(found.f_bfree)?,
        available: bytes(found.f_bavail)?,
    })
}

/// The file systems, and what is known of each.
#[derive(Debug)]
pub(super) struct Filesystems {
    roots: Roots,
    ask: Ask,
    mountinfo: KeptFile<CString>,
    buffer: Buffer,
    /// The `mountinfo` that `known` was made of.
    text: Vec<u8>,
    known: Vec<Known>,
}

#[derive(Debug)]
struct Known {
    storage: Storage,
    path: PathBuf,
    /// None where it is asked at once.
    remote: Option<Remote>,
}

/// One that is asked by a thread.
#[derive(Debug, Default)]
struct Remote {
    answer: Arc<Mutex<Option<io::Result<Space>>>>,
    /// Since when a thread waits for it.
    asked: Option<Instant>,
    space: Option<Space>,
}

impl Filesystems {
    pub(super) fn new(roots: Roots, ask: Ask) -> Self {
        let mountinfo = kept(&roots.of_process("mountinfo"));
        let (buffer, text) = (Buffer::default(), Vec::new());
        Self { roots, ask, mountinfo, buffer, text, known: Vec::new() }
    }

    /// Brings `filesystems` up to date. Allocates only where the mounts have changed.
    pub(super) fn read(&mut self, filesystems: &mut Vec<RawFilesystem>, failures: &mut Failures) {
        if self.find(failures) {
            filesystems.clear();
            filesystems.extend(self.known.iter().map(|known| RawFilesystem {
                device: known.storage.device.clone(),
                kind: known.storage.kind.clone(),
                mountpoint: known.storage.mountpoint.to_string_lossy().into_owned(),
                space: None,
            }));
        }
        let waiting = self.known.iter().filter(|known| known.waits()).count();
        let mut room = MOST_WAITING.saturating_sub(waiting);
        for (known, filesystem) in self.known.iter_mut().zip(filesystems) {
            filesystem.space = known.space(self.ask, &mut room);
        }
    }

    /// Whether there are other file systems than before.
    fn find(&mut self, failures: &mut Failures) -> bool {
        let text = match self.buffer.read(&mut self.mountinfo) {
            Ok(text) if text == self.text => return false,
            Ok(text) => text,
            Err(error) => {
                failures.note(&self.mountinfo.name(), error);
                return false;
            }
        };
        self.text = text.to_vec();
        let mut before = std::mem::take(&mut self.known);
        for storage in storage(text) {
            let same = before.iter().position(|known| known.storage == storage);
            // A thread that waits for it goes on to.
            let known = same.map(|place| before.swap_remove(place));
            self.known.push(known.unwrap_or_else(|| Known::new(storage, &self.roots)));
        }
        true
    }
}

impl Known {
    fn new(storage: Storage, roots: &Roots) -> Self {
        let path = roots.at(&storage.mountpoint);
        let local = LOCAL.contains(&storage.kind.as_str());
        let remote = (!local).then(Remote::default);
        Self { storage, path, remote }
    }

    fn waits(&self) -> bool {
        self.remote.as_ref().is_some_and(|remote| remote.asked.is_some())
    }

    fn space(&mut self, ask: Ask, room: &mut usize) -> Option<Space> {
        let Some(remote) = &mut self.remote else { return ask(&self.path).ok() };
        remote.take();
        if remote.asked.is_none() && *room > 0 {
            *room -= 1;
            remote.ask(ask, &self.path);
        }
        remote.space
    }
}

impl Remote {
    /// Takes the answer, if there is one; without one for too long, what was known is old.
    fn take(&mut self) {
        if let Some(answer) = lock(&self.answer).take() {
            self.space = answer.ok();
            self.asked = None;
        } else if self.asked.is_some_and(|asked| asked.elapsed() > PATIENCE) {
            self.space = None;
        }
    }

    /// Has a thread ask. Its answer is taken at the next reading.
    fn ask(&mut self, ask: Ask, path: &Path) {
        let (answer, path) = (Arc::clone(&self.answer), path.to_owned());
        let started = thread::Builder::new().name("resmon-space".to_owned()).spawn(move || {
            let space = ask(&path);
            *lock(&answer) = Some(space);
        });
        self.asked = started.ok().map(|_| Instant::now());
    }
}

fn lock<T>(answer: &Mutex<T>) -> MutexGuard<'_, T> {
    answer.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn filesystems(mounts: &str, ask: Ask) -> (Filesystems, PathBuf) {
        let folder = std::env::temp_dir().join(format!(
            "resmon-space-{}-{:?}",
            std::process::id(),
            thread::current().id()
        ));
        fs::create_dir_all(folder.join("1")).unwrap();
        fs::write(folder.join("1/mountinfo"), mounts).unwrap();
        let roots = Roots::of(&folder, &folder, "/");
        (Filesystems::new(roots, ask), folder)
    }

    fn read(known: &mut Filesystems, found: &mut Vec<RawFilesystem>) -> Vec<Option<Space>> {
        known.read(found, &mut Failures::default());
        found.iter().map(|filesystem| filesystem.space).collect()
    }

    const SPACE: Space = Space { size: 8, free: 4, available: 2 };

    #[test]
    fn a_dead_mount_keeps_nobody_waiting() {
        let ask: Ask = |path| {
            if path.ends_with("dead") {
                thread::sleep(Duration::from_secs(3));
            }
            Ok(SPACE)
        };
        let mounts = "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:9 / /dead rw - nfs4 s:/d rw\n\
            3 1 0:8 / /live rw - nfs4 s:/l rw\n";
        let (mut known, folder) = filesystems(mounts, ask);
        let (began, mut found) = (Instant::now(), Vec::new());
        assert_eq!(read(&mut known, &mut found), [Some(SPACE), None, None]);
        assert!(began.elapsed() < Duration::from_secs(1));
        let mut until = |expected| {
            while read(&mut known, &mut found) != expected {
                assert!(began.elapsed() < Duration::from_secs(20), "{found:?}");
                thread::sleep(Duration::from_millis(5));
            }
        };
        until([Some(SPACE), None, Some(SPACE)]);
        // Back to life, and dead again.
        until([Some(SPACE), Some(SPACE), Some(SPACE)]);
        until([Some(SPACE), None, Some(SPACE)]);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn dead_mounts_without_number_take_a_few_threads() {
        let ask: Ask = |_| {
            thread::sleep(Duration::from_secs(1));
            Ok(SPACE)
        };
        let mount = |i| format!("{i} 0 0:{i} / /dead{i} rw - nfs s:/d rw\n");
        let mounts = (0..50).map(mount).collect::<Vec<_>>().concat();
        let (mut known, folder) = filesystems(&mounts, ask);
        let mut found = Vec::new();
        for _ in 0..3 {
            read(&mut known, &mut found);
            assert_eq!(known.known.iter().filter(|known| known.waits()).count(), MOST_WAITING);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_root_has_the_space_that_is_told() {
        let space = statvfs(Path::new("/")).unwrap();
        assert!(space.size >= space.free && space.free >= space.available);
        assert!(statvfs(Path::new("/no/such/folder")).is_err());
    }
}
