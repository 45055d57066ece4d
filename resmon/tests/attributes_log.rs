//! The line that `#[log_execution_time]` writes.
#![allow(clippy::unwrap_used, reason = "a poisoned lock is a failed test")]

mod support;

use std::{
    collections::BTreeMap,
    fmt::Debug,
    future::pending,
    panic::catch_unwind,
    sync::{Arc, Mutex},
    time::Duration,
};

use resmon::{log_execution_time, timed};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    subscriber::with_default,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry};

#[derive(Debug, Clone)]
struct Line {
    level: Level,
    target: String,
    fields: BTreeMap<&'static str, String>,
    elapsed: Option<f64>,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Line>>>);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.fields.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.insert(field.name(), value.to_owned());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        assert_eq!(field.name(), "elapsed");
        self.elapsed = Some(value);
    }
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let mut line = Line {
            level: *metadata.level(),
            target: metadata.target().to_owned(),
            fields: BTreeMap::new(),
            elapsed: None,
        };
        event.record(&mut line);
        self.0.lock().unwrap().push(line);
    }
}

/// The lines that `f` writes, apart from those of other crates.
fn lines(f: impl FnOnce()) -> Vec<Line> {
    let lines = Lines::default();
    with_default(registry().with(lines.clone()), f);
    let mut lines = lines.0.lock().unwrap().clone();
    lines.retain(|line| line.fields.contains_key("function"));
    lines
}

struct Secret;

#[log_execution_time]
fn works(_password: &str, _secret: Secret) -> u8 {
    std::thread::sleep(Duration::from_millis(2));
    1
}

#[log_execution_time]
fn fails() -> Result<(), std::num::ParseIntError> {
    "seven".parse::<u8>()?;
    Ok(())
}

#[log_execution_time]
fn fails_silently() -> Result<(), Secret> {
    Err(Secret)
}

#[log_execution_time]
fn panics() {
    panic!("as the test wants");
}

#[log_execution_time(name = "checkout", level = "debug", target = "shop")]
async fn waits() {
    pending::<()>().await;
}

#[timed]
fn silent() {}

#[test]
fn a_line_says_what_where_how_long_and_how_it_ended() {
    let lines = lines(|| assert_eq!(works("hunter2", Secret), 1));
    let [line] = &lines[..] else { panic!("one line, not {lines:?}") };
    assert_eq!((line.level, line.target.as_str()), (Level::INFO, "attributes_log"));
    assert_eq!(line.fields["function"], "works");
    assert_eq!(line.fields["module"], "attributes_log");
    assert_eq!(line.fields["result"], "ok");
    assert!(line.elapsed.is_some_and(|seconds| (0.002..1.0).contains(&seconds)));
    assert!(
        line.fields["message"].starts_with("works took ") && line.fields["message"].ends_with("ms")
    );
    let names: Vec<_> = line.fields.keys().copied().collect();
    assert_eq!(names, ["function", "message", "module", "result"], "arguments are not captured");
}

#[test]
fn a_failed_call_says_its_error() {
    let lines = lines(|| {
        assert!(fails().is_err());
        assert!(fails_silently().is_err());
        assert!(catch_unwind(panics).is_err());
    });
    let said: Vec<_> = lines
        .iter()
        .map(|line| {
            let error = line.fields.get("error").map(String::as_str);
            (line.fields["function"].as_str(), line.fields["result"].as_str(), error)
        })
        .collect();
    assert_eq!(
        said,
        [
            ("fails", "error", Some("invalid digit found in string")),
            ("fails_silently", "error", None),
            ("panics", "panic", None),
        ]
    );
}

#[test]
fn name_level_and_target_are_those_given() {
    let lines = lines(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            assert!(tokio::time::timeout(Duration::from_millis(1), waits()).await.is_err());
        });
        silent();
    });
    let [line] = &lines[..] else { panic!("one line, not {lines:?}") };
    assert_eq!((line.level, line.target.as_str()), (Level::DEBUG, "shop"));
    assert_eq!(
        (line.fields["function"].as_str(), line.fields["result"].as_str()),
        ("checkout", "cancelled")
    );
}

#[test]
fn a_logged_call_is_counted_and_timed_too() {
    let (_, seen) = support::seen(|| works("", Secret));
    assert_eq!(seen.all(), [("works", "ok", 1)]);
    assert_eq!(seen.seconds("works", "ok").len(), 1);
}

struct User {
    id: u64,
    name: String,
}

#[log_execution_time(fields(user = user.id, name = user.name, kind = "guest"))]
fn greets(user: User, by: &str) -> Result<String, String> {
    let User { name, .. } = user;
    if by.is_empty() { Err(name) } else { Ok(name) }
}

#[log_execution_time(level = "debug", fields(n = n + 1))]
async fn counts(n: u8) -> u8 {
    tokio::task::yield_now().await;
    n
}

#[test]
fn fields_have_the_values_of_the_entry() {
    let user = |name: &str| User { id: 7, name: name.to_owned() };
    let lines = lines(|| {
        let _ = greets(user("Ann\nb"), "me");
        let _ = greets(user("Bob"), "");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(counts(3));
    });
    let field = |line: usize, name| lines[line].fields.get(name).map(String::as_str);
    assert_eq!((field(0, "user"), field(0, "name")), (Some("7"), Some("Ann\\nb")));
    assert_eq!((field(0, "kind"), field(0, "result")), (Some("guest"), Some("ok")));
    assert_eq!((field(1, "name"), field(1, "error")), (Some("Bob"), Some("Bob")));
    assert_eq!((field(2, "n"), field(2, "function")), (Some("4"), Some("counts")));
}

#[test]
fn fields_are_not_worked_out_where_nobody_listens() {
    #[log_execution_time(fields(never = unheard()))]
    fn quiet() {}

    fn unheard() -> &'static str {
        panic!("nobody listens")
    }

    with_default(tracing::subscriber::NoSubscriber::default(), quiet);
}
