//! `mountinfo`: what is mounted where.

use std::{ffi::OsStr, os::unix::ffi::OsStrExt, path::PathBuf};

use super::parse::words;

/// One line of `mountinfo`.
pub(super) struct Mount<'a> {
    /// Major and minor number.
    pub(super) device: &'a [u8],
    /// The folder of the file system that is seen at `point`.
    pub(super) root: PathBuf,
    pub(super) point: PathBuf,
    pub(super) fstype: &'a [u8],
    pub(super) source: &'a [u8],
    pub(super) options: &'a [u8],
}

/// The lines that are mounts.
pub(super) fn mounts(text: &[u8]) -> impl Iterator<Item = Mount<'_>> {
    text.split(|&b| b == b'\n').filter_map(mount)
}

/// Parses a line of `proc_pid_mountinfo(5)`: optional fields end with a lone hyphen.
fn mount(line: &[u8]) -> Option<Mount<'_>> {
    let mut fields = words(line);
    let device = fields.nth(2)?;
    let root = fields.next()?;
    let point = fields.next()?;
    let mut rest = fields.skip_while(|&field| field != b"-").skip(1);
    let fstype = rest.next()?;
    let (source, options) = (rest.next()?, rest.next()?);
    let (root, point) = (unescaped(root), unescaped(point));
    Some(Mount { device, root, point, fstype, source, options })
}

/// Replaces the octal escapes that stand for white space and backslashes in `mountinfo`.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, tail)) = rest.split_first() {
        let octal = tail.get(..3).filter(|_| first == b'\\');
        let code =
            octal.and_then(|digits| u8::from_str_radix(str::from_utf8(digits).ok()?, 8).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &tail[3..] } else { tail };
    }
    path(&bytes)
}

pub(super) fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
