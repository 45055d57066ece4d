//! Passwords and tokens: read when they are needed, never shown.

use std::{env, fmt, fs, path::PathBuf};

use crate::Error;

/// A password, token or secret address: a value, or where to find it.
///
/// It is looked up when the monitor starts, so a missing one is an error of `start()`. It
/// prints as `***`, wherever it stands.
///
/// # Examples
///
/// ```
/// use resmon::Secret;
///
/// let password = Secret::new("correct horse");
/// assert_eq!(format!("{password} {password:?}"), "*** ***");
/// ```
#[derive(Clone)]
pub struct Secret(Place);

#[derive(Clone)]
enum Place {
    Value(String),
    Env(String),
    File(PathBuf),
}

impl Secret {
    /// The secret itself. Prefer a place to find it: what stands in code stands in the
    /// repository and in the executable.
    pub fn new(value: impl Into<String>) -> Self {
        Self(Place::Value(value.into()))
    }

    /// The value of an environment variable.
    pub fn env(name: impl Into<String>) -> Self {
        Self(Place::Env(name.into()))
    }

    /// The content of a file, without line ends at its end.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Place::File(path.into()))
    }

    /// Looks the secret up.
    ///
    /// The error names the place and never the value.
    pub(crate) fn resolve(&self) -> Result<String, Error> {
        let (found, place) = match &self.0 {
            Place::Value(value) => (value.clone(), "the value given".to_owned()),
            Place::Env(name) => (from_env(name)?, format!("the environment variable {name}")),
            Place::File(path) => (from_file(path)?, format!("the file {}", path.display())),
        };
        if found.is_empty() {
            return Err(Error::config(format!("use a secret: {place} is empty")));
        }
        Ok(found)
    }
}

fn from_env(name: &str) -> Result<String, Error> {
    let attempt = || Error::config(format!("read a secret from the environment variable {name}"));
    match env::var(name) {
        Ok(value) => Ok(value),
        Err(env::VarError::NotPresent) => Err(attempt().because("it is not set")),
        // The error of the library would show the value.
        Err(env::VarError::NotUnicode(_)) => Err(attempt().because("it is not valid UTF-8")),
    }
}

fn from_file(path: &PathBuf) -> Result<String, Error> {
    let read = fs::read_to_string(path).map_err(|error| {
        let attempt = format!("read a secret from the file {}", path.display());
        Error::config(attempt).because(error)
    })?;
    Ok(read.trim_end_matches(['\r', '\n']).to_owned())
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_itself() {
        let secret = Secret::new("hunter2");
        assert_eq!(
            format!("{secret} {secret:?} {:#?}", Some(&secret)).matches("hunter2").count(),
            0
        );
        assert_eq!(secret.resolve().unwrap(), "hunter2");
    }

    #[test]
    fn a_missing_variable_is_named() {
        let error = Secret::env("RESMON_TEST_NO_SUCH_VARIABLE").resolve().unwrap_err();
        assert!(error.is_config());
        assert!(format!("{error:?}").contains("RESMON_TEST_NO_SUCH_VARIABLE: it is not set"));
    }

    #[test]
    fn a_variable_is_read() {
        // Cargo sets it for tests, and changing the environment is unsafe.
        assert_eq!(Secret::env("CARGO_PKG_NAME").resolve().unwrap(), "resmon");
    }

    #[test]
    fn a_file_is_read_without_its_last_line_end() {
        let path = env::temp_dir().join(format!("resmon-secret-{}", std::process::id()));
        fs::write(&path, "s3 cret\r\n").unwrap();
        assert_eq!(Secret::file(&path).resolve().unwrap(), "s3 cret");
        fs::write(&path, "\n").unwrap();
        assert!(format!("{:?}", Secret::file(&path).resolve().unwrap_err()).contains("is empty"));
        fs::remove_file(&path).unwrap();
        let error = Secret::file(&path).resolve().unwrap_err();
        assert!(error.is_config() && format!("{error:?}").contains("resmon-secret-"), "{error:?}");
    }
}
