//! Where the kernel's files are: this machine's own, or a host's as mounted in a container.

use std::path::{Path, PathBuf};

/// The mount points of `/proc`, `/sys` and the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roots {
    proc: PathBuf,
    sys: PathBuf,
    root: PathBuf,
}

impl Default for Roots {
    fn default() -> Self {
        Self::of("/proc", "/sys", "/")
    }
}

impl Roots {
    pub(crate) fn of(
        proc: impl Into<PathBuf>,
        sys: impl Into<PathBuf>,
        root: impl Into<PathBuf>,
    ) -> Self {
        Self { proc: proc.into(), sys: sys.into(), root: root.into() }
    }

    /// Whether they are this machine's own.
    pub(crate) fn are_own(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn proc(&self, file: &str) -> PathBuf {
        self.proc.join(file)
    }

    /// A file of the process that stands for the machine: this one, or a host's first.
    pub(crate) fn of_process(&self, file: &str) -> PathBuf {
        self.proc.join(if self.are_own() { "self" } else { "1" }).join(file)
    }

    pub(crate) fn sys(&self, folder: &str) -> PathBuf {
        self.sys.join(folder)
    }

    /// Where a mount point of the machine is found from here.
    pub(crate) fn mounted(&self, point: &Path) -> PathBuf {
        match point.strip_prefix("/sys") {
            Ok(below) if !self.are_own() => self.sys.join(below),
            _ => self.at(point),
        }
    }

    /// Where the root's `path` is found from here.
    pub(crate) fn at(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hosts_files_are_found_through_its_first_process() {
        let own = Roots::default();
        assert_eq!(own.of_process("net/dev"), Path::new("/proc/self/net/dev"));
        assert_eq!(own.at(Path::new("/home")), Path::new("/home"));
        let host = Roots::of("/host/proc", "/host/sys", "/host");
        assert_eq!(host.of_process("net/dev"), Path::new("/host/proc/1/net/dev"));
        assert_eq!(host.at(Path::new("/")), Path::new("/host"));
        let cgroup = Path::new("/sys/fs/cgroup/cpu");
        assert_eq!(own.mounted(cgroup), cgroup);
        assert_eq!(host.mounted(cgroup), Path::new("/host/sys/fs/cgroup/cpu"));
        let elsewhere = Roots::of("/p", "/s", "/r");
        assert_eq!(elsewhere.mounted(cgroup), Path::new("/s/fs/cgroup/cpu"));
        assert_eq!(elsewhere.mounted(Path::new("/cg")), Path::new("/r/cg"));
        assert_eq!(host.at(Path::new("/var/lib")), Path::new("/host/var/lib"));
    }
}
