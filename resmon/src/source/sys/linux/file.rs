//! A file of the kernel that is opened once and read again and again.

use std::{
    ffi::{CStr, CString},
    io,
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::fs::{Mode, OFlags};

/// How many file descriptors resmon's readers hold in this process.
///
/// `/proc/self/fd` counts them too; the program asked for its own. One number serves every
/// reader, so that two of them do not count one another. A forked child inherits the number
/// with the descriptors. Sockets of the server are not in it: they are the program's business.
static HELD: AtomicU64 = AtomicU64::new(0);

/// How many file descriptors resmon's readers hold in this process.
pub(super) fn held() -> u64 {
    HELD.load(Ordering::Relaxed)
}

/// An open descriptor that is counted in [`held`].
#[derive(Debug)]
struct Held(OwnedFd);

impl Held {
    fn open(path: &CStr, flags: OFlags) -> io::Result<Self> {
        let fd = rustix::fs::open(path, OFlags::RDONLY | OFlags::CLOEXEC | flags, Mode::empty())?;
        HELD.fetch_add(1, Ordering::Relaxed);
        Ok(Self(fd))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        HELD.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A file or folder kept open from its first reading on.
///
/// The kernel makes the text anew at each `pread` from offset 0: no seek, no open, no close.
/// After a failure it is opened anew at the next reading.
#[derive(Debug)]
pub(super) struct KeptFile<P> {
    path: P,
    flags: OFlags,
    fd: Option<Held>,
}

impl<P: AsRef<CStr>> KeptFile<P> {
    pub(super) fn new(path: P) -> Self {
        Self { path, flags: OFlags::empty(), fd: None }
    }

    pub(super) fn folder(path: P) -> Self {
        Self { path, flags: OFlags::DIRECTORY, fd: None }
    }

    /// The path, for messages; borrowed wherever it is UTF-8.
    pub(super) fn name(&self) -> std::borrow::Cow<'_, str> {
        self.path.as_ref().to_string_lossy()
    }

    /// The open descriptor, opened now where it was not.
    pub(super) fn fd(&mut self) -> io::Result<BorrowedFd<'_>> {
        let held = match self.fd.take() {
            Some(held) => held,
            None => Held::open(self.path.as_ref(), self.flags)?,
        };
        Ok(self.fd.insert(held).0.as_fd())
    }

    /// The text of the file as far as it fits into `buffer`.
    pub(super) fn read<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
        self.read_until(buffer, |text| text.ends_with(b"\n"))
    }

    /// As [`read`](Self::read), of a file that the kernel gives out a page of lines at a time:
    /// what leaves half of a page free is the whole, for no line of these files is so long.
    pub(super) fn read_to_end<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
        const HALF: usize = 2048;
        self.read_until(buffer, |text| text.len() < HALF && text.ends_with(b"\n"))
    }

    fn read_until<'b>(
        &mut self,
        buffer: &'b mut [u8],
        is_whole: impl Fn(&[u8]) -> bool,
    ) -> io::Result<&'b [u8]> {
        let result = self.fill(buffer, is_whole);
        if result.is_err() {
            self.close();
        }
        let length = result?;
        Ok(&buffer[..length])
    }

    fn fill(&mut self, buffer: &mut [u8], is_whole: impl Fn(&[u8]) -> bool) -> io::Result<usize> {
        let fd = self.fd()?;
        let mut filled = 0;
        // Most files come whole at the first call; the second, empty one is saved where the
        // text ends a line and leaves room.
        while filled < buffer.len() {
            match rustix::io::pread(fd, &mut buffer[filled..], filled as u64) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            if is_whole(&buffer[..filled]) {
                break;
            }
        }
        Ok(filled)
    }

    pub(super) fn close(&mut self) {
        self.fd = None;
    }
}

/// A file to be read again and again.
pub(super) fn kept(path: &Path) -> KeptFile<CString> {
    // A path with a zero byte names no file, as the empty one does.
    KeptFile::new(CString::new(path.as_os_str().as_bytes()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_present_text_each_time() {
        let mut file = KeptFile::new(c"/proc/self/stat");
        let mut buffer = [0; 1024];
        let first = file.read(&mut buffer).unwrap().to_vec();
        assert!(first.starts_with(std::process::id().to_string().as_bytes()));
        assert!(file.read(&mut buffer).unwrap().ends_with(b"\n"));
    }

    #[test]
    fn a_buffer_too_small_gets_what_fits() {
        let mut file = KeptFile::new(c"/proc/self/stat");
        let mut buffer = [0; 3];
        assert_eq!(file.read(&mut buffer).unwrap().len(), 3);
    }

    #[test]
    fn a_missing_file_is_an_error_and_is_tried_again() {
        let mut file = KeptFile::new(c"/proc/self/no_such_file");
        let mut buffer = [0; 16];
        for _ in 0..2 {
            assert_eq!(file.read(&mut buffer).unwrap_err().kind(), io::ErrorKind::NotFound);
        }
    }
}
