//! Where the kernel's files are: this machine's own, or a host's as mounted in a container.

use std::{
    ffi::CString,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
};

use super::file::KeptFile;

/// The mount points of `/proc`, `/sys` and the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roots {
    proc: PathBuf,
    sys: PathBuf,
    root: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self { proc: "/proc".into(), sys: "/sys".into(), root: "/".into() }
    }
}

impl Roots {
    pub(crate) fn of(proc: &Path, sys: &Path, root: &Path) -> Self {
        Self { proc: proc.to_owned(), sys: sys.to_owned(), root: root.to_owned() }
    }

    pub(super) fn proc(&self, file: &str) -> KeptFile<CString> {
        kept(&self.proc.join(file))
    }

    /// A file of the process that stands for the machine: this one, or a host's first.
    pub(super) fn of_process(&self, file: &str) -> PathBuf {
        let process = if *self == Self::default() { "self" } else { "1" };
        self.proc.join(process).join(file)
    }

    pub(super) fn sys(&self, folder: &str) -> PathBuf {
        self.sys.join(folder)
    }

    /// Where the root's `path` is found from here.
    pub(super) fn at(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
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
    fn a_hosts_files_are_found_through_its_first_process() {
        let own = Roots::default();
        assert_eq!(own.of_process("net/dev"), Path::new("/proc/self/net/dev"));
        assert_eq!(own.at(Path::new("/home")), Path::new("/home"));
        let host =
            Roots { proc: "/host/proc".into(), sys: "/host/sys".into(), root: "/host".into() };
        assert_eq!(host.of_process("net/dev"), Path::new("/host/proc/1/net/dev"));
        assert_eq!(host.at(Path::new("/")), Path::new("/host"));
        assert_eq!(host.at(Path::new("/var/lib")), Path::new("/host/var/lib"));
    }
}
