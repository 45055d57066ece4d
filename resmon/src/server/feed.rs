//! What viewers are told as it happens: each tick once, however many look on, and not at all
//! where nobody does.

use std::{
    fmt,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use hyper::body::{Body, Bytes, Frame};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Viewers at once at most.
const MOST: usize = 256;
/// Events that may wait for a viewer. One that falls so far behind is let go, and comes back to
/// begin anew.
const BEHIND: usize = 16;

/// The viewers of a monitor.
#[derive(Default)]
pub(crate) struct Feed(Mutex<Viewers>);

#[derive(Default)]
struct Viewers {
    all: Vec<Sender<Bytes>>,
    closed: bool,
}

impl Feed {
    /// Whether anybody looks on.
    pub(crate) fn has_viewers(&self) -> bool {
        let mut viewers = self.lock();
        viewers.all.retain(|viewer| !viewer.is_closed());
        !viewers.all.is_empty()
    }

    /// Tells everybody the same.
    pub(crate) fn tell(&self, name: &str, id: u64, data: &str) {
        let event = event(name, id, data);
        self.lock().all.retain(|viewer| viewer.try_send(event.clone()).is_ok());
    }

    /// Takes a viewer in; `first` is what it is told before anything else. None where there are
    /// too many, or it is over.
    pub(super) fn join(&self, first: impl FnOnce() -> Bytes) -> Option<Stream> {
        let mut viewers = self.lock();
        viewers.all.retain(|viewer| !viewer.is_closed());
        if viewers.closed || viewers.all.len() >= MOST {
            return None;
        }
        let (viewer, events) = channel(BEHIND);
        // In the feed before what it begins with is made: no tick falls in between.
        viewers.all.push(viewer);
        drop(viewers);
        Some(Stream { first: Some(first()), events })
    }

    /// Lets everybody go, and nobody in.
    pub(crate) fn close(&self) {
        let mut viewers = self.lock();
        viewers.closed = true;
        viewers.all.clear();
    }

    fn lock(&self) -> MutexGuard<'_, Viewers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event as a browser's `EventSource` reads it. The data has no line ends: it is JSON.
pub(super) fn event(name: &str, id: u64, data: &str) -> Bytes {
    format!("event: {name}\nid: {id}\ndata: {data}\n\n").into()
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
        let mut viewers = [0, 1].map(|_| feed.join(|| event("start", 7, "{}")).unwrap());
        feed.tell("tick", 8, "[1]");
        for viewer in &mut viewers {
            let start = "event: start\nid: 7\ndata: {}\n\n".to_owned();
            assert_eq!(next(viewer), Poll::Ready(Some(start)));
            let tick = "event: tick\nid: 8\ndata: [1]\n\n".to_owned();
            assert_eq!(next(viewer), Poll::Ready(Some(tick)));
            assert_eq!(next(viewer), Poll::Pending);
        }
        drop(viewers);
        assert!(!feed.has_viewers());
    }

    #[test]
    fn who_falls_behind_is_let_go_and_the_end_lets_all_go() {
        let feed = Feed::default();
        let mut slow = feed.join(Bytes::new).unwrap();
        for id in 0..=BEHIND as u64 {
            feed.tell("tick", id, "");
        }
        assert!(!feed.has_viewers());
        let heard = std::iter::from_fn(|| match next(&mut slow) {
            Poll::Ready(event) => event,
            Poll::Pending => panic!("it has ended"),
        });
        assert_eq!(heard.count(), 1 + BEHIND);
        let mut last = feed.join(Bytes::new).unwrap();
        feed.close();
        assert!(matches!(next(&mut last), Poll::Ready(Some(_))));
        assert_eq!(next(&mut last), Poll::Ready(None));
        assert!(feed.join(Bytes::new).is_none());
    }

    #[test]
    fn there_are_so_many_viewers_and_no_more() {
        let feed = Feed::default();
        let all: Vec<_> = (0..MOST).map(|_| feed.join(Bytes::new).unwrap()).collect();
        assert!(feed.join(Bytes::new).is_none());
        drop(all);
        assert!(feed.join(Bytes::new).is_some());
    }
}
