//! The monitor: the only module that knows all others, and joins them.
//!
//! What happens at each tick stands in `tick.rs`.

mod bell;
mod builder;
mod check;
#[cfg(all(feature = "chart", feature = "server"))]
mod drawn;
mod env;
#[cfg(feature = "server")]
mod functions;
mod handle;
mod launch;
#[cfg(feature = "chart")]
mod live;
mod outputs;
mod own;
mod pace;
#[cfg(feature = "server")]
mod past;
mod run;
#[cfg(feature = "prometheus")]
mod scrape;
#[cfg(feature = "server")]
mod serve;
mod settings;
#[cfg(feature = "server")]
mod start;
mod tick;
#[cfg(feature = "server")]
mod told;
#[cfg(feature = "server")]
mod viewers;

use std::{
    fmt,
    future::Future,
    ops::RangeBounds,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, Waker},
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};

pub use builder::Builder;
pub use handle::Handle;
#[cfg(feature = "chart")]
pub use live::live;
#[cfg(feature = "prometheus")]
pub use scrape::render;

use crate::{
    Error, calls,
    calls::{CallInFlight, FunctionPoint, FunctionStats},
    history::History,
    snapshot::Snapshot,
};
#[cfg(feature = "chart")]
use crate::{Figure, chart::KeptChart};

/// The longest that an end or a flush is waited for.
const STOP_LIMIT: Duration = Duration::from_secs(2);

/// A running monitor: a thread named `resmon` that samples, publishes and remembers.
///
/// Dropping it stops it, within two seconds, and delivers what was gathered.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// let monitor = resmon::Monitor::start()?;
/// let now = monitor.snapshot();
/// assert!(now.get("process_threads").is_some_and(|threads| threads >= 2.0));
/// monitor.stop();
/// # Ok(())
/// # }
/// ```
#[must_use = "dropping the monitor stops it"]
pub struct Monitor {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
    publishes: bool,
    /// The process that started it: a forked child has no thread to wait for.
    process: u32,
    #[cfg(feature = "server")]
    servers: serve::Servers,
}

impl Monitor {
    /// Starts with every default: samples each second, serves nothing, installs no recorder.
    ///
    /// # Errors
    ///
    /// As [`Builder::start`].
    pub fn start() -> Result<Self, Error> {
        Self::builder().start()
    }

    /// Says what the monitor is to do.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// The publishing monitor of this process, if one runs.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), resmon::Error> {
    /// let monitor = resmon::Monitor::start()?;
    /// assert!(resmon::Monitor::current().is_some());
    /// monitor.stop();
    /// assert!(resmon::Monitor::current().is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn current() -> Option<Handle> {
        Handle::current()
    }

    /// A handle that can be cloned and sent.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Where the page is served; with port 0, the port that was picked.
    #[cfg(feature = "server")]
    pub fn local_addr(&self) -> Option<std::net::SocketAddr> {
        self.servers.page_addr()
    }

    /// The page, `/metrics` and all the rest as a service, to be mounted in a server that the
    /// program has itself: `Router::new().nest_service("/resmon", monitor.service())` in axum.
    /// When the monitor stops it answers 503.
    ///
    /// It installs no recorder: for `/metrics` with the program's own,
    /// [`install_recorder`](Builder::install_recorder) does.
    #[cfg(feature = "server")]
    pub fn service(&self) -> crate::PageService {
        self.servers.service(&self.handle)
    }

    /// Opens the page in the system's browser.
    ///
    /// # Errors
    ///
    /// Where nothing is served, or no browser can be started.
    #[cfg(feature = "server")]
    pub fn open(&self) -> Result<(), Error> {
        let failed = || Error::task("open the page in a browser");
        let unserved = "the monitor serves none: give it an address by Builder::serve";
        let address = self.local_addr().ok_or_else(|| failed().because(unserved))?;
        open::that_detached(format!("http://{address}/")).map_err(|cause| failed().because(cause))
    }

    /// Where `/metrics` alone is served; with port 0, the port that was picked.
    #[cfg(feature = "server")]
    pub fn metrics_addr(&self) -> Option<std::net::SocketAddr> {
        self.servers.metrics_addr()
    }

    /// The figures of the latest sample.
    pub fn snapshot(&self) -> Snapshot {
        self.handle.snapshot()
    }

    /// The samples kept.
    pub fn history(&self) -> History {
        self.handle.history()
    }

    /// A picture with CPU above memory.
    #[cfg(feature = "chart")]
    pub fn overview(&self) -> KeptChart {
        self.handle.overview()
    }

    /// A picture of those figures, of counters what they gain a second.
    #[cfg(feature = "chart")]
    pub fn chart<F: Into<Figure>>(&self, figures: impl IntoIterator<Item = F>) -> KeptChart {
        self.handle.chart(figures)
    }

    /// Every annotated function and what it has done so far, the longest in total first.
    pub fn functions(&self) -> Vec<FunctionStats> {
        self.handle.functions()
    }

    /// Every annotated function and what it did in the last so long, the longest in total first.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> Result<(), resmon::Error> {
    /// #[resmon::timed]
    /// fn step() {}
    ///
    /// let monitor = resmon::Monitor::start()?;
    /// step();
    /// let lately = monitor.functions_last(Duration::from_mins(1));
    /// assert_eq!((lately[0].function(), lately[0].calls()), ("step", 1));
    /// # Ok(())
    /// # }
    /// ```
    pub fn functions_last(&self, length: Duration) -> Vec<FunctionStats> {
        self.handle.functions_last(length)
    }

    /// Every annotated function and what it did from one time to another by the wall clock:
    /// `from..to`, `from..`. See [`Handle::functions_in`].
    pub fn functions_in(&self, times: impl RangeBounds<SystemTime>) -> Vec<FunctionStats> {
        self.handle.functions_in(times)
    }

    /// What a function did in each second of the last so long in which it was called, oldest
    /// first; empty if there is none of that name, `checkout` or `shop::checkout`.
    pub fn function_points(&self, function: &str, length: Duration) -> Vec<FunctionPoint> {
        self.handle.function_points(function, length)
    }

    /// The calls under way of functions annotated with `in_flight` or `slow`, the oldest first.
    pub fn in_flight(&self) -> Vec<CallInFlight> {
        self.handle.in_flight()
    }

    /// A text for the end of a program: what it used, and where its time went.
    pub fn summary(&self) -> String {
        self.handle.summary()
    }

    /// Takes the sample that is due, if one is, and delivers every call that has ended.
    ///
    /// Waits at most two seconds; false if that was not enough.
    pub fn flush(&self) -> bool {
        self.handle.flush()
    }

    /// Stops: a last sample is taken and everything delivered. Waits at most two seconds.
    pub fn stop(self) {
        drop(self);
    }

    /// [`stop`](Self::stop) without blocking the thread that awaits it, on any runtime. It
    /// begins when this is called, not when the future is first polled.
    pub fn shutdown(self) -> impl Future<Output = ()> + Send {
        let done = Arc::new(Mutex::new((false, None::<Waker>)));
        let report = Arc::clone(&done);
        let stopper = std::thread::Builder::new().name("resmon-stop".to_owned());
        // If no thread can be had the closure is dropped, and the monitor with it: it stops here.
        let spawned = stopper.spawn(move || {
            self.stop();
            let mut state = report.lock().unwrap_or_else(PoisonError::into_inner);
            state.0 = true;
            state.1.take().into_iter().for_each(Waker::wake);
        });
        if spawned.is_err() {
            done.lock().unwrap_or_else(PoisonError::into_inner).0 = true;
        }
        Shutdown(done)
    }

    fn end(&mut self) {
        if std::process::id() != self.process {
            // A forked child has none of the threads, and must not wait for them.
            #[cfg(feature = "server")]
            std::mem::forget(std::mem::take(&mut self.servers));
            return;
        }
        let began = Instant::now();
        let until = began + STOP_LIMIT;
        let publishes = std::mem::take(&mut self.publishes);
        // The listeners first: a scrape under way still gets its answer.
        #[cfg(feature = "server")]
        self.servers.stop(&self.handle.0.feed, began + STOP_LIMIT / 2);
        if publishes {
            // From here on calls go to the recorder as they end; the last tick delivers the rest.
            calls::batching_stopped();
        }
        if let Some(thread) = self.thread.take()
            && self.handle.0.bell.stop(until)
        {
            // It has said that it ends.
            let _ = thread.join();
        }
        if publishes {
            calls::select(None);
            self.handle.resign();
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.end();
    }
}

impl fmt::Debug for Monitor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Monitor");
        shown.field("publishes", &self.publishes).field("healthy", &self.handle.is_healthy());
        #[cfg(feature = "server")]
        shown.field("local_addr", &self.local_addr()).field("metrics_addr", &self.metrics_addr());
        shown.finish_non_exhaustive()
    }
}

/// Resolves when the monitor has stopped.
struct Shutdown(Arc<Mutex<(bool, Option<Waker>)>>);

impl Future for Shutdown {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.0 {
            return Poll::Ready(());
        }
        state.1 = Some(cx.waker().clone());
        Poll::Pending
    }
}
