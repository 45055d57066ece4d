//! The attributes of [resmon](https://docs.rs/resmon), which re-exports them.
//!
//! An annotated function goes through four stages: its options (`args`), the function as
//! it stands (`item`), what its return type says of the end of a call (`returns`), and
//! the function with the measurement around its body (`expand`).
//!
//! With `--cfg resmon_off` in `RUSTFLAGS` the attributes leave every item as it is. Cargo
//! keeps these flags from macro crates where `--target` is given; then the measurement stays
//! in the code and resmon's own `resmon_off` turns it into nothing when it is optimized.

mod args;
mod bindings;
mod block;
mod expand;
mod item;
mod returns;
mod site;

use proc_macro::TokenStream;

use args::Attribute;

/// Times, counts and logs each call of a function.
///
/// The line is an event of `tracing`, when the call has ended, with the fields `function`,
/// `module`, `elapsed` (seconds), `result` (`ok`, `error`, `panic` or `cancelled`) and, where
/// the call returned an `Err` that can be displayed, `error`. Arguments are not captured unless
/// `fields` names them.
///
/// What counts as a call, and what cannot be measured, is said at [`macro@timed`].
///
/// # Options
///
/// Those of [`macro@timed`], and
///
/// | option | meaning | default |
/// |---|---|---|
/// | `fields(user = expr)` | more fields, displayed at entry where somebody listens | none |
/// | `level = "…"` | `trace`, `debug`, `info`, `warn` or `error` | `info` |
/// | `target = "…"` | the target of the event | the path of the module |
///
/// # Examples
///
/// ```
/// use std::num::ParseIntError;
///
/// #[resmon::log_execution_time(level = "debug")]
/// fn parse(text: &str) -> Result<u32, ParseIntError> {
///     text.trim().parse()
/// }
///
/// assert_eq!(parse(" 7 "), Ok(7)); // DEBUG parse took 1.207µs function="parse" result="ok" …
/// assert!(parse("seven").is_err()); // … result="error" error=invalid digit found in string
/// ```
///
/// `fields` and `target`: what else stands in the line, and under whose name.
///
/// ```
/// #[resmon::log_execution_time(target = "audit", fields(user = user, items = list.len()))]
/// fn order(user: &str, list: Vec<u32>) -> u32 {
///     list.into_iter().sum()
/// }
///
/// // INFO audit: order took 82ns function="order" … result="ok" user="kim" items="2"
/// assert_eq!(order("kim", vec![1, 2]), 3);
/// ```
#[proc_macro_attribute]
pub fn log_execution_time(args: TokenStream, item: TokenStream) -> TokenStream {
    annotate(Attribute::LogExecutionTime, args, item)
}

/// Times and counts each call of a function, without a log line.
///
/// A call is counted in `function_calls_total`, and its duration in
/// `function_calls_duration_seconds`, with the labels `function`, `module` and `result`:
///
/// | `result` | the call |
/// |---|---|
/// | `ok` | returned, and not an `Err` |
/// | `error` | returned an `Err`, by whatever name the return type goes |
/// | `panic` | panicked |
/// | `cancelled` | was a future, dropped between its first poll and its end |
///
/// It goes on functions, methods, methods of trait impls and default methods of traits. An
/// `async fn`, and a function that returns `impl Future`, `Pin<Box<dyn Future>>` or an alias
/// of such a box (also as `#[async_trait]` writes it), is timed from the first poll to the
/// end of the future; a future that is never polled is no call.
///
/// On an `impl`, a `trait` or a `mod { … }` it stands for itself on every function inside that
/// has a body, but for a `const fn` and for what has one of resmon's attributes already;
/// `#[timed(skip)]` leaves a function out.
///
/// # Options
///
/// | option | meaning | default |
/// |---|---|---|
/// | `name = "…"` | the `function` label | the function's name, `Type::method` for methods |
/// | `metric = "…"`, `help = "…"` | a histogram of that name for the durations, in place of `function_calls_duration_seconds`, which stays where the name is one of resmon's figures | |
/// | `buckets = [0.01, 0.1, 1.0]` | upper bounds of the histogram in seconds, where resmon renders it | 19 from 1 µs to 10 s |
/// | `objective(success = 99.9, latency = "250ms", percentile = 99)` | a service level, in autometrics' labels; the latency is a bound of the histogram; `name = "…"` for one that functions share, else it has the name of the function | none |
/// | `labels(tier = "gold", zone = expr)` | more labels; an expression is displayed, at entry and while resmon is enabled, some 70 ns a call | none |
/// | `max_labels = 100` | value sets beyond so many are counted under `other` | 100 |
/// | `ok_if = path`, `err_if = path` | a function of `&value` that says whether the call did its work, or failed: `err_if = Option::is_none` | an `Err` failed |
/// | `in_flight` | shows the calls under way, in `function_calls_concurrent` and `Monitor::in_flight` | not looked at |
/// | `slow = "250ms"` | as `in_flight`, and warns of a call while it is running past that and at its end, one line a second at most; counts it in `function_slow_calls_total` | nothing is slow |
/// | `cpu` | adds the CPU time of the calls up, in `function_cpu_seconds_total`; some 0.4 µs a call, or a poll | not measured |
/// | `count_alloc` | adds up what the calls allocate, in `function_allocations_total` and `function_allocated_bytes_total`, with `resmon::CountingAllocator` (feature `count-alloc`); some 9 ns a call | not counted |
/// | `call` | times the creation of a future that is returned, not its run | to its end |
/// | `skip` | leaves the function as it is, in a block whose functions are annotated | |
/// | `crate = path` | where resmon is found, if renamed or re-exported | `::resmon` |
///
/// # Limits
///
/// These do not compile, and the message says what to write instead:
///
/// - a `const fn`, which may run in the compiler, and a method without a body;
/// - a function that returns a future of a named type (`Ready<T>`, `JoinHandle<T>`), or
///   `impl Future` with bounds that a wrapped future does not meet (`Clone`): its creation
///   would be timed, not its run, which `call` says is meant. The same holds for a future
///   inside a `Result` or `Option`;
/// - a function that returns a `Result` under `#[track_caller]`, since its body must not
///   move into a closure;
/// - a `mod name;` inside an annotated `mod`, whose file the compiler does not let an
///   attribute see; and `mut self` with a reference for a type in a function that returns a
///   `Result`, where something borrowed from it is returned: write `let mut this = self;`.
///
/// An async function is a future in a future, so where each of some fifteen awaits the next,
/// the compiler wants the `#![recursion_limit = "256"]` that it names. It wants the type of a
/// closure's argument written where an async function returns `impl Fn`.
///
/// These are measured with less than the above:
///
/// - a value whose type is a generic parameter or an associated type counts as `ok`, for it is
///   not known here whether it can be an `Err`; `err_if` says so. So does an `Err` under
///   `#[track_caller]` behind an alias not named `…Result`;
/// - a future is timed to its creation where no name tells that it is one: behind a trait of
///   the program's own, in a `Result` or `Option` behind an alias, and under `#[track_caller]`;
/// - a caller's place does not pass through a method whose trait alone has `#[track_caller]`:
///   put it on the method too;
/// - the drop of arguments at the end is in the duration of an `async fn`, not of others;
/// - lints that look at a whole function, such as `unconditional_recursion`, see less;
/// - in an `async fn`, an argument bound to `_` is dropped after the others;
/// - in a function that returns a `Result`, an argument that is moved on some paths only is
///   dropped, on the others, before the arguments that are not moved at all.
///
/// # Examples
///
/// ```
/// struct Cart(Vec<u32>);
///
/// impl Cart {
///     #[resmon::timed]
///     fn total(&self) -> Result<u32, &'static str> {
///         self.0.iter().try_fold(0_u32, |sum, &price| sum.checked_add(price)).ok_or("too much")
///     }
///
///     #[resmon::timed(name = "load the cart")]
///     async fn load(prices: &[u32]) -> Self {
///         Self(prices.to_vec())
///     }
/// }
///
/// let ((), seen) = resmon::testing::capture(|| {
///     assert_eq!(Cart(vec![2, 3]).total(), Ok(5));
///     assert!(Cart(vec![2, u32::MAX]).total().is_err());
///     drop(Cart::load(&[1])); // never polled: no call
/// });
/// assert_eq!((seen.calls("Cart::total").ok, seen.calls("Cart::total").error), (1, 1));
/// assert_eq!(seen.calls("load the cart").ok, 0);
/// ```
///
/// `name`, `labels` and `max_labels`: where the calls are counted.
///
/// ```
/// struct Order {
///     tier: String,
/// }
///
/// #[resmon::timed(name = "take", labels(kind = "order", tier = order.tier), max_labels = 10)]
/// fn take_order(order: &Order) {}
///
/// let gold = Order { tier: "gold".to_owned() };
/// let ((), seen) = resmon::testing::capture(|| take_order(&gold));
/// assert_eq!(seen.calls_with("take", &[("kind", "order"), ("tier", "gold")]).ok, 1);
/// ```
///
/// `ok_if` and `err_if`: what a value means. The function is given the value by reference.
///
/// ```
/// #[resmon::timed(err_if = Option::is_none)]
/// fn find(list: &[u32], wanted: u32) -> Option<usize> {
///     list.iter().position(|item| *item == wanted)
/// }
///
/// struct Response(u16);
///
/// impl Response {
///     fn is_success(&self) -> bool {
///         self.0 < 400
///     }
/// }
///
/// #[resmon::counted(ok_if = Response::is_success)]
/// fn get(status: u16) -> Response {
///     Response(status)
/// }
///
/// let (_, seen) = resmon::testing::capture(|| (find(&[1, 2], 7), get(200), get(503)));
/// assert_eq!(seen.calls("find").error, 1);
/// assert_eq!((seen.calls("get").ok, seen.calls("get").error), (1, 1));
/// ```
///
/// `metric`, `help`, `buckets` and `objective`: what a scraper is told of the durations.
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// #[resmon::timed(
///     metric = "request_processing_seconds",
///     help = "Time spent processing a request.",
///     buckets = [0.01, 0.1, 1.0]
/// )]
/// fn process() {}
///
/// #[resmon::timed(objective(success = 99.9, latency = "250ms", percentile = 99))]
/// fn checkout() -> Result<(), String> {
///     Ok(())
/// }
///
/// let _monitor = resmon::Monitor::builder().install_recorder().start()?;
/// process();
/// checkout().expect("it works");
/// let text = resmon::render();
/// assert!(text.contains("request_processing_seconds_bucket{"));
/// assert!(text.contains(r#"objective_percentile="99.9""#));
/// assert!(text.contains(r#"objective_latency_threshold="0.25""#));
/// # Ok(())
/// # }
/// ```
///
/// `in_flight` and `slow`: calls seen while they are under way.
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// use std::{thread, time::Duration};
///
/// #[resmon::timed(slow = "10ms")] // WARN copy was slow: it took 20.118ms
/// fn copy(inside: impl FnOnce()) {
///     thread::sleep(Duration::from_millis(20));
///     inside();
/// }
///
/// let monitor = resmon::Monitor::start()?;
/// copy(|| {
///     let calls = monitor.in_flight();
///     assert_eq!((calls.len(), calls[0].function()), (1, "copy"));
///     assert!(calls[0].age() >= Duration::from_millis(20));
/// });
/// let functions = monitor.functions();
/// let copy = functions.iter().find(|f| f.function() == "copy").expect("annotated");
/// assert_eq!((copy.in_flight(), copy.slow_calls()), (Some(0), Some(1)));
/// # Ok(())
/// # }
/// ```
///
/// `cpu`: what the calls computed; the rest of their time they waited. (`count_alloc` has its
/// example at `resmon::CountingAllocator`.)
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// use std::{thread, time::Duration};
///
/// #[resmon::timed(cpu)]
/// fn wait() {
///     thread::sleep(Duration::from_millis(50));
/// }
///
/// wait();
/// let monitor = resmon::Monitor::start()?;
/// let functions = monitor.functions();
/// let wait = functions.iter().find(|f| f.function() == "wait").expect("annotated");
/// assert!(wait.cpu_time() < Some(wait.total() / 2));
/// # Ok(())
/// # }
/// ```
///
/// `call`: a future of a named type, timed to its return; `skip`, on a block.
///
/// ```
/// use std::future::{Ready, ready};
///
/// struct Client;
///
/// #[resmon::timed]
/// impl Client {
///     #[resmon::timed(call)]
///     fn connect(&self) -> Ready<u32> {
///         ready(7)
///     }
///
///     fn close(self) {}
///
///     #[resmon::timed(skip)]
///     fn is_open(&self) -> bool {
///         true
///     }
/// }
///
/// let ((), seen) = resmon::testing::capture(|| {
///     drop(Client.connect());
///     assert!(Client.is_open());
///     Client.close();
/// });
/// assert!(seen.functions().eq(["Client::connect", "Client::close"]));
/// ```
///
/// `crate`: resmon under another name, as a library may re-export it.
///
/// ```
/// mod support {
///     pub use ::resmon as monitoring;
/// }
///
/// #[support::monitoring::timed(crate = self::support::monitoring)]
/// fn work() {}
///
/// # fn main() {
/// let ((), seen) = resmon::testing::capture(work);
/// assert_eq!(seen.calls("work").ok, 1);
/// # }
/// ```
#[proc_macro_attribute]
pub fn timed(args: TokenStream, item: TokenStream) -> TokenStream {
    annotate(Attribute::Timed, args, item)
}

/// Counts each call of a function by its result, without reading a clock.
///
/// What counts as a call, and what cannot be measured, is said at [`macro@timed`], whose
/// options it has but for those that need a clock.
///
/// # Examples
///
/// ```
/// #[resmon::counted]
/// fn is_even(number: u32) -> bool {
///     number % 2 == 0
/// }
///
/// assert!(is_even(2)); // function_calls_total{function="is_even", result="ok"} 1
/// ```
#[proc_macro_attribute]
pub fn counted(args: TokenStream, item: TokenStream) -> TokenStream {
    annotate(Attribute::Counted, args, item)
}

/// A mistake is reported beside the item, which stays as it was, so that nothing that uses
/// it breaks too.
fn annotate(attribute: Attribute, args: TokenStream, item: TokenStream) -> TokenStream {
    if cfg!(resmon_off) {
        return item;
    }
    match expand::expand(attribute, &args.into(), item.clone().into()) {
        Ok(Some(expanded)) => expanded.into(),
        Ok(None) => item,
        Err(mistake) => {
            let mut tokens = TokenStream::from(mistake.into_compile_error());
            tokens.extend(item);
            tokens
        }
    }
}
