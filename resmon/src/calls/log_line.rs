//! The line that `#[log_execution_time]` writes.

use std::{
    fmt::{self, Display},
    time::Duration,
};

/// What is known of a finished call when its line is written.
#[derive(Clone, Copy)]
pub struct LogLine<'a> {
    /// The `function` label.
    pub function: &'a str,
    /// The `module` label.
    pub module: &'a str,
    /// From entry to exit.
    pub elapsed: Duration,
    /// The `result` label.
    pub result: &'static str,
    /// What the error says of itself, where the call failed.
    pub error: Option<&'a dyn Display>,
}

impl fmt::Debug for LogLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogLine")
            .field("function", &self.function)
            .field("elapsed", &self.elapsed)
            .field("result", &self.result)
            .finish_non_exhaustive()
    }
}

/// Makes the function that writes a call site's line, with a `tracing` event of its own
/// target and level.
#[doc(hidden)]
#[macro_export]
macro_rules! __log {
    ($target:expr, $level:ident) => {{
        fn log(line: &$crate::__private::LogLine<'_>) {
            $crate::__private::tracing::event!(
                target: $target,
                $crate::__private::tracing::Level::$level,
                function = line.function,
                module = line.module,
                elapsed = line.elapsed.as_secs_f64(),
                result = line.result,
                error = line.error.map($crate::__private::tracing::field::display),
                "{} took {:.3?}",
                line.function,
                line.elapsed,
            );
        }
        log
    }};
}
