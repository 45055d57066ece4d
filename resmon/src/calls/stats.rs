//! What one function has done so far, to read and to print.

use std::{fmt, sync::Arc, time::Duration};

use super::{
    Amount, CallResult,
    activity::Activity,
    collector::{FunctionTotals, map_with_rates},
};

/// The calls of one annotated function since the start of the process.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// #[resmon::timed]
/// fn add(a: u32, b: u32) -> u32 {
///     a + b
/// }
///
/// let monitor = resmon::Monitor::start()?;
/// add(1, 2);
/// let functions = monitor.functions();
/// let add = functions.iter().find(|f| f.function() == "add").expect("annotated, so known");
/// assert_eq!(add.calls(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionStats {
    /// Its place among all functions.
    number: usize,
    function: Arc<str>,
    module: &'static str,
    labels: &'static [(&'static str, &'static str)],
    calls: [u64; CallResult::ALL.len()],
    total: Duration,
    max: Option<Duration>,
    p50: Option<Duration>,
    p95: Option<Duration>,
    p99: Option<Duration>,
    /// The family of its histogram, where it has one of its own.
    metric: Option<&'static str>,
    amounts: [Option<f64>; Amount::ALL.len()],
    in_flight: Option<usize>,
    oldest: Option<Duration>,
    rate: Option<f64>,
}

/// Every annotated function, those never called included; the longest in total first.
pub(crate) fn functions() -> Vec<FunctionStats> {
    let mut all = functions_if(|_, _, _| true);
    FunctionStats::sort(&mut all);
    all
}

/// Those of which it is wanted, given number, calls and calls under way.
pub(crate) fn functions_if(
    mut is_wanted: impl FnMut(usize, u64, Option<usize>) -> bool,
) -> Vec<FunctionStats> {
    let all = map_with_rates(|number, totals, rate| {
        let is_wanted = !totals.is_base && is_wanted(number, totals.calls(), totals.in_flight);
        is_wanted.then(|| FunctionStats::of(number, totals, rate))
    });
    all.into_iter().flatten().collect()
}

impl FunctionStats {
    /// The longest in total first.
    pub(super) fn sort(all: &mut [Self]) {
        all.sort_by(|a, b| b.total.cmp(&a.total).then(a.function.cmp(&b.function)));
    }

    /// Who it is, and what is under way; it did nothing.
    pub(super) fn named(number: usize, totals: &FunctionTotals) -> Self {
        Self {
            number,
            function: Arc::clone(&totals.function),
            module: totals.module,
            labels: totals.labels,
            calls: [0; CallResult::ALL.len()],
            total: Duration::ZERO,
            max: None,
            p50: None,
            p95: None,
            p99: None,
            metric: totals.metric.map(|metric| metric.name),
            amounts: Amount::ALL.map(|amount| totals.measured.has(amount).then_some(0.0)),
            in_flight: totals.in_flight,
            oldest: totals.oldest,
            rate: None,
        }
    }

    /// It did that, in so many seconds.
    pub(super) fn doing(self, activity: &Activity, seconds_per_tick: f64, seconds: f64) -> Self {
        let quantile = |q| {
            let ticks = activity.histogram.quantile(q)?;
            Duration::try_from_secs_f64(ticks * seconds_per_tick).ok()
        };
        let amount = |amount: Amount| {
            let value = activity.amounts.get(amount) as f64 * amount.scale(seconds_per_tick);
            self.amounts[amount as usize].map(|_| value)
        };
        let calls: u64 = activity.calls.iter().sum();
        Self {
            calls: activity.calls,
            total: Duration::from_nanos(activity.nanoseconds),
            max: quantile(1.0),
            p50: quantile(0.5),
            p95: quantile(0.95),
            p99: quantile(0.99),
            amounts: Amount::ALL.map(amount),
            rate: (seconds > 0.0).then(|| calls as f64 / seconds),
            ..self
        }
    }

    fn of(number: usize, totals: &FunctionTotals, rate: Option<f64>) -> Self {
        let seconds = |value: f64| Duration::try_from_secs_f64(value).unwrap_or(Duration::MAX);
        let results = CallResult::ALL.map(|result| totals.result(result));
        let max = results.iter().map(|result| result.max).fold(0.0, f64::max);
        // Of the calls in the highest bucket the longest is known exactly.
        let quantile = |q| {
            totals.quantile(q).map(|value| seconds(if value * 1.016 >= max { max } else { value }))
        };
        let p50 = quantile(0.5);
        Self {
            calls: results.map(|result| result.calls),
            total: seconds(results.iter().map(|result| result.sum).sum()),
            max: p50.map(|_| seconds(max)),
            p50,
            p95: quantile(0.95),
            p99: quantile(0.99),
            amounts: Amount::ALL.map(|amount| totals.amount(amount)),
            rate,
            ..Self::named(number, totals)
        }
    }

    /// A number that no other function has, as long as the program runs.
    pub(crate) fn number(&self) -> usize {
        self.number
    }

    /// The family of its histogram, where the option `metric` gives it one of its own.
    pub fn metric(&self) -> Option<&'static str> {
        self.metric
    }

    /// The `function` label.
    pub fn function(&self) -> &str {
        &self.function
    }

    /// The `module` label.
    pub fn module(&self) -> &'static str {
        self.module
    }

    /// The labels that the option `labels` gives, with their values.
    pub fn labels(&self) -> &'static [(&'static str, &'static str)] {
        self.labels
    }

    /// The function and, where it has labels, their values: `take{tier="gold"}`.
    pub(crate) fn title(&self) -> String {
        let labels: Vec<_> =
            self.labels.iter().map(|(key, value)| format!("{key}={value:?}")).collect();
        if labels.is_empty() {
            return self.function.to_string();
        }
        format!("{}{{{}}}", self.function, labels.join(","))
    }

    /// Whether that names it: `checkout`, `shop::checkout`, or either with its labels.
    pub(crate) fn answers_to(&self, name: &str) -> bool {
        let inside = name.strip_prefix(self.module).and_then(|rest| rest.strip_prefix("::"));
        let is = |name: &str| *name == *self.function || name == self.title();
        is(name) || inside.is_some_and(is)
    }

    /// Calls that ended, whatever their result.
    pub fn calls(&self) -> u64 {
        self.calls.iter().sum()
    }

    /// Calls that ended in that result.
    pub fn calls_with(&self, result: CallResult) -> u64 {
        self.calls[result as usize]
    }

    /// Calls that returned an `Err`.
    pub fn errors(&self) -> u64 {
        self.calls_with(CallResult::Error)
    }

    /// Calls that panicked.
    pub fn panics(&self) -> u64 {
        self.calls_with(CallResult::Panic)
    }

    /// Futures dropped between their first poll and their end.
    pub fn cancelled(&self) -> u64 {
        self.calls_with(CallResult::Cancelled)
    }

    /// Calls a second that ended in the last ten seconds or, where nobody looked for longer,
    /// since then. Absent before a monitor, or a reader of these, has looked twice.
    pub fn rate(&self) -> Option<f64> {
        self.rate
    }

    /// Time from entry to exit, added up over the calls. Exact.
    pub fn total(&self) -> Duration {
        self.total
    }

    /// The longest call; absent if none was timed.
    pub fn max(&self) -> Option<Duration> {
        self.max
    }

    /// What half of the calls kept to, within 2 %; absent if none was timed.
    pub fn p50(&self) -> Option<Duration> {
        self.p50
    }

    /// What 95 of 100 calls kept to, within 2 %; absent if none was timed.
    pub fn p95(&self) -> Option<Duration> {
        self.p95
    }

    /// What 99 of 100 calls kept to, within 2 %; absent if none was timed.
    pub fn p99(&self) -> Option<Duration> {
        self.p99
    }

    /// The mean of the timed calls; absent if none was timed.
    pub fn mean(&self) -> Option<Duration> {
        self.max?;
        Some(self.total.div_f64(self.calls() as f64))
    }

    /// Time inside the polls of an async function, added up over the calls; absent for others.
    pub fn busy(&self) -> Option<Duration> {
        self.seconds(Amount::Busy)
    }

    /// The share of its time that an async function was being polled, 0 to 1; the rest it
    /// waited. Absent for others, and before the first call.
    pub fn busy_ratio(&self) -> Option<f64> {
        let total = Some(self.total.as_secs_f64()).filter(|total| *total > 0.0)?;
        Some((self.busy()?.as_secs_f64() / total).min(1.0))
    }

    /// Polls of an async function, added up over the calls; absent for others.
    pub fn polls(&self) -> Option<u64> {
        self.count(Amount::Polls)
    }

    /// Calls that took longer than the option `slow` allows; absent without it.
    pub fn slow_calls(&self) -> Option<u64> {
        self.count(Amount::Slow)
    }

    /// Calls under way; absent without the option `in_flight` or `slow`.
    pub fn in_flight(&self) -> Option<u64> {
        self.in_flight.map(|count| count as u64)
    }

    /// For how long the oldest call under way has been running; absent where there is none.
    pub fn oldest_in_flight(&self) -> Option<Duration> {
        self.oldest
    }

    /// The longest poll of an async function, which kept its thread from all other tasks;
    /// absent for others.
    pub fn longest_poll(&self) -> Option<Duration> {
        self.seconds(Amount::LongestPoll)
    }

    /// How long the future waited for its first poll, on average: in a runtime's queue, for
    /// instance. Absent for functions that return none; and for an `async fn`, which begins
    /// to run with that poll: let it return `impl Future` where you want to know.
    pub fn mean_first_poll_delay(&self) -> Option<Duration> {
        let waited = self.amounts[Amount::FirstPoll as usize].filter(|_| self.calls() > 0)?;
        Duration::try_from_secs_f64(waited / self.calls() as f64).ok()
    }

    /// CPU time, user and system, added up over the calls; absent without the option `cpu`.
    /// What is left of [`total`](Self::total) was spent waiting.
    pub fn cpu_time(&self) -> Option<Duration> {
        self.seconds(Amount::Cpu)
    }

    /// Allocations made in the calls; absent without the option `count_alloc`, and where
    /// `CountingAllocator` is not the program's allocator.
    pub fn allocations(&self) -> Option<u64> {
        self.count(Amount::Allocations)
    }

    /// Bytes allocated in the calls, whatever became of them; absent as
    /// [`allocations`](Self::allocations).
    pub fn allocated_bytes(&self) -> Option<u64> {
        self.count(Amount::AllocatedBytes)
    }

    fn count(&self, amount: Amount) -> Option<u64> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        self.amounts[amount as usize].map(|count| count as u64)
    }

    fn seconds(&self, amount: Amount) -> Option<Duration> {
        self.amounts[amount as usize].and_then(|value| Duration::try_from_secs_f64(value).ok())
    }
}

/// One line: name, calls, and what is known of their durations.
impl fmt::Display for FunctionStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls {} errors {}", self.title(), self.calls(), self.errors())?;
        if let (Some(p50), Some(p99)) = (self.p50, self.p99) {
            write!(f, " p50 {p50:.2?} p99 {p99:.2?} total {:.2?}", self.total)?;
        }
        Ok(())
    }
}
