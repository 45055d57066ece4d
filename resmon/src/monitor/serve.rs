//! What the server shows of a monitor, and where it listens.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

#[cfg(feature = "chart")]
use super::drawn;
use super::{handle::Handle, scrape, settings::Settings, start, told};
use crate::{
    Error,
    net::{IoThread, Listener},
    server::{
        Access, Api, Content, Event, Feed, Health, Mode, PageService, Picture, Query, Refused,
        Server,
    },
};

/// How long a scrape waits for the monitor's thread to deliver; then it shows what is there.
const FLUSH_LIMIT: Duration = Duration::from_millis(500);

/// Addresses that are taken, and who may ask there; nothing is answered yet.
pub(super) struct Bound {
    page: Option<(Listener, Access)>,
    metrics: Option<(Listener, Access)>,
}

/// What listens while the monitor runs.
#[derive(Debug, Default)]
pub(super) struct Servers {
    page: Option<Server>,
    metrics: Option<Server>,
    /// Runs what the others need until they are gone, and answers in the program's own server.
    io: Mutex<Option<IoThread>>,
}

impl Bound {
    /// Takes the addresses, so that `start` can say which of them it cannot have.
    pub(super) fn new(settings: &Settings) -> Result<Self, Error> {
        let page = settings.serve.as_deref().map(|address| bind_page(address, settings));
        let metrics = settings.serve_metrics.as_deref().map(|address| {
            Ok::<_, Error>((Listener::bind(address)?, Access::new(Mode::ScrapeOnly)))
        });
        Ok(Self { page: page.transpose()?, metrics: metrics.transpose()? })
    }

    /// Begins to answer.
    pub(super) fn serve(self, handle: &Handle) -> Result<Servers, Error> {
        if self.page.is_none() && self.metrics.is_none() {
            return Ok(Servers::default());
        }
        let io = IoThread::start()?;
        let serve = |(listener, access)| {
            let content = Arc::new(Shown(handle.clone()));
            Server::start(&io, listener, access, content)
        };
        let page = self.page.map(serve).transpose()?;
        let metrics = self.metrics.map(serve).transpose()?;
        Ok(Servers { page, metrics, io: Mutex::new(Some(io)) })
    }
}

/// Beyond loopback the page is for those with the token, unless the program says otherwise.
fn bind_page(address: &str, settings: &Settings) -> Result<(Listener, Access), Error> {
    let token = settings.token.as_ref().map(crate::Secret::resolve).transpose()?;
    let listener = Listener::bind(address)?;
    let local = listener.local_addr().ip().is_loopback();
    if !local && token.is_none() && !settings.allow_unauthenticated {
        return Err(Error::config(format!(
            "serve on {address}: beyond loopback it takes .token(…), or .allow_unauthenticated(); \
             .serve_metrics(…) serves /metrics and /healthz alone"
        )));
    }
    let hosts = settings.hosts.iter();
    let access = hosts.fold(Access::new(Mode::Full), Access::host);
    Ok((
        listener,
        match token {
            Some(token) => access.token(token),
            None => access,
        },
    ))
}

impl Servers {
    /// Stops both at once, and waits for them until then.
    pub(super) fn stop(&mut self, feed: &Feed, until: Instant) {
        feed.close();
        let servers = [self.page.take(), self.metrics.take()];
        servers.iter().flatten().for_each(Server::finish);
        servers.into_iter().flatten().for_each(|server| server.stop(until));
        self.io().take().into_iter().for_each(|io| io.stop(until));
    }

    /// What is served, for a server of the program's own.
    pub(super) fn service(&self, handle: &Handle) -> PageService {
        let mut io = self.io();
        if io.is_none() && handle.0.runs {
            // Without a thread every answer is that there is nobody.
            *io = IoThread::start().ok();
        }
        let runtime = io.as_ref().map(|io| io.handle().clone());
        PageService::new(Arc::new(Shown(handle.clone())), runtime)
    }

    fn io(&self) -> MutexGuard<'_, Option<IoThread>> {
        self.io.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn page_addr(&self) -> Option<SocketAddr> {
        self.page.as_ref().map(Server::local_addr)
    }

    pub(super) fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().map(Server::local_addr)
    }
}

/// What is shown, asked for on the I/O thread.
struct Shown(Handle);

impl Content for Shown {
    fn metrics(&self) -> String {
        self.0.0.bell.flush(FLUSH_LIMIT);
        scrape::of_monitor(&self.0.0)
    }

    fn health(&self) -> Health {
        let healthy = self.0.is_healthy();
        let age = self.0.0.view.age(self.0.0.clock.now());
        let state = if healthy { "sampling" } else { "not sampling" };
        Health { healthy, text: format!("{state}: the latest sample is {age:.1?} old") }
    }

    fn feed(&self) -> &Feed {
        &self.0.0.feed
    }

    fn begin(&self, told: Option<&str>) -> Event {
        start::begin(&self.0, told)
    }

    fn api(&self, api: Api, query: &Query) -> Result<Vec<u8>, Refused> {
        told::tell(&self.0, api, query)
    }

    #[cfg(feature = "chart")]
    fn chart(&self, picture: Picture, query: &Query) -> Result<Vec<u8>, Refused> {
        drawn::draw(&self.0, picture, query)
    }

    #[cfg(not(feature = "chart"))]
    fn chart(&self, _: Picture, _: &Query) -> Result<Vec<u8>, Refused> {
        Err(Refused::not_found("charts are drawn with resmon's Cargo feature `chart`"))
    }
}
