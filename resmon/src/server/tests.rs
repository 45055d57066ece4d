//! The server over real sockets.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    sync::Arc,
    time::{Duration, Instant},
};

use super::*;
use crate::net::{IoThread, Listener};

struct Fixed {
    healthy: bool,
    feed: Feed,
}

impl Content for Fixed {
    fn metrics(&self) -> String {
        "# TYPE up gauge\nup 1\n".to_owned()
    }
    fn health(&self) -> Health {
        Health { healthy: self.healthy, text: "so so".to_owned() }
    }
    fn feed(&self) -> &Feed {
        &self.feed
    }

    fn begin(&self, told: Option<&str>) -> Event {
        let missed = told.and_then(|id| self.feed.sequence_of(id));
        self.feed.event("start", 7, &missed)
    }

    fn api(&self, _: Api, query: &Query) -> Result<Vec<u8>, Refused> {
        let n = query.get::<u32>("n")?.unwrap_or(7);
        assert!(n != 13, "on purpose");
        Ok(format!("[{n}]").into_bytes())
    }

    fn chart(&self, _: Picture, _: &Query) -> Result<Vec<u8>, Refused> {
        Err(Refused::not_found("no such picture"))
    }
}

struct Running {
    server: Server,
    content: Arc<Fixed>,
    // After the server: it stops on this thread.
    _io: IoThread,
}

fn start(access: Access) -> Running {
    start_with(access, true, Duration::from_secs(5))
}

fn start_with(access: Access, healthy: bool, header_timeout: Duration) -> Running {
    let io = IoThread::start().unwrap();
    let listener = Listener::bind("127.0.0.1:0").unwrap();
    let content = Arc::new(Fixed { healthy, feed: Feed::default() });
    let shown = Arc::clone(&content);
    let server = Server::start_with(&io, listener, access, shown, header_timeout).unwrap();
    Running { server, content, _io: io }
}

impl Running {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.local_addr()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// Sends a request that ends the connection, and returns all that came back.
    fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        let request = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        stream.write_all(request.as_bytes()).unwrap();
        read_all(&mut stream)
    }

    fn get(&self, path: &str) -> String {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    }
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Ok(_) => {}
        // Closed with something of ours unread.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error} after {:?}", String::from_utf8_lossy(&all)),
    }
    String::from_utf8(all).unwrap()
}

fn full() -> Access {
    Access::new(Mode::Full)
}

#[test]
fn metrics_are_typed_and_protected() {
    let answer = start(full()).get("/metrics?x=y");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let lower = answer.to_lowercase();
    for header in [
        "content-type: text/plain; version=0.0.4; charset=utf-8\r\n",
        "content-security-policy: default-src 'none'; style-src 'sha256-",
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'\r\n",
        "x-content-type-options: nosniff\r\n",
        "referrer-policy: no-referrer\r\n",
        "cache-control: no-store\r\n",
    ] {
        assert!(lower.contains(header), "no {header} in {answer}");
    }
    assert!(!lower.contains("access-control"));
    assert!(answer.ends_with("\r\n\r\n# TYPE up gauge\nup 1\n"));
}

#[test]
fn no_page_elsewhere_may_read_or_show_an_answer() {
    let server = start(full());
    let asked = "GET /metrics HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: close\r\n\r\n";
    let answer = server.ask(asked).to_lowercase();
    assert!(!answer.contains("access-control"), "{answer}");
    for header in ["cross-origin-resource-policy: same-origin", "frame-ancestors 'none'"] {
        assert!(answer.contains(header), "{header}");
    }
    let crossing = asked.replace("Origin", "Sec-Fetch-Site: cross-site\r\nOrigin");
    assert!(server.ask(&crossing).starts_with("HTTP/1.1 403 "));
}

#[test]
fn health_is_a_status_and_a_text() {
    assert!(start(full()).get("/healthz").starts_with("HTTP/1.1 200 "));
    let ill = start_with(full(), false, Duration::from_secs(5)).get("/healthz");
    assert!(ill.starts_with("HTTP/1.1 503 ") && ill.ends_with("\r\n\r\nso so\n"), "{ill}");
}

#[test]
fn head_has_the_headers_and_no_body() {
    let answer = start(full()).ask("HEAD /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert!(answer.to_lowercase().contains("content-length: 21\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
}

#[test]
fn other_methods_are_told_which_there_are() {
    let request = "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi";
    let answer = start(full()).ask(request);
    assert!(answer.starts_with("HTTP/1.1 405 "), "{answer}");
    assert!(answer.to_lowercase().contains("allow: get, head\r\n"), "{answer}");
}

#[test]
fn unknown_paths_are_not_found() {
    assert!(start(full()).get("/admin").starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_foreign_host_is_misdirected_and_none_is_bad() {
    let server = start(full());
    let foreign = server.ask("GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n");
    assert!(foreign.starts_with("HTTP/1.1 421 ") && !foreign.contains("up 1"), "{foreign}");
    let none = server.ask("GET /metrics HTTP/1.1\r\nX-Nothing: 1\r\n\r\n");
    assert!(none.starts_with("HTTP/1.1 400 "), "{none}");
}

#[test]
fn a_scrape_listener_serves_any_host_and_no_page() {
    let server = start(Access::new(Mode::ScrapeOnly));
    let metrics = server.ask("GET /metrics HTTP/1.1\r\nHost: pay.internal\r\n\r\n");
    assert!(metrics.starts_with("HTTP/1.1 200 "), "{metrics}");
    assert!(server.get("/").starts_with("HTTP/1.1 404 "));
}

#[test]
fn a_token_is_asked_for_and_taken() {
    let server = start(full().token("s3cret".to_owned()));
    let without = server.get("/metrics").to_lowercase();
    assert!(without.starts_with("http/1.1 401 ") && !without.contains("up 1"), "{without}");
    assert!(without.contains("www-authenticate: basic realm=\"resmon\""), "{without}");
    let request =
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer s3cret\r\n\r\n";
    assert!(server.ask(request).starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_panic_in_the_content_is_an_error_of_that_request_alone() {
    let server = start(full());
    let answer = server.get("/api/v1/figures?n=13");
    assert!(answer.starts_with("HTTP/1.1 500 ") && !answer.contains("on purpose"), "{answer}");
    assert!(server.get("/metrics").starts_with("HTTP/1.1 200 "));
}

#[test]
fn what_is_wrong_with_a_request_is_told_as_json() {
    let server = start(full());
    let answer = server.get("/api/v1/figures");
    assert!(answer.ends_with("\r\n\r\n[7]") && answer.contains("application/json"), "{answer}");
    let answer = server.get("/api/v1/figures?n=x");
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert!(answer.ends_with(r#"{"error":"n=\"x\" is not understood"}"#), "{answer}");
    let answer = server.get("/chart.svg");
    assert!(answer.starts_with("HTTP/1.1 404 ") && answer.contains("no such picture"), "{answer}");
}

#[test]
fn bodies_are_packed_for_those_who_take_it() {
    let server = start(full());
    let ask = |path: &str, takes: &str| {
        let mut stream = server.connect();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept-Encoding: {takes}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        (head.contains("content-encoding: gzip"), answer[end..].to_vec())
    };
    for takes in ["gzip", "br, gzip;q=0.5", "deflate,gzip"] {
        let (packed, body) = ask("/", takes);
        assert!(packed && body.starts_with(&[0x1f, 0x8b]), "{takes}");
        assert!(body.len() <= 35_000, "{}", body.len());
        let mut page = String::new();
        flate2::read::GzDecoder::new(&body[..]).read_to_string(&mut page).unwrap();
        assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    }
    for takes in ["", "br", "gzip;q=0", "gzip; q=0", "xgzip"] {
        let (packed, body) = ask("/", takes);
        assert!(!packed && body.starts_with(b"<!doctype html>"), "{takes}");
    }
    assert!(!ask("/metrics", "gzip").0, "so few bytes are not worth it");
}

#[test]
fn who_looks_on_hears_each_tick_until_the_end() {
    let server = start(full());
    let mut stream = server.connect();
    stream.write_all(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let until = |stream: &mut TcpStream, text: &str| {
        let (mut all, mut buffer) = (String::new(), [0; 512]);
        while !all.contains(text) {
            let read = stream.read(&mut buffer).unwrap();
            assert!(read > 0, "it ended: {all}");
            all.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        all
    };
    let first = until(&mut stream, "data: null");
    assert!(first.contains("content-type: text/event-stream"), "{first}");
    let id = first.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
    assert!(id.ends_with(".7"), "{first}");
    let feed = &server.content.feed;
    feed.tell(&feed.event("tick", 8, &[1]));
    let tick = until(&mut stream, "data: [1]");
    assert!(tick.contains("event: tick\nid: ") && tick.contains(".8\n"), "{tick}");
    // Who comes back says what it was told last.
    let mut again = server.connect();
    let request =
        format!("GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\nLast-Event-ID: {id}\r\n\r\n");
    again.write_all(request.as_bytes()).unwrap();
    until(&mut again, "data: 7");
    server.content.feed.close();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).unwrap_or_default();
    assert!(server.get("/api/v1/stream").starts_with("HTTP/1.1 503 "));
}

#[test]
fn a_connection_serves_several_requests() {
    let server = start(full());
    let mut stream = server.connect();
    let request = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
    stream.write_all(&request.repeat(2)).unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        .unwrap();
    let answers = read_all(&mut stream);
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 3, "{answers}");
}

#[test]
fn a_head_that_never_ends_is_closed_in_time() {
    let server = start_with(full(), true, Duration::from_millis(200));
    let mut stream = server.connect();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: loc").unwrap();
    let start = Instant::now();
    let answer = read_all(&mut stream);
    assert!(start.elapsed() < Duration::from_secs(3), "{answer}");
    assert!(!answer.contains("200 OK"), "{answer}");

    let mut silent = server.connect();
    assert_eq!(read_all(&mut silent), "");
}

#[test]
fn an_oversized_head_is_refused() {
    let server = start(full());
    let mut stream = server.connect();
    let head = format!(
        "GET /metrics HTTP/1.1\r\nHost: localhost\r\nX-Big: {}\r\n\r\n",
        "x".repeat(20_000)
    );
    let _ = stream.write_all(head.as_bytes());
    let answer = read_all(&mut stream);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer}");
    let fits = head.replace(&"x".repeat(20_000), &"x".repeat(10_000));
    assert!(server.ask(&fits).starts_with("HTTP/1.1 200 "));
}

#[test]
fn idle_connections_do_not_keep_a_scraper_waiting() {
    let server = start(full());
    let idle: Vec<_> = (0..90).map(|_| server.connect()).collect();
    let half: Vec<_> = (0..30)
        .map(|_| {
            let mut stream = server.connect();
            let _ = stream.write_all(b"GET / HTTP/1.1\r\n");
            stream
        })
        .collect();
    let start = Instant::now();
    assert!(server.get("/metrics").starts_with("HTTP/1.1 200 "));
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    drop((idle, half));
}

#[test]
fn stopping_closes_everything_within_a_second() {
    let Running { server, _io: io, .. } = start(full());
    let address: SocketAddr = server.local_addr();
    let mut silent = TcpStream::connect(address).unwrap();
    let mut half = TcpStream::connect(address).unwrap();
    half.write_all(b"GET /metrics HTTP/1.1\r\n").unwrap();
    let mut idle = TcpStream::connect(address).unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut first = [0];
    idle.read_exact(&mut first).unwrap();

    let start = Instant::now();
    drop(server);
    assert!(start.elapsed() <= Duration::from_millis(1100), "{:?}", start.elapsed());
    for stream in [&mut silent, &mut half, &mut idle] {
        stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
        read_all(stream);
    }
    assert!(TcpStream::connect(address).is_err());
    // The port is free for the next one, and the thread still runs.
    let listener = Listener::bind(&address.to_string()).unwrap();
    let again = Server::start(
        &io,
        listener,
        full(),
        Arc::new(Fixed { healthy: true, feed: Feed::default() }),
    )
    .unwrap();
    assert_eq!(again.local_addr(), address);
}
