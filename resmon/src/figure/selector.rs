//! Which figure is meant: a name and, where it has labels, their values.

use std::{borrow::Cow, fmt};

/// A figure by name and label values.
///
/// A plain name converts: wherever a `Figure` is taken, `"process_open_fds"` does too.
///
/// # Examples
///
/// ```
/// use resmon::Figure;
///
/// let user = Figure::named("process_cpu_time_seconds_total").with("cpu_mode", "user");
/// assert_eq!(user.to_string(), r#"process_cpu_time_seconds_total{cpu_mode="user"}"#);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Figure {
    name: Cow<'static, str>,
    labels: Vec<(Cow<'static, str>, Cow<'static, str>)>,
}

impl Figure {
    /// The figure of that name.
    pub fn named(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), labels: Vec::new() }
    }

    /// Only the series whose label `key` has this value.
    #[must_use]
    pub fn with(
        mut self,
        key: impl Into<Cow<'static, str>>,
        value: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.labels.push((key.into(), value.into()));
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether a series of that name and those labels is meant.
    pub(crate) fn selects<'a>(
        &self,
        name: &str,
        labels: &(impl Iterator<Item = (&'a str, &'a str)> + Clone),
    ) -> bool {
        self.name == name
            && self.labels.iter().all(|(key, value)| {
                labels.clone().any(|(k, v)| k == key.as_ref() && v == value.as_ref())
            })
    }
}

impl From<&str> for Figure {
    fn from(name: &str) -> Self {
        Self::named(name.to_owned())
    }
}

impl From<String> for Figure {
    fn from(name: String) -> Self {
        Self::named(name)
    }
}

impl From<&Figure> for Figure {
    fn from(figure: &Figure) -> Self {
        figure.clone()
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (i, (key, value)) in self.labels.iter().enumerate() {
            write!(f, "{}{key}={value:?}", if i == 0 { '{' } else { ',' })?;
        }
        if self.labels.is_empty() { Ok(()) } else { f.write_str("}") }
    }
}
