//! A server that has no file descriptor left, and clients that only hold on to what they have.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use resmon::Monitor;

const MARK: &str = "RESMON_TEST_CROWDED";

/// The server, with so few file descriptors.
fn crowded(descriptors: u32) -> (Child, SocketAddr) {
    let program = std::env::current_exe().unwrap();
    let run = format!("ulimit -n {descriptors}; exec \"$0\" --exact serve --nocapture");
    let mut command = Command::new("sh");
    command.args(["-c", &run]).arg(program).env(MARK, "1").stdout(Stdio::piped());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| line.unwrap().strip_prefix("at ")?.parse().ok()).unwrap();
    // Its output is read to the end, so that it never waits for that.
    thread::spawn(move || lines.for_each(drop));
    (child, address)
}

/// Not a test but the child's part.
#[test]
fn serve() {
    if std::env::var_os(MARK).is_none() {
        return;
    }
    let monitor = Monitor::builder().serve("127.0.0.1:0").start().unwrap();
    println!("\nat {}", monitor.local_addr().unwrap());
    // Until the parent is gone.
    let _ = std::io::stdin().read(&mut [0]);
}

fn send(address: SocketAddr, text: &str) -> Option<TcpStream> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok()?;
    stream.write_all(text.as_bytes()).ok()?;
    Some(stream)
}

fn scrape(address: SocketAddr) -> Duration {
    let began = Instant::now();
    let request = format!("GET /metrics HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let mut stream = send(address, &request).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("process_cpu"), "{answer}");
    began.elapsed()
}

/// CPU time of a process, in hundredths of a second.
fn cpu(child: &Child) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn a_scraper_is_answered_in_a_second_whatever_others_hold() {
    let (mut child, address) = crowded(64);
    scrape(address);
    let host = format!("Host: {address}\r\n\r\n");
    // Readers that never read: more than any socket holds is asked for.
    let request = format!("GET /metrics HTTP/1.1\r\n{host}").repeat(200);
    let mut held: Vec<_> = (0..4).map(|_| send(address, &request)).collect();
    let mut longest = scrape(address);
    thread::sleep(Duration::from_secs(2));
    let before = cpu(&child);
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(6) {
        // Viewers that never read, heads that never end: again and again.
        for _ in 0..10 {
            held.push(send(address, &format!("GET /api/v1/stream HTTP/1.1\r\n{host}")));
            held.push(send(address, "GET /metrics HTTP/1.1\r\nHost"));
        }
        longest = longest.max(scrape(address));
        thread::sleep(Duration::from_millis(500));
    }
    let used = cpu(&child) - before;
    eprintln!("longest scrape {longest:?}, {used} hundredths of CPU in {:?}", began.elapsed());
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    // A busy accept loop would take all of a core.
    assert!(used < 150, "{used} hundredths of a second in six");
    drop(held);
    scrape(address);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
