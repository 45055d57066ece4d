//! A run of a length that is known beforehand: waited for, watched, or awaited.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    thread,
    time::Duration,
};

use super::{Recorder, Recording, taking::Taking};
use crate::{Error, Snapshot};

/// Records this process, its machine and its container for so long, and waits meanwhile.
///
/// It samples at the beginning, then once an interval, and at the end; for what that costs, and
/// how much is kept, see [`Recording`]. For the work of this
/// thread see [`Recording::start`].
///
/// # Errors
///
/// Where the interval is shorter than 1 ms or longer than the duration, or the platform is not
/// known.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), resmon::Error> {
/// let run = resmon::record(Duration::from_millis(60), Duration::from_millis(20))?;
/// assert!(run.len() >= 3);
/// println!("{}", run.summary());
/// # let folder = std::env::temp_dir().join(format!("resmon-record-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder).expect("a folder");
/// # let path = folder.join("run.csv");
/// run.save(&path)?; // or run.json
/// # assert!(std::fs::read_to_string(&path).expect("it is there").starts_with("time,seconds,"));
/// # std::fs::remove_dir_all(&folder).expect("it is there");
/// # Ok(())
/// # }
/// ```
pub fn record(duration: Duration, interval: Duration) -> Result<Recording, Error> {
    record_with(duration, interval, |_| {})
}

/// As [`record`], and hands each sample on as it is taken: to a progress bar, or to be printed.
///
/// # Errors
///
/// As [`record`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// # fn main() -> Result<(), resmon::Error> {
/// let whole = Duration::from_millis(60);
/// let mut done = 0.0;
/// let run = resmon::record_with(whole, Duration::from_millis(20), |sample| {
///     done = sample.since_start().div_duration_f64(whole);
///     println!("{:3.0} %  {:?} of a core", done * 100.0, sample.cpu_percent());
/// })?;
/// assert!(done >= 1.0);
/// # assert!(!run.is_empty());
/// # Ok(())
/// # }
/// ```
pub fn record_with(
    duration: Duration,
    interval: Duration,
    mut each: impl FnMut(&Snapshot),
) -> Result<Recording, Error> {
    check(duration, interval)?;
    let mut taking = Taking::begin(interval)?;
    each(taking.latest());
    loop {
        let due = taking.due().min(duration);
        thread::sleep(due.saturating_sub(taking.elapsed()));
        each(taking.take());
        if due == duration {
            return Ok(taking.into_run());
        }
    }
}

/// As [`record`], for async code: the samples are taken by a thread of their own, in no
/// particular runtime. It begins when it is polled for the first time; dropped, it ends.
///
/// # Errors
///
/// As [`record`], and where no thread can be had.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), resmon::Error> {
/// let recording = resmon::record_async(Duration::from_millis(60), Duration::from_millis(20));
/// let (run, ()) = tokio::join!(recording, async { /* the work */ });
/// assert!(run?.len() >= 3);
/// # Ok(())
/// # }
/// ```
pub fn record_async(duration: Duration, interval: Duration) -> Recorded {
    Recorded { duration, interval, recorder: None }
}

fn check(duration: Duration, interval: Duration) -> Result<(), Error> {
    if interval > duration {
        let attempt = format!("record {duration:?} every {interval:?}");
        return Err(Error::config(attempt).because("the interval is longer than the whole"));
    }
    Ok(())
}

/// A run that will have been recorded; see [`record_async`].
#[must_use = "a future does nothing until it is polled"]
pub struct Recorded {
    duration: Duration,
    interval: Duration,
    recorder: Option<Recorder>,
}

impl Future for Recorded {
    type Output = Result<Recording, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let recorder = if let Some(recorder) = self.recorder.take() {
            recorder
        } else {
            check(self.duration, self.interval)?;
            Recorder::start(self.interval, Some(self.duration))?
        };
        if recorder.has_ended(context.waker()) {
            return Poll::Ready(recorder.finish());
        }
        self.recorder = Some(recorder);
        Poll::Pending
    }
}

impl fmt::Debug for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { duration, interval, .. } = self;
        f.debug_struct("Recorded")
            .field("duration", duration)
            .field("interval", interval)
            .finish_non_exhaustive()
    }
}
