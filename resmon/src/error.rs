//! The one error type.

use std::{error::Error as StdError, fmt};

/// What went wrong, and what was being attempted.
///
/// `{}` says what was tried on what. The cause, where there is one, is in
/// [`source()`](std::error::Error::source); `{:#}` and `{:?}` show it too. The kind stays
/// private: ask with the `is_…` predicates.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// let first = resmon::Monitor::start()?;
/// let second = resmon::Monitor::start().expect_err("one publishing monitor per process");
/// assert!(second.is_already_running());
/// # first.stop();
/// # Ok(())
/// # }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    attempt: String,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    AlreadyRunning,
    Config,
    Listen,
    Read,
    Recorder,
    Task,
    Unsupported,
}

impl Error {
    pub(crate) fn already_running() -> Self {
        let attempt = "start a second publishing monitor: one already runs in this process \
                       (Monitor::current() finds it, .private() starts one that does not publish)";
        Self::new(Kind::AlreadyRunning, attempt)
    }

    /// A setting that cannot be carried out.
    pub(crate) fn config(attempt: impl Into<String>) -> Self {
        Self::new(Kind::Config, attempt)
    }

    /// An address that cannot be listened on.
    #[cfg(feature = "server")]
    pub(crate) fn listen(attempt: impl Into<String>) -> Self {
        Self::new(Kind::Listen, attempt)
    }

    /// A figure's source or a file that could not be read or written.
    pub(crate) fn read(attempt: impl Into<String>) -> Self {
        Self::new(Kind::Read, attempt)
    }

    /// A global recorder or subscriber that the program already has.
    pub(crate) fn recorder(attempt: impl Into<String>) -> Self {
        Self::new(Kind::Recorder, attempt)
    }

    /// A thread or task that could not be started.
    pub(crate) fn task(attempt: impl Into<String>) -> Self {
        Self::new(Kind::Task, attempt)
    }

    /// Something this platform or build does not offer.
    pub(crate) fn unsupported(attempt: impl Into<String>) -> Self {
        Self::new(Kind::Unsupported, attempt)
    }

    fn new(kind: Kind, attempt: impl Into<String>) -> Self {
        Self(Box::new(Inner { kind, attempt: attempt.into(), cause: None }))
    }

    pub(crate) fn because(mut self, cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Adds to the attempt what else the reader should know.
    pub(crate) fn noting(mut self, note: &str) -> Self {
        self.0.attempt.push_str(note);
        self
    }

    /// Whether a publishing monitor already runs in this process.
    pub fn is_already_running(&self) -> bool {
        self.0.kind == Kind::AlreadyRunning
    }

    /// Whether a setting given by code or environment cannot be carried out.
    pub fn is_config(&self) -> bool {
        self.0.kind == Kind::Config
    }

    /// Whether an address could not be listened on: in use, not local, not permitted.
    pub fn is_listen(&self) -> bool {
        self.0.kind == Kind::Listen
    }

    /// Whether the program already has a recorder or subscriber of its own.
    pub fn is_recorder_taken(&self) -> bool {
        self.0.kind == Kind::Recorder
    }

    /// Whether this platform or build does not offer what was asked.
    pub fn is_unsupported(&self) -> bool {
        self.0.kind == Kind::Unsupported
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot ")?;
        f.write_str(&self.0.attempt)?;
        match &self.0.cause {
            Some(cause) if f.alternate() => write!(f, ": {cause:#}"),
            _ => Ok(()),
        }
    }
}

/// Shows the attempt and every cause, since `fn main() -> Result<…>` prints this form.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.cause.as_ref().map(|cause| cause.as_ref() as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_attempt_and_each_cause() {
        let inner = Error::read("open /proc/self/stat").because("permission denied");
        let error = Error::task("start the sampler").because(inner);
        assert_eq!(
            format!("{error:?}"),
            "cannot start the sampler: cannot open /proc/self/stat: permission denied"
        );
        assert_eq!(error.to_string(), "cannot start the sampler");
    }

    #[test]
    fn is_one_pointer_and_crosses_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<Error>();
        assert_eq!(size_of::<Error>(), size_of::<usize>());
    }
}
