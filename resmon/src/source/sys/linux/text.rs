//! The whole text of a kernel's file that has many lines.

use std::{ffi::CString, io};

use super::{file::KeptFile, parse};

/// No such file is larger: `/proc/stat` of a machine with a thousand CPUs and interrupts has
/// some 200 KiB.
const MOST: usize = 4 << 20;

/// Files that are kept open, and the memory into which each is read whole in its turn.
#[derive(Debug, Default)]
pub(super) struct Buffer(Vec<u8>);

impl Buffer {
    /// The text of the file.
    pub(super) fn read(&mut self, file: &mut KeptFile<CString>) -> io::Result<&[u8]> {
        if self.0.is_empty() {
            self.0.resize(8 << 10, 0);
        }
        loop {
            let read = file.read_to_end(&mut self.0)?.len();
            if read < self.0.len() {
                return Ok(&self.0[..read]);
            }
            if self.0.len() >= MOST {
                return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it has no end"));
            }
            self.0.resize(self.0.len() * 2, 0);
        }
    }
}

/// The lines of a text that are complete: the last of a cut text may have lost digits.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split_inclusive(|&b| b == b'\n').filter_map(|line| line.strip_suffix(b"\n"))
}

/// A word of the text where it is UTF-8.
pub(super) fn name(word: &[u8]) -> Option<&str> {
    str::from_utf8(word).ok().filter(|name| !name.is_empty())
}

/// The number in the word of that index, from 0.
pub(super) fn nth(line: &[u8], index: usize) -> Option<u64> {
    parse::number(parse::words(line).nth(index)?)
}
