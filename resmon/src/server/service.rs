//! The page and all that belongs to it as a service, for a server that the program has itself.

use std::{
    convert::Infallible,
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http_body_util::Either;
use hyper::{
    Request, Response,
    body::{Body, Bytes, Frame, SizeHint},
    http::request::Parts,
};
use tokio::sync::oneshot;

use super::{
    Content,
    access::{Access, Mode},
    answer::{Answer, AnswerBody, answer, gone},
};

/// Answers requests for the page, `/metrics`, `/healthz` and the rest in a server of the
/// program's own: what [`Monitor::service`](crate::Monitor::service) gives.
///
/// A `tower` service and a `hyper` one, whatever the body of the request. It works under any
/// prefix that the router takes off, as axum's `nest_service` does; where none does,
/// [`under`](Self::under) says which. What it answers is made on a thread of resmon's own, so
/// that it never keeps the program's runtime waiting.
///
/// Who may ask is up to the program: there is no token and no check of the Host.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), resmon::Error> {
/// let monitor = resmon::Monitor::builder().install_recorder().start()?;
/// let app: axum::Router = axum::Router::new().nest_service("/resmon", monitor.service());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PageService {
    content: Arc<dyn Content>,
    /// None where the thread could not be had.
    io: Option<tokio::runtime::Handle>,
    prefix: Arc<str>,
}

impl PageService {
    pub(crate) fn new(content: Arc<dyn Content>, io: Option<tokio::runtime::Handle>) -> Self {
        Self { content, io, prefix: Arc::default() }
    }

    /// Takes that off the beginning of every path: `/resmon` for a server without a router.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.prefix = prefix.trim_end_matches('/').into();
        self
    }

    fn respond(&self, head: Parts) -> Answering {
        let (send, answered) = oneshot::channel();
        let (content, prefix) = (Arc::clone(&self.content), Arc::clone(&self.prefix));
        let work = async move {
            let access = Access::new(Mode::Mounted(prefix));
            let bound = ([127, 0, 0, 1], 0).into();
            // Who asked may have gone away meanwhile.
            let _ = send.send(answer(&head, &access, bound, content.as_ref()));
        };
        match &self.io {
            Some(io) => drop(io.spawn(work)),
            None => drop(work),
        }
        Answering(answered)
    }
}

impl<B> tower_service::Service<Request<B>> for PageService {
    type Response = Response<PageBody>;
    type Error = Infallible;
    type Future = Answering;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answering {
        self.respond(request.into_parts().0)
    }
}

impl<B> hyper::service::Service<Request<B>> for PageService {
    type Response = Response<PageBody>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, request: Request<B>) -> Answering {
        self.respond(request.into_parts().0)
    }
}

impl fmt::Debug for PageService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageService").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// An answer of a [`PageService`] under way. It never fails: without a monitor it is a 503.
#[derive(Debug)]
#[must_use = "a future does nothing unless it is awaited"]
pub struct Answering(oneshot::Receiver<Answer>);

impl Future for Answering {
    type Output = Result<Response<PageBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // The thread ends with the monitor, and takes unanswered requests with it.
        let answer = Pin::new(&mut self.0).poll(context);
        answer.map(|answer| Ok(answer.unwrap_or_else(|_| gone()).map(PageBody)))
    }
}

/// The body of an answer of a [`PageService`]: whole, or going on with each sample.
#[derive(Debug)]
pub struct PageBody(AnswerBody);

impl Body for PageBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Either::Left(whole) => Pin::new(whole).poll_frame(context),
            Either::Right(stream) => Pin::new(stream).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Either::Left(whole) => whole.is_end_stream(),
            Either::Right(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Either::Left(whole) => whole.size_hint(),
            Either::Right(stream) => stream.size_hint(),
        }
    }
}
