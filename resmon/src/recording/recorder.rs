//! The thread that records.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{Mark, Recording};
use crate::{
    Error,
    clock::Moment,
    sampler::Sampler,
    source::{Backend, ContainerSource, Declared, ProcessSource, Roots},
};

const SHORTEST: Duration = Duration::from_millis(1);

/// A run that is being recorded; dropped, it is forgotten.
#[must_use = "dropping it ends the recording, and forgets it"]
pub struct Recorder {
    shared: Arc<Shared>,
    started: Moment,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    run: Recording,
    stop: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    pub(super) fn start(interval: Duration) -> Result<Self, Error> {
        let attempt = || format!("record every {interval:?}");
        if interval < SHORTEST {
            return Err(Error::config(attempt()).because("the interval must be at least 1 ms"));
        }
        let backend = Backend::default();
        let sources = vec![
            Declared::ask(Box::new(ProcessSource::new(backend)?))?,
            Declared::machine(backend, &Roots::default())?,
            Declared::ask(Box::new(ContainerSource::new(backend)))?,
        ];
        let started = Moment::now();
        let mut sampler = Sampler::new(sources, started);
        let mut run = Recording::new(interval);
        // The first sample is that of the moment at which the caller goes on.
        run.push(sampler.sample(started, None));
        let state = Mutex::new(State { run, stop: false });
        let shared = Arc::new(Shared { state, changed: Condvar::new() });
        let thread = thread::Builder::new().name("resmon-record".to_owned()).spawn({
            let shared = Arc::clone(&shared);
            move || sample(&shared, &mut sampler, interval)
        });
        let thread = thread.map_err(|cause| Error::task(attempt()).because(cause))?;
        Ok(Self { shared, started, thread: Some(thread) })
    }

    /// Gives this moment a name.
    pub fn mark(&self, text: impl Into<String>) {
        let since_start = Moment::now().monotonic.saturating_sub(self.started.monotonic);
        self.shared.lock().run.marks.push(Mark { since_start, text: text.into() });
    }

    /// Takes a last sample, and gives out what was recorded.
    ///
    /// # Errors
    ///
    /// Where the thread that records has panicked.
    pub fn finish(mut self) -> Result<Recording, Error> {
        if self.end() {
            return Ok(self.shared.lock().run.clone());
        }
        Err(Error::task("record to the end: the thread that records has panicked"))
    }

    /// Ends the thread; true if it came to its end.
    fn end(&mut self) -> bool {
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        self.thread.take().is_some_and(|thread| thread.join().is_ok())
    }
}

/// Samples once an interval, and once at the end. Moments that were missed are left out.
fn sample(shared: &Shared, sampler: &mut Sampler, interval: Duration) {
    let start = Instant::now();
    let mut due = interval;
    loop {
        let mut state = shared.lock();
        while !state.stop {
            let Some(wait) = due.checked_sub(start.elapsed()).filter(|wait| !wait.is_zero()) else {
                break;
            };
            let waited = shared.changed.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let stop = state.stop;
        drop(state);
        // Not under the lock: a mark waits for no file.
        let snapshot = sampler.sample(Moment::now(), None);
        shared.lock().run.push(snapshot);
        if stop {
            return;
        }
        let gone = start.elapsed().as_nanos() / interval.as_nanos() + 1;
        due = interval.saturating_mul(u32::try_from(gone).unwrap_or(u32::MAX));
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.end();
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("run", &self.shared.lock().run).finish_non_exhaustive()
    }
}
