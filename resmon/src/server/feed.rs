//! What viewers are told as it happens: each tick once, however many look on, and not at all
//! where nobody does.

use std::{
    fmt,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::SystemTime,
};

use hyper::body::{Body, Bytes, Frame};
use serde::Serialize;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Viewers at once at most.
const MOST: usize = 256;
/// Events that may wait for a viewer. One that falls so far behind is let go, and comes back to
/// begin anew.
const BEHIND: usize = 16;

/// The viewers of a monitor.
pub(crate) struct Feed {
    viewers: Mutex<Viewers>,
    /// Begins the ids of its events, so that those of another run are not taken for its own.
    run: String,
}

/// What viewers are told, as a browser's `EventSource` reads it.
#[derive(Clone)]
pub(crate) struct Event(Bytes);

#[derive(Default)]
struct Viewers {
    all: Vec<Sender<Bytes>>,
    closed: bool,
}

impl Default for Feed {
    fn default() -> Self {
        let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let run = format!("{:x}-{:x}", std::process::id(), since.as_nanos());
        Self { viewers: Mutex::default(), run }
    }
}

impl Feed {
    /// An event up to the sample of that number.
    pub(crate) fn event(&self, name: &str, sequence: u64, data: &impl Serialize) -> Event {
        let run = &self.run;
        // JSON has no line ends.
        let data = serde_json::to_string(data).unwrap_or_default();
        Event(format!("event: {name}\nid: {run}.{sequence}\ndata: {data}\n\n").into())
    }

    /// The number of the sample that an event of this run told of.
    pub(crate) fn sequence_of(&self, id: &str) -> Option<u64> {
        id.strip_prefix(&self.run)?.strip_prefix('.')?.parse().ok()
    }

    /// Whether anybody looks on.
    pub(crate) fn has_viewers(&self) -> bool {
        let mut viewers = self.lock();
        viewers.all.retain(|viewer| !viewer.is_closed());
        !viewers.all.is_empty()
    }

    /// Tells everybody the same.
    pub(crate) fn tell(&self, event: &Event) {
        self.lock().all.retain(|viewer| viewer.try_send(event.0.clone()).is_ok());
    }

    /// Takes a viewer in; `first` is what it is told before anything else. None where there are
    /// too many, or it is over.
    pub(super) fn join(&self, first: impl FnOnce() -> Event) -> Option<Stream> {
        let mut viewers = self.lock();
        viewers.all.retain(|viewer| !viewer.is_closed());
        if viewers.closed || viewers.all.len() >= MOST {
            return None;
        }
        let (viewer, events) = channel(BEHIND);
        // In the feed before what it begins with is made: no tick falls in between.
        viewers.all.push(viewer);
        drop(viewers);
        Some(Stream { first: Some(first().0), events })
    }

    /// Lets everybody go, and nobody in.
    pub(crate) fn close(&self) {
        let mut viewers = self.lock();
        viewers.closed = true;
        viewers.all.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Viewers> {
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of an answer that goes on.
pub(super) struct Stream {
    first: Option<Bytes>,
    events: Receiver<Bytes>,
}

impl Body for Stream {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.events.poll_recv(context).map(|event| Some(Ok(Frame::data(event?))))
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("viewers", &self.lock().all.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;

    fn nothing() -> Event {
        Event(Bytes::new())
    }

    fn next(stream: &mut Stream) -> Poll<Option<String>> {
        let mut context = Context::from_waker(Waker::noop());
        let frame = Pin::new(stream).poll_frame(&mut context);
        frame.map(|frame| {
            let data = frame?.unwrap().into_data().unwrap();
            Some(String::from_utf8(data.to_vec()).unwrap())
        })
    }

    #[test]
    fn everybody_hears_the_beginning_and_then_each_tick() {
        let feed = Feed::default();
        assert!(!feed.has_viewers());
        let mut viewers = [0, 1].map(|_| feed.join(|| feed.event("start", 7, &())).unwrap());
        feed.tell(&feed.event("tick", 8, &[1]));
        let run = &feed.run;
        for viewer in &mut viewers {
            let start = format!("event: start\nid: {run}.7\ndata: null\n\n");
            assert_eq!(next(viewer), Poll::Ready(Some(start)));
            let tick = format!("event: tick\nid: {run}.8\ndata: [1]\n\n");
            assert_eq!(next(viewer), Poll::Ready(Some(tick)));
            assert_eq!(next(viewer), Poll::Pending);
        }
        drop(viewers);
        assert!(!feed.has_viewers());
    }

    #[test]
    fn who_falls_behind_is_let_go_and_the_end_lets_all_go() {
        let feed = Feed::default();
        let mut slow = feed.join(nothing).unwrap();
        for id in 0..=BEHIND as u64 {
            feed.tell(&feed.event("tick", id, &()));
        }
        assert!(!feed.has_viewers());
        let heard = std::iter::from_fn(|| match next(&mut slow) {
            Poll::Ready(event) => event,
            Poll::Pending => panic!("it has ended"),
        });
        assert_eq!(heard.count(), 1 + BEHIND);
        let mut last = feed.join(nothing).unwrap();
        feed.close();
        assert!(matches!(next(&mut last), Poll::Ready(Some(_))));
        assert_eq!(next(&mut last), Poll::Ready(None));
        assert!(feed.join(nothing).is_none());
    }

    #[test]
    fn ids_of_another_run_mean_nothing() {
        let feed = Feed::default();
        assert_eq!(feed.sequence_of(&format!("{}.12", feed.run)), Some(12));
        for odd in ["12", "", "x.12", &feed.run, &format!("{}.-1", feed.run)] {
            assert_eq!(feed.sequence_of(odd), None, "{odd}");
        }
    }

    #[test]
    fn there_are_so_many_viewers_and_no_more() {
        let feed = Feed::default();
        let all: Vec<_> = (0..MOST).map(|_| feed.join(nothing).unwrap()).collect();
        assert!(feed.join(nothing).is_none());
        drop(all);
        assert!(feed.join(nothing).is_some());
    }
}
