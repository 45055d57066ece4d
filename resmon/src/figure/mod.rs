//! The catalogue: every figure's name, kind, unit, scope, source and help.
//!
//! Each figure has a constant with its name, and a [`Definition`] that says what it is.
//! HELP and TYPE lines, `resmon_source_info` and checks of names all come from here.
//!
//! # Examples
//!
//! ```
//! use resmon::figure::{self, Kind, Unit};
//!
//! let cpu = figure::definition(figure::PROCESS_CPU_SECONDS_TOTAL).expect("in the catalogue");
//! assert_eq!(cpu.name(), "process_cpu_seconds_total");
//! assert_eq!((cpu.kind(), cpu.unit()), (Kind::Counter, Unit::Seconds));
//! assert!(cpu.is_fractional());
//! ```

mod catalogue;
mod selector;

use std::borrow::Cow;

pub use catalogue::*;
pub use selector::Figure;

/// How a figure moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Only grows while the process lives; read it as a rate.
    Counter,
    /// The value of the moment.
    Gauge,
    /// A distribution: count, sum and buckets.
    Histogram,
}

impl Kind {
    /// The word of the Prometheus TYPE line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// The base unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// Seconds, with their fraction.
    Seconds,
    /// Bytes.
    Bytes,
    /// A share of a whole, 0 to 1.
    Ratio,
    /// Bytes a second.
    BytesPerSecond,
    /// Degrees Celsius.
    Celsius,
    /// A number of things.
    Count,
}

impl Unit {
    /// The unit as other programs are told it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
            Self::Ratio => "ratio",
            Self::BytesPerSecond => "bytes_per_second",
            Self::Celsius => "celsius",
            Self::Count => "count",
        }
    }
}

/// What a figure speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scope {
    /// This process and all its threads.
    Process,
    /// The whole machine.
    Machine,
    /// The control groups this process is in.
    Container,
    /// The network namespace this process is in.
    NetworkNamespace,
    /// The annotated functions of this process.
    Functions,
    /// resmon's own work.
    Resmon,
    /// A figure that the program itself supplies.
    Custom,
}

/// One figure: its name, kind, unit, scope, help, and where it comes from.
///
/// # Examples
///
/// ```
/// use resmon::figure::{Definition, Unit};
///
/// let depth = Definition::gauge("queue_depth").with_help("Jobs waiting to be run.");
/// assert_eq!(depth.name(), "queue_depth");
/// assert_eq!(depth.unit(), Unit::Count);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    name: Cow<'static, str>,
    kind: Kind,
    unit: Unit,
    scope: Scope,
    help: Cow<'static, str>,
    linux: &'static str,
    elsewhere: &'static str,
    missing: &'static str,
}

impl Definition {
    /// A gauge that the program supplies.
    pub fn gauge(name: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(name.into(), Kind::Gauge)
    }

    /// A counter that the program supplies; its name ends in `_total`.
    pub fn counter(name: impl Into<Cow<'static, str>>) -> Self {
        Self::custom(name.into(), Kind::Counter)
    }

    fn custom(name: Cow<'static, str>, kind: Kind) -> Self {
        let help = Cow::Owned(format!("{name}, as supplied by the program."));
        let (linux, elsewhere) = ("the program", "the program");
        let missing = "when the program supplies none";
        Self {
            name,
            kind,
            unit: Unit::Count,
            scope: Scope::Custom,
            help,
            linux,
            elsewhere,
            missing,
        }
    }

    /// Sets the sentence of the HELP line.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = help.into();
        self
    }

    /// Sets the unit; the default is [`Unit::Count`].
    #[must_use]
    pub fn with_unit(mut self, unit: Unit) -> Self {
        self.unit = unit;
        self
    }

    /// The name on the wire.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it moves.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its base unit.
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// What it speaks of.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// The sentence of the HELP line.
    pub fn help(&self) -> &str {
        &self.help
    }

    /// Where it is read on Linux.
    pub fn source_on_linux(&self) -> &'static str {
        self.linux
    }

    /// Where it is read on other platforms, and by the `portable` backend.
    pub fn source_elsewhere(&self) -> &'static str {
        self.elsewhere
    }

    /// When it is absent.
    pub fn missing_when(&self) -> &'static str {
        self.missing
    }

    /// Whether it is a counter of seconds, which keeps its fraction.
    ///
    /// The facade's counters are whole numbers, so such a figure passes through it as an
    /// exact gauge; where resmon renders the text itself, the TYPE line says `counter`.
    pub fn is_fractional(&self) -> bool {
        self.kind == Kind::Counter && self.unit == Unit::Seconds
    }

    /// Whether it is exported without having been asked for. The machine's figures are those
    /// of node_exporter, the container's those of cAdvisor, which may run beside.
    pub(crate) fn is_always_exported(&self) -> bool {
        !self.is_of_machine() && !self.is_of_container()
    }

    pub(crate) fn is_of_machine(&self) -> bool {
        matches!(self.scope, Scope::Machine | Scope::NetworkNamespace)
    }

    pub(crate) fn is_of_container(&self) -> bool {
        self.scope == Scope::Container && self.name.starts_with("container_")
    }

    pub(crate) fn name_shared(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    pub(crate) fn help_shared(&self) -> Cow<'static, str> {
        self.help.clone()
    }
}

/// Finds a figure of the catalogue by its name.
pub fn definition(name: &str) -> Option<&'static Definition> {
    catalogue().find(|definition| definition.name == name)
}

/// Every figure resmon knows, in the order of the catalogue.
pub fn catalogue() -> impl Iterator<Item = &'static Definition> + Clone {
    catalogue::PARTS.into_iter().flatten()
}

/// Whether `name` may stand as a metric name on the wire.
pub(crate) fn is_metric_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether `name` may stand as a label name; two underscores in front are Prometheus' own.
pub(crate) fn is_label_name(name: &str) -> bool {
    is_metric_name(name) && !name.starts_with("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_valid_and_unique() {
        for (i, figure) in catalogue().enumerate() {
            assert!(is_metric_name(figure.name()), "{}", figure.name());
            assert!(catalogue().take(i).all(|other| other.name != figure.name));
        }
    }

    #[test]
    fn names_end_in_their_unit_and_counters_in_total() {
        for figure in catalogue() {
            let name = figure.name();
            assert_eq!(figure.kind == Kind::Counter, name.ends_with("_total"), "{name}");
            let stem = name.trim_end_matches("_total");
            match figure.unit {
                Unit::Seconds => assert!(stem.ends_with("_seconds"), "{name}"),
                // As cAdvisor has it.
                Unit::Bytes if name == CONTAINER_MEMORY_RSS => {}
                Unit::Bytes => assert!(stem.ends_with("_bytes"), "{name}"),
                Unit::Ratio => assert!(stem.ends_with("_ratio"), "{name}"),
                Unit::BytesPerSecond => assert!(stem.ends_with("_bytes_per_second"), "{name}"),
                Unit::Celsius => assert!(stem.ends_with("_celsius"), "{name}"),
                Unit::Count => assert!(!stem.ends_with("_seconds") && !stem.ends_with("_bytes")),
            }
        }
    }

    #[test]
    fn every_figure_says_what_it_is_and_where_it_comes_from() {
        for figure in catalogue() {
            assert!(figure.help.ends_with('.'), "{}", figure.name);
            assert!(!figure.linux.is_empty() && !figure.missing.is_empty(), "{}", figure.name);
        }
    }

    #[test]
    fn rejects_names_the_wire_cannot_carry() {
        for bad in ["", "1st", "has space", "dash-ed", "größe", "colon:name"] {
            assert!(!is_metric_name(bad), "{bad}");
        }
    }
}
