//! The thread that records.

use std::{
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::Waker,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{Mark, Recording, taking::Taking};
use crate::Error;

/// A run that is being recorded; dropped, it is forgotten.
#[must_use = "dropping it ends the recording, and forgets it"]
pub struct Recorder {
    shared: Arc<Shared>,
    started: Instant,
    /// Which process has the thread: a forked child has none.
    process: u32,
    thread: Option<JoinHandle<Recording>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    marks: Vec<Mark>,
    stop: bool,
    ended: bool,
    /// Who waits for the end.
    waker: Option<Waker>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recorder {
    /// Records until it is told to end, or for so long.
    pub(super) fn start(interval: Duration, duration: Option<Duration>) -> Result<Self, Error> {
        // The first sample is that of the moment at which the caller goes on.
        let mut taking = Taking::begin(interval)?;
        let (shared, started) = (Arc::<Shared>::default(), taking.start());
        let thread = thread::Builder::new().name("resmon-record".to_owned()).spawn({
            let end = End(Arc::clone(&shared));
            move || {
                sample(&end.0, &mut taking, duration);
                taking.into_run()
            }
        });
        let failed = |cause| Error::task(format!("record every {interval:?}")).because(cause);
        let process = std::process::id();
        Ok(Self { shared, started, process, thread: Some(thread.map_err(failed)?) })
    }

    /// Gives this moment a name.
    pub fn mark(&self, text: impl Into<String>) {
        let mark = Mark { since_start: self.started.elapsed(), text: text.into() };
        self.shared.lock().marks.push(mark);
    }

    /// Takes a last sample, and gives out what was recorded.
    ///
    /// # Errors
    ///
    /// Where the thread that records has panicked, or is another process's: in a forked child.
    pub fn finish(mut self) -> Result<Recording, Error> {
        let reason = if self.process == std::process::id() {
            "the thread that records has panicked"
        } else {
            "the process has forked, and its parent records"
        };
        let failed = || Error::task("record to the end").because(reason);
        let mut run = self.end().ok_or_else(failed)?;
        run.marks = std::mem::take(&mut self.shared.lock().marks);
        Ok(run)
    }

    /// Whether the thread has come to its end; if not, the waker is woken when it does.
    pub(super) fn has_ended(&self, waker: &Waker) -> bool {
        let mut state = self.shared.lock();
        if !state.ended {
            state.waker = Some(waker.clone());
        }
        state.ended
    }

    /// Ends the thread.
    fn end(&mut self) -> Option<Recording> {
        if self.process != std::process::id() {
            // Neither waited for nor let go: it is not there.
            std::mem::forget(self.thread.take());
            return None;
        }
        self.shared.lock().stop = true;
        self.shared.changed.notify_all();
        self.thread.take()?.join().ok()
    }
}

/// Samples once an interval, and once at the end.
fn sample(shared: &Shared, taking: &mut Taking, duration: Option<Duration>) {
    let duration = duration.unwrap_or(Duration::MAX);
    loop {
        let due = taking.due().min(duration);
        let mut state = shared.lock();
        while !state.stop {
            let wait = due.saturating_sub(taking.elapsed());
            if wait.is_zero() {
                break;
            }
            let waited = shared.changed.wait_timeout(state, wait);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let stop = state.stop || due == duration;
        drop(state);
        // Not under the lock: a mark waits for no file.
        let _ = taking.take();
        if stop {
            return;
        }
    }
}

/// Tells that the thread has ended, however it did.
struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        let waker = {
            let mut state = self.0.lock();
            state.ended = true;
            state.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let marks = self.shared.lock().marks.len();
        f.debug_struct("Recorder")
            .field("elapsed", &self.started.elapsed())
            .field("marks", &marks)
            .finish_non_exhaustive()
    }
}
