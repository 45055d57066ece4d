//! What the tests of the attributes share.
#![allow(dead_code, unreachable_pub, reason = "each test file takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test without a runtime has failed")]

use std::{collections::BTreeMap, future::Future};

use metrics_util::debugging::{DebugValue, DebuggingRecorder};

/// What a recorder was told of the functions called while it was the thread's own.
#[derive(Debug, Default)]
pub struct Seen {
    calls: BTreeMap<(String, String), u64>,
    seconds: BTreeMap<(String, String), Vec<f64>>,
}

impl Seen {
    /// How many calls of `function` ended with `result`.
    pub fn calls(&self, function: &str, result: &str) -> u64 {
        self.calls.get(&(function.to_owned(), result.to_owned())).copied().unwrap_or(0)
    }

    /// The durations of the calls of `function` that ended with `result`.
    pub fn seconds(&self, function: &str, result: &str) -> &[f64] {
        self.seconds.get(&(function.to_owned(), result.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// Every function seen, with its result and number of calls.
    pub fn all(&self) -> Vec<(&str, &str, u64)> {
        self.calls.iter().map(|((f, r), n)| (f.as_str(), r.as_str(), *n)).collect()
    }
}

/// Runs `f` with a recorder of its own; its calls come there one by one.
pub fn seen<T>(f: impl FnOnce() -> T) -> (T, Seen) {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    let value = metrics::with_local_recorder(&recorder, f);
    let mut seen = Seen::default();
    for (key, _, _, value) in snapshotter.snapshot().into_vec() {
        let label = |name| {
            let label = key.key().labels().find(|label| label.key() == name);
            label.map(|label| label.value().to_owned()).unwrap_or_default()
        };
        let id = (label("function"), label("result"));
        let counts_calls = key.key().name() == "function_calls_total";
        match value {
            DebugValue::Counter(n) if counts_calls => *seen.calls.entry(id).or_default() += n,
            DebugValue::Histogram(values) => {
                seen.seconds.entry(id).or_default().extend(values.iter().map(|v| v.into_inner()));
            }
            DebugValue::Counter(_) | DebugValue::Gauge(_) => {}
        }
    }
    (value, seen)
}

/// As [`seen`], for a future: it runs to its end while the recorder is there.
pub fn seen_async<F: Future>(future: F) -> (F::Output, Seen) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    seen(|| runtime.block_on(future))
}
