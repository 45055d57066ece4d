//! The line that `#[log_execution_time]` writes.

use std::{
    fmt::{self, Display, Write},
    time::Duration,
};

use super::{Extra, route};
use crate::{alloc, clock::ticks};

/// What is known of a finished call when its line is written.
#[derive(Clone, Copy)]
pub struct LogLine<'a> {
    /// The `function` label.
    pub function: &'a str,
    /// The `module` label.
    pub module: &'a str,
    /// From entry to exit.
    pub(super) ticks: u64,
    /// The `result` label.
    pub result: &'static str,
    /// The values of the option `fields`, in its order; none where nobody listened at entry.
    pub(super) fields: &'a [String],
    /// What the error says of itself, where the call failed.
    pub error: Option<&'a dyn Display>,
}

impl LogLine<'_> {
    /// From entry to exit; only asked where somebody listens.
    #[doc(hidden)]
    pub fn elapsed(&self) -> Duration {
        ticks::duration(self.ticks)
    }

    /// The value of a field of the option `fields`.
    #[doc(hidden)]
    pub fn field(&self, number: usize) -> Option<&str> {
        self.fields.get(number).map(String::as_str)
    }

    /// The error as a field's value. What it says may hold anything, even what an attacker
    /// sent: no line end or escape sequence of it reaches a log.
    #[doc(hidden)]
    pub fn error_in_one_line(&self) -> Option<impl tracing::Value> {
        self.error.map(|error| tracing::field::display(OneLine(error)))
    }
}

/// The values of the option `fields`, displayed at a call's entry where somebody listens.
#[derive(Debug, Default)]
pub struct Fields(Vec<String>);

impl Fields {
    /// Displays the values.
    pub fn of<const N: usize>(listened: bool, values: impl FnOnce() -> [String; N]) -> Self {
        let take = listened && route::is_enabled();
        Self(if take { alloc::uncounted(|| values().into()) } else { Vec::new() })
    }
}

impl Extra for Fields {
    const ANY: bool = true;

    fn take_fields(&mut self) -> Vec<String> {
        std::mem::take(&mut self.0)
    }
}

/// Displays a value on one line.
pub fn field(value: &(impl Display + ?Sized)) -> String {
    OneLine(value).to_string()
}

/// Shows control characters as Rust would write them.
struct OneLine<T>(T);

impl<T: Display> Display for OneLine<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'b>(&'a mut fmt::Formatter<'b>);

impl fmt::Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for part in text.split_inclusive(char::is_control) {
            let clean = part.trim_end_matches(char::is_control);
            self.0.write_str(clean)?;
            for control in part[clean.len()..].chars() {
                write!(self.0, "{}", control.escape_default())?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLine")
            .field("function", &self.function)
            .field("elapsed", &self.elapsed())
            .field("result", &self.result)
            .finish_non_exhaustive()
    }
}

/// Makes the function that writes a call site's line, with a `tracing` event of its own
/// target and level.
#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($target:expr, $level:ident $(, $field:ident = $number:literal)*) => {{
        fn log(line: &$crate::__private::LogLine<'_>) {
            $crate::__private::tracing::event!(
                target: $target,
                $crate::__private::tracing::Level::$level,
                function = line.function,
                module = line.module,
                elapsed = line.elapsed().as_secs_f64(),
                result = line.result,
                error = line.error_in_one_line(),
                $($field = line.field($number),)*
                "{} took {:.3?}",
                line.function,
                line.elapsed(),
            );
        }
        log
    }};
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_stays_on_its_line() {
        let shown = OneLine("no such user \"bob\"\n\r\n2026 INFO \u{1b}[2Jall is well: grün\t!");
        assert_eq!(
            shown.to_string(),
            "no such user \"bob\"\\n\\r\\n2026 INFO \\u{1b}[2Jall is well: grün\\t!"
        );
    }
}
