//! The page in servers that the program has itself.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    thread,
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use common::{alone, check, value};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use resmon::{Monitor, PageService};
use tokio::{net::TcpListener, runtime::Builder};

#[resmon::timed]
fn served() {}

/// Runs a server on a runtime of one thread, as a small program has it.
fn run<F: Future<Output = ()> + Send + 'static>(
    serve: impl FnOnce(TcpListener) -> F + Send + 'static,
) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { serve(TcpListener::from_std(listener).unwrap()).await });
    });
    address
}

fn in_axum(service: PageService) -> SocketAddr {
    let app = Router::new().route("/", get(|| async { "shop" })).nest_service("/a/resmon", service);
    run(async move |listener| axum::serve(listener, app).await.unwrap())
}

fn in_hyper(service: PageService) -> SocketAddr {
    run(async move |listener| {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = service.clone();
            tokio::spawn(async move {
                http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
            });
        }
    })
}

fn connect(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn ask(address: SocketAddr, path: &str) -> (String, String) {
    let mut answer = Vec::new();
    connect(address, path).read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

#[test]
fn everything_is_there_behind_a_prefix() {
    alone("everything_is_there_behind_a_prefix", || {
        let monitor = Monitor::builder()
            .install_recorder()
            .interval(Duration::from_millis(100))
            .start()
            .unwrap();
        served();
        metrics::counter!("requests_total").increment(1);
        let servers = [
            (in_axum(monitor.service()), "/a/resmon"),
            (in_hyper(monitor.service().under("/a/resmon/")), "/a/resmon"),
            (in_hyper(monitor.service()), ""),
        ];
        for (address, prefix) in servers {
            for page in ["", "/"].iter().skip(usize::from(prefix.is_empty())) {
                let (head, page) = ask(address, &format!("{prefix}{page}"));
                assert!(head.starts_with("HTTP/1.1 200"), "{head}");
                assert!(head.contains("content-security-policy: default-src 'none'"), "{head}");
                // Nothing in it asks for a path from the root.
                assert!(!page.contains("=\"/") && page.contains("href=\"metrics\""));
            }
            let (_, text) = ask(address, &format!("{prefix}/metrics"));
            let labels = [("function", "served"), ("result", "ok")];
            assert_eq!(value(&text, "function_calls_total", &labels), Some(1.0));
            assert_eq!(value(&text, "requests_total", &[]), Some(1.0));
            check(&text);
            assert!(ask(address, &format!("{prefix}/healthz")).1.starts_with("sampling"));
            let (head, functions) = ask(address, &format!("{prefix}/api/v1/functions?last=60"));
            assert!(head.contains("application/json") && functions.contains("\"served\""));
            assert!(ask(address, &format!("{prefix}/nothing")).0.starts_with("HTTP/1.1 404"));
            let mut stream = connect(address, &format!("{prefix}/api/v1/stream"));
            let (mut events, mut buffer) = (String::new(), vec![0; 65_536]);
            while !(events.contains("event: start\n") && events.contains("event: tick\n")) {
                let read = stream.read(&mut buffer).unwrap();
                assert!(read > 0, "it ended: {events}");
                events.push_str(&String::from_utf8_lossy(&buffer[..read]));
            }
        }
        let (address, prefix) = servers[0];
        assert_eq!(ask(address, "/").1, "shop");
        monitor.stop();
        let (head, why) = ask(address, &format!("{prefix}/metrics"));
        assert!(head.starts_with("HTTP/1.1 503") && why.contains("does not run"), "{head}");
        assert_eq!(ask(address, "/").1, "shop");
    });
}

#[test]
fn a_figure_that_takes_long_does_not_keep_the_program_waiting() {
    alone("a_figure_that_takes_long_does_not_keep_the_program_waiting", || {
        let monitor = Monitor::builder()
            .interval(Duration::from_millis(10))
            .gauge("slow", || {
                thread::sleep(Duration::from_millis(300));
                1.0
            })
            .start()
            .unwrap();
        let address = in_axum(monitor.service());
        let mut longest = Duration::ZERO;
        for _ in 0..10 {
            let scrape = connect(address, "/a/resmon/metrics");
            let before = Instant::now();
            assert_eq!(ask(address, "/").1, "shop");
            longest = longest.max(before.elapsed());
            drop(scrape);
        }
        // A scrape waits for the tick that is due; the program's own pages do not.
        assert!(longest < Duration::from_millis(200), "{longest:?}");
    });
}
