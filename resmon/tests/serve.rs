//! What a browser, a scraper and a mistaken start meet at the address.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

use common::{alone, check, value};
use resmon::{ManualClock, Monitor, Secret};

#[resmon::timed]
fn served() {}

/// Status line and headers, and the body, of a GET.
fn get(address: SocketAddr, path: &str, headers: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let host = if headers.to_lowercase().contains("host:") {
        String::new()
    } else {
        format!("Host: {address}\r\n")
    };
    let request = format!("GET {path} HTTP/1.1\r\n{host}{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn status(address: SocketAddr, path: &str, headers: &str) -> String {
    let (head, _) = get(address, path, headers);
    head.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn the_page_the_metrics_and_the_health_are_there() {
    alone("the_page_the_metrics_and_the_health_are_there", || {
        let monitor = Monitor::builder().serve("127.0.0.1:0").start().unwrap();
        let address = monitor.local_addr().unwrap();
        assert_ne!(address.port(), 0);
        (0..3).for_each(|_| served());
        metrics::counter!("requests_total").increment(1);

        let (head, text) = get(address, "/metrics", "");
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("version=0.0.4"), "{head}");
        let labels = [("function", "served"), ("module", "serve"), ("result", "ok")];
        assert_eq!(value(&text, "function_calls_total", &labels), Some(3.0));
        assert_eq!(value(&text, "requests_total", &[]), Some(1.0));
        check(&text);

        let (head, health) = get(address, "/healthz", "");
        assert!(head.starts_with("HTTP/1.1 200") && health.starts_with("sampling"), "{health}");
        let (head, page) = get(address, "/", "");
        assert!(head.contains("text/html") && page.starts_with("<!doctype html>"), "{head}");
        assert!(page.contains("href=\"metrics\"") || page.contains("href=\"/metrics\""), "{page}");
        let (head, functions) = get(address, "/api/v1/functions", "");
        assert!(head.contains("application/json") && functions.contains("\"served\""), "{head}");
        assert_eq!(status(address, "/nothing", ""), "404");
        assert_eq!(status(address, "/", "Host: evil.example\r\n"), "421");

        monitor.stop();
        assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
    });
}

#[test]
fn programs_are_told_the_same_as_json() {
    alone("programs_are_told_the_same_as_json", || {
        let clock = ManualClock::new();
        let mut depth = 0.0;
        let monitor = Monitor::builder()
            .serve("127.0.0.1:0")
            .clock(clock.clone())
            .gauge("queue_depth", move || {
                depth += 1.0;
                depth
            })
            .start()
            .unwrap();
        let address = monitor.local_addr().unwrap();
        let tell = |path: &str| -> serde_json::Value {
            serde_json::from_str(&get(address, path, "").1).unwrap()
        };
        let mut events = Events::at(address, "");
        let start = events.next("start");
        assert_eq!(start["about"]["pid"], std::process::id());
        let listed = start["series"].as_array().unwrap();
        let place = listed.iter().position(|series| series["name"] == "queue_depth").unwrap();
        assert_eq!(listed[place]["own"], true);
        assert_eq!(start["values"][0][1].as_array().unwrap().len(), 1);

        served();
        for sample in 2..=4 {
            clock.advance(Duration::from_secs(1));
            monitor.flush();
            let tick = events.next("tick");
            assert_eq!(tick["rows"][0]["values"][place], f64::from(sample));
            assert_eq!(tick["sequence"], sample);
            let told = tick["functions"].as_array().unwrap();
            assert_eq!(told.iter().any(|f| f["function"] == "served"), sample == 2, "{told:?}");
        }

        let history = tell("/api/v1/history?figure=queue_depth&last=3");
        assert_eq!(history["series"][0]["values"], serde_json::json!([2.0, 3.0, 4.0]));
        assert_eq!(history["seconds"], serde_json::json!([1.0, 2.0, 3.0]));
        let stretches = tell("/api/v1/history?figure=queue_depth&last=60&step=2");
        assert_eq!(stretches["series"][0]["buckets"][1]["mean"], 3.5);
        let asked = tell("/api/v1/history?figure=process_cpu_time_seconds_total");
        assert_eq!(asked["series"].as_array().unwrap().len(), 2);
        let missing = tell("/api/v1/history?figure=queue_dept");
        assert!(missing["error"].as_str().unwrap().contains("queue_dept"), "{missing}");
        assert!(tell("/api/v1/history")["error"].is_string());
        assert_eq!(tell("/api/v1/snapshot")["sequence"], 4);
        let known = tell("/api/v1/functions?last=60");
        let served = known.as_array().unwrap().iter().find(|f| f["function"] == "served").unwrap();
        assert_eq!(served["calls"], 1);
        let before = tell("/api/v1/functions?from=0&to=1000000000");
        assert!(before.as_array().unwrap().iter().all(|f| f["calls"] == 0), "{before}");
        for name in ["function=serve::served".to_owned(), format!("id={}", served["id"])] {
            let course = tell(&format!("/api/v1/history?{name}&last=60"));
            assert_eq!(course["function"]["calls"], 1, "{course}");
        }
        assert!(tell("/api/v1/history?function=nowhere")["error"].is_string());
        let early = tell("/api/v1/history?figure=queue_depth&from=0&to=5");
        assert_eq!(early["time"], serde_json::json!([]));
        assert!(tell("/api/v1/history?figure=queue_depth&from=0&step=2")["error"].is_string());
        assert!(tell("/api/v1/functions?from=yesterday")["error"].is_string());
        let figures = tell("/api/v1/figures");
        let figures = figures["figures"].as_array().unwrap();
        let own = figures.iter().find(|figure| figure["name"] == "queue_depth").unwrap();
        assert_eq!(own["value"], 4.0);
        if cfg!(feature = "chart") {
            let (head, svg) = get(address, "/chart.svg?last=60&theme=dark&lang=ko", "");
            assert!(head.contains("image/svg+xml") && svg.contains("메모리"), "{head}");
            assert_eq!(status(address, "/chart.svg?width=100000", ""), "400");
            assert_eq!(status(address, "/chart.png?figure=queue_depth", ""), "200");
            assert_eq!(status(address, "/chart.png?figure=queue_dept", ""), "404");
            // A request must not take the memory of the program.
            let many = format!("/chart.png?{}", "panel=disk&".repeat(1_000));
            assert_eq!(status(address, &many, ""), "400");
        } else {
            assert!(get(address, "/chart.svg", "").1.contains("feature `chart`"));
        }
        // The end of the monitor is the end of the stream.
        monitor.stop();
        let mut rest = Vec::new();
        let _ = events.stream.read_to_end(&mut rest);
    });
}

/// The column of a series in what one who begins to look is told.
fn told(start: &serde_json::Value, name: &str) -> Vec<Option<f64>> {
    let series = start["series"].as_array().unwrap();
    let place = series.iter().position(|series| series["name"] == name).unwrap();
    let columns = start["values"].as_array().unwrap();
    let column = columns.iter().find(|column| column[0] == place).unwrap();
    column[1].as_array().unwrap().iter().map(serde_json::Value::as_f64).collect()
}

#[test]
fn who_looks_is_told_of_what_is_retained_and_of_what_it_missed() {
    alone("who_looks_is_told_of_what_is_retained_and_of_what_it_missed", || {
        let clock = ManualClock::new();
        let mut second = 0_u32;
        let monitor = Monitor::builder()
            .serve("127.0.0.1:0")
            .clock(clock.clone())
            .history(Duration::from_mins(1))
            .retain(Duration::from_hours(1))
            .gauge("seconds", move || {
                second += 1;
                // A spike of one sample, ten minutes before the end.
                f64::from(if second == 300 { 5_000 } else { second - 1 })
            })
            .start()
            .unwrap();
        let tick = |times: u32| {
            for _ in 0..times {
                clock.advance(Duration::from_secs(1));
                monitor.flush();
            }
        };
        tick(900);
        let address = monitor.local_addr().unwrap();
        let mut events = Events::at(address, "");
        let start = events.next("start");
        let times: Vec<f64> = serde_json::from_value(start["times"].clone()).unwrap();
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
        let present = start["now"].as_array().unwrap();
        assert_eq!(present.len(), start["series"].as_array().unwrap().len());
        let reach = times[times.len() - 1] - times[0];
        assert!((840.0..=901.0).contains(&reach), "{reach}");
        let seconds = told(&start, "seconds");
        assert_eq!(seconds.len(), times.len());
        assert!(seconds.contains(&Some(5_000.0)), "the spike is lost: {seconds:?}");
        let last: Vec<_> = (841..=900_u32).map(|second| Some(f64::from(second))).collect();
        assert_eq!(seconds[seconds.len() - 60..], last);

        // Who comes back a little later is told the rest alone; too late, or from elsewhere, all.
        let id = events.last_id().to_owned();
        drop(events);
        tick(3);
        let back = Events::at(address, &format!("Last-Event-ID: {id}\r\n")).next("tick");
        let rows = back["rows"].as_array().unwrap();
        let place = start["series"].as_array().unwrap();
        let place = place.iter().position(|series| series["name"] == "seconds").unwrap();
        let found: Vec<_> = rows.iter().map(|row| row["values"][place].as_f64().unwrap()).collect();
        assert_eq!(found, [901.0, 902.0, 903.0]);
        Events::at(address, "Last-Event-ID: 0-1.2\r\n").next("start");
        tick(61);
        Events::at(address, &format!("Last-Event-ID: {id}\r\n")).next("start");
        monitor.stop();
    });
}

#[test]
fn samples_come_together_where_they_come_fast_and_none_is_left_out() {
    alone("samples_come_together_where_they_come_fast_and_none_is_left_out", || {
        let clock = ManualClock::new();
        let mut depth = 0.0;
        let builder = Monitor::builder().serve("127.0.0.1:0").clock(clock.clone());
        let builder = builder.interval(Duration::from_millis(10)).gauge("queue_depth", move || {
            depth += 1.0;
            depth
        });
        let monitor = builder.start().unwrap();
        let mut events = Events::at(monitor.local_addr().unwrap(), "");
        let start = events.next("start");
        let series = start["series"].as_array().unwrap();
        let place = series.iter().position(|series| series["name"] == "queue_depth").unwrap();
        let mut expected = told(&start, "queue_depth").last().unwrap().unwrap();
        for _ in 0..100 {
            clock.advance(Duration::from_millis(10));
            monitor.flush();
        }
        for _ in 0..4 {
            let rows = events.next("tick")["rows"].as_array().unwrap().clone();
            assert!((2..=20).contains(&rows.len()), "{}", rows.len());
            for row in rows {
                expected += 1.0;
                assert_eq!(row["values"][place], expected);
            }
        }
        assert!(expected >= 62.0, "{expected}");
        monitor.stop();
    });
}

/// What a browser hears.
struct Events {
    stream: TcpStream,
    rest: String,
    heard: String,
}

impl Events {
    fn at(address: SocketAddr, headers: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let request = format!("GET /api/v1/stream HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        Self { stream, rest: String::new(), heard: String::new() }
    }

    fn last_id(&self) -> &str {
        self.heard.lines().filter_map(|line| line.strip_prefix("id: ")).next_back().unwrap()
    }

    fn next(&mut self, name: &str) -> serde_json::Value {
        let start = format!("event: {name}\n");
        loop {
            let found = self.rest.find(&start).and_then(|from| {
                let data = from + self.rest[from..].find("data: ")? + "data: ".len();
                Some((data, data + self.rest[data..].find("\n\n")?))
            });
            if let Some((from, to)) = found {
                // An event may come in several pieces, each with its size before it.
                let text: String = self.rest[from..to].split("\r\n").step_by(2).collect();
                let value = serde_json::from_str(&text).unwrap();
                self.heard.push_str(&self.rest.drain(..to).collect::<String>());
                return value;
            }
            let mut buffer = [0; 8_192];
            let read = self.stream.read(&mut buffer).unwrap();
            assert!(read > 0, "it ended before {name}: {}", self.rest);
            self.rest.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
    }
}

#[test]
fn a_scraper_gets_the_metrics_alone_under_any_host() {
    alone("a_scraper_gets_the_metrics_alone_under_any_host", || {
        let monitor = Monitor::builder().serve_metrics("0.0.0.0:0").start().unwrap();
        let port = monitor.metrics_addr().unwrap().port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(monitor.local_addr(), None);
        assert_eq!(status(address, "/metrics", "Host: pay.internal\r\n"), "200");
        assert_eq!(status(address, "/healthz", "Host: pay.internal\r\n"), "200");
        assert_eq!(status(address, "/", ""), "404");
    });
}

#[test]
fn an_address_that_cannot_be_had_is_named_by_the_start() {
    alone("an_address_that_cannot_be_had_is_named_by_the_start", || {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken_address = taken.local_addr().unwrap().to_string();
        for address in [taken_address.as_str(), "no address", "127.0.0.1:99999", "192.0.2.1:80"] {
            for scrape_only in [false, true] {
                let builder = Monitor::builder();
                let builder = if scrape_only {
                    builder.serve_metrics(address)
                } else {
                    builder.serve(address)
                };
                let error = builder.start().unwrap_err();
                assert!(error.is_listen(), "{error:?}");
                assert!(error.to_string().contains(address), "{error:?}");
            }
        }
        // A start that failed leaves the place to the next.
        let monitor = Monitor::builder().serve("127.0.0.1:0").start().unwrap();
        let again = Monitor::builder().serve("127.0.0.1:0").start().unwrap_err();
        assert!(again.is_already_running(), "{again:?}");
        monitor.stop();
    });
}

#[test]
fn beyond_loopback_the_page_takes_a_token_or_leave() {
    alone("beyond_loopback_the_page_takes_a_token_or_leave", || {
        let error = Monitor::builder().serve("0.0.0.0:0").start().unwrap_err();
        assert!(error.is_config() && error.to_string().contains("token"), "{error:?}");
        let missing = Secret::env("RESMON_TEST_NO_SUCH_VARIABLE");
        let error = Monitor::builder().serve("127.0.0.1:0").token(missing).start().unwrap_err();
        assert!(format!("{error:?}").contains("RESMON_TEST_NO_SUCH_VARIABLE"), "{error:?}");

        let builder = Monitor::builder().serve("0.0.0.0:0").token(Secret::new("s3cret"));
        let monitor = builder.start().unwrap();
        let port = monitor.local_addr().unwrap().port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        assert_eq!(status(address, "/", ""), "401");
        assert_eq!(status(address, "/metrics", "Authorization: Bearer wrong\r\n"), "401");
        assert_eq!(status(address, "/metrics", "Authorization: Bearer s3cret\r\n"), "200");
        monitor.stop();
        Monitor::builder().serve("0.0.0.0:0").allow_unauthenticated().start().unwrap().stop();
    });
}

#[test]
fn health_tells_when_no_sample_is_taken_any_more() {
    let clock = ManualClock::new();
    let hang = std::sync::Arc::new(std::sync::Barrier::new(2));
    let (wait, mut first) = (std::sync::Arc::clone(&hang), true);
    let monitor = Monitor::builder()
        .private()
        .clock(clock.clone())
        .serve("127.0.0.1:0")
        .gauge("hangs", move || {
            if !std::mem::take(&mut first) {
                wait.wait();
            }
            1.0
        })
        .start()
        .unwrap();
    let address = monitor.local_addr().unwrap();
    assert_eq!(status(address, "/healthz", ""), "200");
    clock.advance(Duration::from_secs(10));
    assert_eq!(status(address, "/healthz", ""), "503");
    assert_eq!(status(address, "/metrics", ""), "200");
    hang.wait();
    let end = std::sync::Arc::clone(&hang);
    // The last sample of a stop hangs as well, until this lets it go.
    let release = std::thread::spawn(move || end.wait());
    monitor.stop();
    release.join().unwrap();
}

#[test]
fn the_environment_says_where_to_serve() {
    const MARK: &str = "RESMON_SERVE";
    if std::env::var_os(MARK).is_some() {
        let builder = Monitor::builder().from_env().unwrap().serve("no address");
        let monitor = builder.start().unwrap();
        assert_eq!(status(monitor.local_addr().unwrap(), "/healthz", ""), "200");
        return;
    }
    let program = std::env::current_exe().unwrap();
    let mut run = std::process::Command::new(program);
    run.args(["--exact", "the_environment_says_where_to_serve"]).env(MARK, "127.0.0.1:0");
    let run = run.output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}
