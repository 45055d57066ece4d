//! What viewers are told as it happens: each tick once, however many look on, and not at all
//! where nobody does.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll},
    time::SystemTime,
};

use hyper::body::{Body, Bytes, Frame};
use serde::Serialize;
use tokio::sync::{
    mpsc::{Receiver, Sender, channel},
    oneshot,
};

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
    all: Vec<Viewer>,
    /// What those who came since the latest sample were told first: one copy for all of them.
    first: Option<(u64, Event)>,
    closed: bool,
}

struct Viewer {
    events: Sender<Bytes>,
    /// Dropped with it, which closes its connection: one that reads nothing any more would stay
    /// open for ever.
    _stay: Arc<Stay>,
}

/// What tells a connection to close when it is dropped, once there is a connection.
type Stay = Mutex<Option<oneshot::Sender<()>>>;

impl Viewer {
    fn is_gone(&self) -> bool {
        self.events.is_closed()
    }
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

    /// As [`event`](Self::event) for those who come, made once for each sample.
    pub(crate) fn first_event<D: Serialize>(
        &self,
        sequence: u64,
        data: impl FnOnce() -> D,
    ) -> Event {
        if let Some((known, event)) = &self.lock().first
            && *known == sequence
        {
            return event.clone();
        }
        let event = self.event("start", sequence, &data());
        self.lock().first = Some((sequence, event.clone()));
        event
    }

    /// The number of the sample that an event of this run told of.
    pub(crate) fn sequence_of(&self, id: &str) -> Option<u64> {
        id.strip_prefix(&self.run)?.strip_prefix('.')?.parse().ok()
    }

    /// Whether anybody looks on.
    pub(crate) fn has_viewers(&self) -> bool {
        let mut viewers = self.lock();
        viewers.all.retain(|viewer| !viewer.is_gone());
        // It tells of a sample that is not the latest any more.
        viewers.first = None;
        !viewers.all.is_empty()
    }

    /// How many look on.
    pub(super) fn viewers(&self) -> usize {
        self.lock().all.len()
    }

    /// Tells everybody the same.
    pub(crate) fn tell(&self, event: &Event) {
        self.lock().all.retain(|viewer| viewer.events.try_send(event.0.clone()).is_ok());
    }

    /// Takes a viewer in; `first` is what it is told before anything else. None where there are
    /// too many, or it is over.
    pub(super) fn join(&self, first: impl FnOnce() -> Event) -> Option<Stream> {
        let mut viewers = self.lock();
        viewers.all.retain(|viewer| !viewer.is_gone());
        if viewers.closed || viewers.all.len() >= MOST {
            return None;
        }
        let (sender, events) = channel(BEHIND);
        let stay = Arc::new(Stay::default());
        let stream_stay = Arc::downgrade(&stay);
        // In the feed before what it begins with is made: no tick falls in between.
        viewers.all.push(Viewer { events: sender, _stay: stay });
        drop(viewers);
        Some(Stream { first: Some(first().0), events, stay: stream_stay })
    }

    /// Lets half of the viewers go, those who have looked longest: the process has no file
    /// descriptor left for anybody else.
    pub(super) fn make_room(&self) {
        let all = &mut self.lock().all;
        all.drain(..all.len().div_ceil(2));
    }

    /// Lets everybody go, and nobody in.
    pub(crate) fn close(&self) {
        let mut viewers = self.lock();
        viewers.closed = true;
        viewers.all.clear();
        viewers.first = None;
    }

    fn lock(&self) -> MutexGuard<'_, Viewers> {
        self.viewers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of an answer that goes on.
#[derive(Debug)]
pub(super) struct Stream {
    first: Option<Bytes>,
    events: Receiver<Bytes>,
    stay: Weak<Stay>,
}

impl Stream {
    /// Drops that when the viewer is let go.
    pub(super) fn hold(&self, stay: oneshot::Sender<()>) {
        // Let go already: so is the connection.
        let Some(held) = self.stay.upgrade() else { return };
        *held.lock().unwrap_or_else(PoisonError::into_inner) = Some(stay);
    }
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
    fn the_connection_of_who_is_let_go_is_closed() {
        let feed = Feed::default();
        let hold = |stream: &Stream| {
            let (stay, leave) = oneshot::channel();
            stream.hold(stay);
            leave
        };
        let streams: Vec<_> = (0..3).map(|_| feed.join(nothing).unwrap()).collect();
        let mut leaves: Vec<_> = streams.iter().map(hold).collect();
        let mut has_to_go = || {
            leaves
                .iter_mut()
                .map(|leave| {
                    leave.try_recv().is_err_and(|e| e == oneshot::error::TryRecvError::Closed)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(has_to_go(), [false; 3]);
        feed.make_room();
        assert_eq!(has_to_go(), [true, true, false]);
        for id in 0..=BEHIND as u64 {
            feed.tell(&feed.event("tick", id, &()));
        }
        assert_eq!(has_to_go(), [true; 3]);
        assert!(hold(&streams[0]).try_recv().is_err());
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
