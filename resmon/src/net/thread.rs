//! The thread on which everything that waits for the network runs.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Mutex, PoisonError, mpsc},
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Builder, Handle, Runtime},
    sync::oneshot,
    task::JoinHandle,
};

use crate::Error;

/// How long a stop waits for a task that is in the middle of something.
const STOP_WAIT: Duration = Duration::from_secs(1);

/// A thread with a current-thread runtime. Dropping it stops both.
///
/// A task that panics ends alone: the runtime keeps the panic, and the thread goes on.
#[derive(Debug)]
pub(crate) struct IoThread {
    handle: Handle,
    thread: ThreadId,
    stop: Option<oneshot::Sender<()>>,
    /// Taken by who waits. Behind a lock only so that the thread may be shared.
    ended: Mutex<Option<mpsc::Receiver<()>>>,
}

impl IoThread {
    /// Starts the thread.
    pub(crate) fn start() -> Result<Self, Error> {
        let attempt = || Error::task("start the I/O thread \"resmon-io\"");
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| attempt().because(error))?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("resmon-io".to_owned())
            .spawn(move || run(runtime, stopped, &end))
            .map_err(|error| attempt().because(error))?;
        Ok(Self {
            handle,
            thread: thread.thread().id(),
            stop: Some(stop),
            ended: Mutex::new(Some(ended)),
        })
    }

    /// Runs a future on the thread; it is dropped when the thread stops.
    pub(crate) fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// For those who start tasks later.
    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    /// For those who wait for a task: on this thread it would be waiting for ever.
    pub(crate) fn thread_id(&self) -> ThreadId {
        self.thread
    }
}

fn run(runtime: Runtime, stopped: oneshot::Receiver<()>, end: &mpsc::Sender<()>) {
    // Dropping tasks runs their destructors, which may panic.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // An error is the sender's end, which means stop as well.
        let _ = runtime.block_on(stopped);
        // Not waiting for a name lookup that hangs in the blocking pool.
        runtime.shutdown_background();
    }));
    let _ = end.send(());
}

impl IoThread {
    /// Stops, and waits for it until then.
    pub(crate) fn stop(mut self, until: Instant) {
        self.end(until);
    }

    fn end(&mut self, until: Instant) {
        self.stop.take();
        if thread::current().id() != self.thread {
            // Ends early when the thread does; a task that never yields is left behind.
            let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner).take();
            let left = until.saturating_duration_since(Instant::now());
            let _ = ended.map(|ended| ended.recv_timeout(left));
        }
    }
}

impl Drop for IoThread {
    fn drop(&mut self) {
        self.end(Instant::now() + STOP_WAIT);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

    use super::*;

    fn result_of<T: Send + 'static>(
        io: &IoThread,
        f: impl Future<Output = T> + Send + 'static,
    ) -> T {
        let (send, receive) = mpsc::channel();
        io.spawn(async move { send.send(f.await) });
        receive.recv_timeout(Duration::from_secs(5)).unwrap()
    }

    #[test]
    fn runs_tasks_on_a_thread_of_that_name() {
        let io = IoThread::start().unwrap();
        let name = result_of(&io, async { thread::current().name().map(str::to_owned) });
        assert_eq!(name.as_deref(), Some("resmon-io"));
    }

    #[test]
    fn a_panic_ends_its_task_alone() {
        let io = IoThread::start().unwrap();
        let panicking = io.spawn(async { panic!("on purpose") });
        let outcome = result_of(&io, async { panicking.await.is_err() });
        assert!(outcome);
        assert_eq!(result_of(&io, async { 7 }), 7);
    }

    #[test]
    fn stopping_drops_what_still_waits() {
        struct Mark(&'static AtomicBool);
        impl Drop for Mark {
            fn drop(&mut self) {
                self.0.store(true, SeqCst);
            }
        }
        static DROPPED: AtomicBool = AtomicBool::new(false);

        let io = IoThread::start().unwrap();
        let mark = Mark(&DROPPED);
        io.spawn(async move {
            let _mark = mark;
            std::future::pending::<()>().await;
        });
        drop(io);
        assert!(DROPPED.load(SeqCst));
    }

    #[test]
    fn stopping_does_not_wait_for_a_task_that_never_yields() {
        let io = IoThread::start().unwrap();
        let (busy, is_busy) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        io.spawn(async move {
            busy.send(()).unwrap();
            let _ = released.recv();
        });
        is_busy.recv().unwrap();
        let start = Instant::now();
        drop(io);
        assert!(start.elapsed() < STOP_WAIT + Duration::from_millis(500));
        drop(release);
    }

    #[test]
    fn may_be_dropped_on_its_own_thread() {
        let io = IoThread::start().unwrap();
        let (send, receive) = mpsc::channel();
        let handle = io.handle().clone();
        handle.spawn(async move {
            let start = Instant::now();
            drop(io);
            send.send(start.elapsed()).unwrap();
        });
        assert!(receive.recv().unwrap() < STOP_WAIT / 2);
    }
}
