//! resmon's page and `/metrics` inside a server that the program has anyway.
//!
//! ```text
//! cargo run --release --example axum_service
//! ```
//!
//! The shop is at <http://127.0.0.1:8080/>, what it does and costs at
//! <http://127.0.0.1:8080/resmon/>. Who may see that is up to the program's own layers.

use std::time::Duration;

use axum::{Router, extract::Path, routing::get};
use resmon::Monitor;
use tokio::{net::TcpListener, time::sleep};

#[resmon::timed(in_flight)]
async fn price(Path(article): Path<u64>) -> String {
    stock(article).await;
    format!("{} crowns\n", article % 90 + 10)
}

#[resmon::timed]
async fn stock(article: u64) {
    sleep(Duration::from_millis(article % 20)).await;
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let monitor = Monitor::builder().install_recorder().start()?;
    let app = Router::new()
        .route("/", get(|| async { "ask for /price/17\n" }))
        .route("/price/{article}", get(price))
        .nest_service("/resmon", monitor.service());
    let listener = TcpListener::bind(address).await?;
    println!("watch it on http://{}/resmon/", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(end()).await?;
    print!("{}", monitor.summary());
    Ok(())
}

async fn end() {
    // Without a signal handler it runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
