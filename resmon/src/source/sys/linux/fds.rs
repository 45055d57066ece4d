//! The number of open file descriptors, at a cost that does not grow with it.

use std::{ffi::CStr, io, mem::MaybeUninit};

use rustix::fs::{RawDir, SeekFrom, fstat, seek};

use super::{
    due::SELDOM,
    file::{self, KeptFile},
};

/// Above so many, counting one by one is done more seldom: a million take most of a second.
const MANY: u64 = 10_000;

/// Counts the open descriptors of this process, without those that resmon's readers hold.
#[derive(Debug)]
pub(super) struct Descriptors {
    folder: KeptFile<&'static CStr>,
    /// What counting one by one gave, and for how many more samples it stands.
    counted: Option<(u64, u64)>,
}

impl Descriptors {
    pub(super) fn new() -> Self {
        Self { folder: KeptFile::folder(c"/proc/self/fd"), counted: None }
    }

    /// The number now.
    ///
    /// Since Linux 6.2 the size of `/proc/self/fd` is the number of its entries; before, it
    /// is 0, and the entries are counted.
    pub(super) fn count(&mut self) -> io::Result<u64> {
        let result = self.all();
        if result.is_err() {
            self.folder.close();
        }
        Ok(result?.saturating_sub(file::held()))
    }

    fn all(&mut self) -> io::Result<u64> {
        let size = fstat(self.folder.fd()?)?.st_size;
        match u64::try_from(size) {
            Ok(size @ 1..) => Ok(size),
            _ => self.one_by_one(),
        }
    }

    fn one_by_one(&mut self) -> io::Result<u64> {
        if let Some((count, samples @ 1..)) = self.counted {
            self.counted = Some((count, samples - 1));
            return Ok(count);
        }
        let count = self.entries()?;
        let stands = if count > MANY { SELDOM - 1 } else { 0 };
        self.counted = Some((count, stands));
        Ok(count)
    }

    fn entries(&mut self) -> io::Result<u64> {
        let folder = self.folder.fd()?;
        seek(folder, SeekFrom::Start(0))?;
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut entries = RawDir::new(folder, &mut buffer);
        let mut count = 0;
        while let Some(entry) = entries.next() {
            count += u64::from(!entry?.file_name().to_bytes().starts_with(b"."));
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_agrees_with_the_size_of_the_folder() {
        let mut descriptors = Descriptors::new();
        // Other tests open and close files meanwhile, so one agreement in many tries will do.
        let agreed = (0..1000).any(|_| {
            let counted = descriptors.entries().unwrap();
            let size = fstat(descriptors.folder.fd().unwrap()).unwrap().st_size;
            size == 0 || u64::try_from(size) == Ok(counted)
        });
        assert!(agreed);
    }

    #[test]
    fn a_large_count_stands_for_ten_samples() {
        let mut descriptors = Descriptors { counted: Some((1_000_000, 2)), ..Descriptors::new() };
        assert_eq!(descriptors.one_by_one().unwrap(), 1_000_000);
        assert_eq!(descriptors.one_by_one().unwrap(), 1_000_000);
        assert!(descriptors.one_by_one().unwrap() < MANY);
    }
}
