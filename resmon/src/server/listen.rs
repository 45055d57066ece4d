//! Accepting connections, serving them, and stopping in time.

use std::{
    convert::Infallible,
    future::{Future, poll_fn},
    io,
    net::SocketAddr,
    pin::pin,
    sync::{Arc, Mutex, PoisonError, mpsc},
    task::Poll,
    thread::{self, ThreadId},
    time::{Duration, Instant},
};

use http_body_util::Either;
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
    time::{sleep, timeout},
};

use super::{
    Content,
    access::Access,
    answer::answer,
    connections::{Connections, Place},
};
use crate::{
    Error,
    net::{IoThread, Listener},
};

/// How long a client may take to send the head of a request, and to come with the next one.
const HEADER_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_HEADER_BYTES: usize = 16 * 1024;
/// Pause after a failed accept: with no file descriptor left, the next one fails at once.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Who holds all descriptors fills no log.
const WARN_AGAIN: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(2);
/// How long a stop lets answers that are under way go out, and how long it takes at most.
const GRACE: Duration = Duration::from_millis(700);
const STOP_WAIT: Duration = Duration::from_secs(1);

/// A listener being served. Dropping it stops it, within a second.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    phase: Arc<watch::Sender<Phase>>,
    /// Taken by who waits. Behind a lock only so that the server may be shared.
    ended: Mutex<Option<mpsc::Receiver<()>>>,
    thread: ThreadId,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Serving,
    /// No new connection, no further request on the old ones.
    Finishing,
    Closing,
}

/// What every connection of a listener needs.
struct Site {
    access: Access,
    address: SocketAddr,
    content: Arc<dyn Content>,
    header_timeout: Duration,
}

impl Server {
    /// Serves a listener on the I/O thread.
    pub(crate) fn start(
        io: &IoThread,
        listener: Listener,
        access: Access,
        content: Arc<dyn Content>,
    ) -> Result<Self, Error> {
        Self::start_with(io, listener, access, content, HEADER_TIMEOUT)
    }

    pub(super) fn start_with(
        io: &IoThread,
        listener: Listener,
        access: Access,
        content: Arc<dyn Content>,
        header_timeout: Duration,
    ) -> Result<Self, Error> {
        let address = listener.local_addr();
        let in_runtime = io.handle().enter();
        let listener = listener
            .into_tokio()
            .map_err(|error| Error::listen(format!("serve on {address}")).because(error))?;
        drop(in_runtime);
        let phase = Arc::new(watch::Sender::new(Phase::Serving));
        let (end, ended) = mpsc::channel();
        let site = Arc::new(Site { access, address, content, header_timeout });
        io.spawn(run(listener, site, Arc::clone(&phase), end));
        Ok(Self { address, phase, ended: Mutex::new(Some(ended)), thread: io.thread_id() })
    }

    /// The address it listens on: with port 0, the one that was picked.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }
}

impl Server {
    /// Begins to stop: takes no further connection, and finishes what is under way.
    pub(crate) fn finish(&self) {
        self.phase.send_replace(Phase::Finishing);
    }

    /// Stops, and waits for it until then.
    pub(crate) fn stop(mut self, until: Instant) {
        self.end(until);
    }

    fn end(&mut self, until: Instant) {
        self.finish();
        // On the I/O thread itself, what is waited for could not happen.
        if thread::current().id() != self.thread {
            let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner).take();
            let left = until.saturating_duration_since(Instant::now());
            let _ = ended.map(|ended| ended.recv_timeout(left));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end(Instant::now() + STOP_WAIT);
    }
}

async fn run(
    listener: TcpListener,
    site: Arc<Site>,
    phase: Arc<watch::Sender<Phase>>,
    end: mpsc::Sender<()>,
) {
    let connections = Connections::new();
    let mut changes = phase.subscribe();
    let accepting =
        tokio::spawn(accept(listener, site, Arc::clone(&connections), phase.subscribe()));
    let _ = changes.wait_for(|phase| *phase != Phase::Serving).await;
    accepting.abort();
    // The listener is closed once the task is gone.
    let _ = accepting.await;
    if timeout(GRACE, connections.none_left()).await.is_err() {
        phase.send_replace(Phase::Closing);
        connections.none_left().await;
    }
    let _ = end.send(());
}

async fn accept(
    listener: TcpListener,
    site: Arc<Site>,
    connections: Arc<Connections>,
    phase: watch::Receiver<Phase>,
) {
    let (mut failing, mut warned) = (false, None);
    while let Some(room) = connections.room().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                failing = false;
                let (place, leave) = connections.enter(room);
                tokio::spawn(serve(stream, Arc::clone(&site), place, leave, phase.clone()));
            }
            Err(error) if concerns_one_connection(&error) => {}
            Err(error) => {
                if warned.is_none_or(|warned: Instant| warned.elapsed() > WARN_AGAIN) {
                    warned = Some(Instant::now());
                    let address = site.address;
                    tracing::warn!(%address, %error, "cannot accept connections; trying on");
                }
                // A page comes back by itself; a scraper who is sent away has lost a sample.
                let feed = site.content.feed();
                if feed.viewers() >= connections.silent() {
                    feed.make_room();
                } else {
                    connections.make_room();
                }
                // What was let go closes in a moment.
                sleep(if failing { ACCEPT_PAUSE } else { FIRST_PAUSE }).await;
                failing = true;
            }
        }
    }
}

/// Whether an accept failed because that very client was gone again.
fn concerns_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

async fn serve(
    stream: TcpStream,
    site: Arc<Site>,
    place: Place,
    leave: oneshot::Receiver<()>,
    mut phase: watch::Receiver<Phase>,
) {
    // Head and body of an answer are two writes; the second is not to wait for an ACK.
    let _ = stream.set_nodelay(true);
    let header_timeout = site.header_timeout;
    let service = service_fn(move |request: Request<Incoming>| {
        place.touch();
        let (head, _) = request.into_parts();
        let answer = answer(&head, &site.access, site.address, site.content.as_ref());
        if let Either::Right(stream) = answer.body()
            && let Some(stay) = place.looks_on()
        {
            stream.hold(stay);
        }
        async move { Ok::<_, Infallible>(answer) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_header_size(MAX_HEADER_BYTES)
        .max_buf_size(4 * MAX_HEADER_BYTES)
        .serve_connection(TokioIo::new(stream), service);

    let mut connection = pin!(connection);
    let mut leave = pin!(leave);
    let mut closing = phase.clone();
    let mut closing = pin!(closing.wait_for(|phase| *phase == Phase::Closing));
    let mut finishing = pin!(phase.wait_for(|phase| *phase != Phase::Serving));
    let mut finished = false;
    poll_fn(|context| {
        if !finished && finishing.as_mut().poll(context).is_ready() {
            finished = true;
            connection.as_mut().graceful_shutdown();
        }
        let has_to_close =
            leave.as_mut().poll(context).is_ready() || closing.as_mut().poll(context).is_ready();
        if has_to_close {
            return Poll::Ready(());
        }
        // A client that breaks off or talks nonsense is no news.
        connection.as_mut().poll(context).map(|_| ())
    })
    .await;
}
