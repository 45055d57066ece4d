//! What the program tells: its stream of events, read by a thread.

use std::{
    io::{BufRead, BufReader},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use anyhow::Context;
use serde::Deserialize;

/// How long to wait before it is asked anew.
const AGAIN: Duration = Duration::from_secs(1);

/// What comes from the program, or why nothing does.
pub(crate) enum News {
    Told(Told),
    Failed(String),
}

/// An event: everything, or what happened since the last one.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Told {
    Start(Start),
    Tick(Tick),
}

#[derive(Deserialize)]
pub(crate) struct Start {
    pub(crate) about: About,
    pub(crate) series: Vec<Series>,
    /// Of some series, by their place, the past.
    pub(crate) values: Vec<(usize, Vec<Option<f64>>)>,
    pub(crate) functions: Vec<Function>,
}

#[derive(Deserialize)]
pub(crate) struct About {
    pub(crate) program: String,
    pub(crate) pid: u32,
    pub(crate) host: String,
}

#[derive(Deserialize)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) labels: std::collections::BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(crate) struct Tick {
    pub(crate) rows: Vec<Row>,
    #[serde(default)]
    pub(crate) series: Vec<Series>,
    pub(crate) functions: Vec<Function>,
}

#[derive(Deserialize)]
pub(crate) struct Row {
    /// Seconds since the Unix epoch.
    pub(crate) time: f64,
    pub(crate) values: Vec<Option<f64>>,
}

#[derive(Deserialize, Clone)]
pub(crate) struct Function {
    pub(crate) id: usize,
    #[serde(rename = "function")]
    pub(crate) name: String,
    pub(crate) calls: u64,
    pub(crate) errors: u64,
    pub(crate) panics: u64,
    pub(crate) rate: Option<f64>,
    pub(crate) total: f64,
    pub(crate) p50: Option<f64>,
    pub(crate) p95: Option<f64>,
    pub(crate) p99: Option<f64>,
    /// Calls in each of thirty parts of the last minute, where there were any.
    #[serde(default)]
    pub(crate) spark: Vec<u64>,
}

/// Listens from now on; where the program is gone, until it is back.
pub(crate) fn listen(address: &str, token: Option<&str>) -> anyhow::Result<Receiver<News>> {
    let base =
        if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
    let url = format!("{}/api/v1/stream", base.trim_end_matches('/'));
    let authorization = token.map(|token| format!("Bearer {token}"));
    let (send, news) = channel();
    thread::Builder::new().name("feed".to_owned()).spawn(move || {
        loop {
            let ended = read(&url, authorization.as_deref(), &send);
            let why = ended.map_or_else(|error| format!("{error:#}"), |()| "it ended".to_owned());
            if send.send(News::Failed(format!("{url}: {why}"))).is_err() {
                return;
            }
            thread::sleep(AGAIN);
        }
    })?;
    Ok(news)
}

fn read(url: &str, authorization: Option<&str>, to: &Sender<News>) -> anyhow::Result<()> {
    let mut request = ureq::get(url);
    if let Some(authorization) = authorization {
        request = request.header("Authorization", authorization);
    }
    let body = request.call().context("it does not answer")?.into_body().into_reader();
    for line in BufReader::new(body).lines() {
        let line = line.context("it broke off")?;
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let told = serde_json::from_str(data).context("it tells something else")?;
        if to.send(News::Told(told)).is_err() {
            break;
        }
    }
    Ok(())
}
