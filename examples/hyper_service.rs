//! resmon's page and `/metrics` in a server on hyper alone, with paths told apart by hand.
//!
//! ```text
//! cargo run --release --example hyper_service
//! ```
//!
//! The shop is at <http://127.0.0.1:8080/>, what it does and costs at
//! <http://127.0.0.1:8080/debug/resmon/>.

use http_body_util::{Either, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::rt::TokioIo;
use resmon::{Monitor, PageBody, PageService};
use tokio::net::TcpListener;

const PREFIX: &str = "/debug/resmon";

#[resmon::timed]
fn shop(path: &str) -> String {
    format!("there is no {path} in this shop\n")
}

async fn answer(
    request: Request<Incoming>,
    page: PageService,
) -> anyhow::Result<Response<Either<Full<Bytes>, PageBody>>> {
    let path = request.uri().path();
    if path.starts_with(PREFIX) {
        return Ok(page.call(request).await?.map(Either::Right));
    }
    Ok(Response::new(Either::Left(shop(path).into())))
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let monitor = Monitor::builder().install_recorder().start()?;
    let page = monitor.service().under(PREFIX);
    let listener = TcpListener::bind(address).await?;
    println!("watch it on http://{}{PREFIX}/", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        let page = page.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, page.clone()));
            http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
        });
    }
}
