//! Which of the two ways of reading is used.

use std::fmt;

/// How this process is read.
///
/// # Examples
///
/// ```
/// use resmon::{Backend, Process};
///
/// # fn main() -> Result<(), resmon::Error> {
/// let mut process = Process::with_backend(Backend::default())?;
/// assert!(process.sample()?.resident_memory_bytes().is_some());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Backend {
    /// The kernel's own files and system calls: every figure, at the least cost. Linux.
    Native,
    /// sysinfo, with `getrusage` and `getrlimit` on Unix: fewer figures, every platform. On
    /// Linux it needs the feature `system`.
    Portable,
}

impl Backend {
    /// The word in the `backend` label of `resmon_source_info`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Portable => "portable",
        }
    }
}

/// The native backend on Linux, the portable one elsewhere.
impl Default for Backend {
    fn default() -> Self {
        if cfg!(target_os = "linux") { Self::Native } else { Self::Portable }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
