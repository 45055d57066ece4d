//! The whole text, and what `promtool` has to say of it.

use std::{
    borrow::Cow,
    io::Write,
    process::{Command, Stdio},
    sync::Arc,
    time::SystemTime,
};

use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::PrometheusBuilder;

use super::{store::Store, *};
use crate::{
    figure::{self, Definition, Kind, Unit},
    snapshot::{Series, Snapshot},
};

const BOUNDS: &[f64] = &[0.005, 0.1, 1.0];

/// Name, labels and value of a series.
type One<'a> = (&'static str, &'a [(&'static str, &'static str)], f64);

fn snapshot(series: &[One<'_>]) -> Snapshot {
    let mut snapshot = Snapshot::empty(SystemTime::UNIX_EPOCH);
    let of = |(name, labels, _): &One<'_>| {
        let definition = match figure::definition(name) {
            Some(definition) => Cow::Borrowed(definition),
            None => Cow::Owned(Definition::gauge(*name)),
        };
        let labels = labels.iter().map(|(k, v)| (Cow::Borrowed(*k), Cow::Borrowed(*v)));
        Series::new(definition, labels.collect())
    };
    snapshot.series = Arc::new(series.iter().map(of).collect());
    snapshot.values = series.iter().map(|(_, _, value)| Some(*value)).collect();
    snapshot
}

/// One series of every figure that is no histogram.
fn everything() -> Snapshot {
    let labels: &[_] = &[("source", "we\"ird \\ \n"), ("backend", "")];
    let figures = figure::catalogue().filter(|figure| figure.kind() != Kind::Histogram);
    let mut series: Vec<_> = figures.map(|figure| (figure.name(), labels, 0.125)).collect();
    series.push(("queue_depth", &[("queue name", "mail")], 3.0));
    let mut snapshot = snapshot(&series);
    let working = Definition::counter("worker_seconds_total").with_unit(Unit::Seconds);
    Arc::make_mut(&mut snapshot.series).push(Series::new(Cow::Owned(working), Vec::new()));
    snapshot.values.push(Some(1.5));
    snapshot
}

const DURATION: HistogramData<'static> =
    HistogramData { bounds: BOUNDS, buckets: &[1, 2, 0, 1], sum: 1.75 };

const FUNCTIONS: &[FunctionSeries<'static>] = &[
    FunctionSeries {
        function: "checkout",
        module: "shop",
        result: "ok",
        labels: &[("tenant", "a"), ("le", "not mine")],
        metric: None,
        objective: crate::calls::Objective::NONE,
        calls: 4,
        duration: Some(DURATION),
    },
    FunctionSeries {
        function: "checkout",
        module: "shop",
        result: "error",
        labels: &[],
        metric: None,
        objective: crate::calls::Objective::NONE,
        calls: 0,
        duration: None,
    },
];

fn with_foreign(snapshot: &Snapshot, foreign: Foreign<'_>) -> String {
    render(&Input {
        snapshot: Some(snapshot),
        amounts: &[],
        functions: FUNCTIONS,
        sample_duration: Some(&DURATION),
        foreign,
        labels: &[("service".into(), "pay".into()), ("zone".into(), String::new())],
        skip: &|_| false,
    })
}

/// Every series (name and labels) that appears twice, and every doubled TYPE line.
fn doubled(text: &str) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    let ids = text.lines().filter(|line| !line.starts_with("# HELP")).map(|line| match line {
        line if line.starts_with('#') => {
            line.split(' ').nth(2).unwrap_or_default().to_owned() + " type"
        }
        line => line.rsplit_once(' ').map_or(line, |(series, _)| series).to_owned(),
    });
    ids.filter(|id| !seen.insert(id.clone())).collect()
}

/// What others record while resmon's recorder is installed.
fn record_others() {
    describe_counter!("request_count_total", "Requests served.");
    counter!("request_count_total", "path" => "/").increment(3);
    describe_histogram!("latency_seconds", "Time of a request.");
    histogram!("latency_seconds").record(0.5);
    counter!("function_calls_total", "function" => "checkout", "module" => "shop", "result" => "ok", "tenant" => "a").increment(99);
    counter!("function_calls_total", "function" => "other", "module" => "lib", "result" => "ok")
        .increment(5);
    histogram!("function_calls_duration_seconds", "function" => "other", "module" => "lib", "result" => "ok").record(0.5);
    gauge!("process_cpu_seconds_total").set(9.5);
}

/// Everything resmon publishes, as the program's own exporter shows it.
fn text_of_a_users_recorder() -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    metrics::with_local_recorder(&recorder, || {
        for figure in figure::catalogue() {
            let (name, help) = (figure.name(), figure.help());
            match figure.kind() {
                Kind::Counter if !figure.is_fractional() => {
                    describe_counter!(name, help);
                    counter!(name).increment(2);
                }
                Kind::Histogram => {
                    describe_histogram!(name, help);
                    histogram!(name).record(0.5);
                }
                _ => {
                    describe_gauge!(name, help);
                    gauge!(name).set(0.5);
                }
            }
        }
        describe_gauge!("worker_seconds_total", "Time the workers worked.");
        gauge!("worker_seconds_total").set(1.5);
        describe_gauge!("theirs", "A gauge of the program.");
        gauge!("theirs").set(1.0);
    });
    recorder.handle().render()
}

fn promtool_says(text: &str) -> String {
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    // These names are node_exporter's, and so are their capitals.
    let own = |line: &&str| !(line.starts_with("node_") && line.contains("snake_case"));
    said.lines().filter(own).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_series_carries_the_global_labels_and_empty_ones_are_left_out() {
    let text = with_foreign(&everything(), Foreign::None);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(line.contains("service=\"pay\"") && !line.contains("=\"\""), "{line}");
    }
    assert!(text.contains(
        "function_calls_total{function=\"checkout\",module=\"shop\",result=\"error\",service=\"pay\"} 0\n"
    ));
    assert!(text.contains("queue_depth{queue_name=\"mail\",service=\"pay\"} 3\n"), "{text}");
}

#[test]
fn families_come_once_each_sorted_by_name() {
    let text = with_foreign(&everything(), Foreign::None);
    let names: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")).collect();
    assert!(names.is_sorted(), "{names:?}");
    assert_eq!(doubled(&text), Vec::<String>::new());
}

#[test]
fn resmons_own_reading_wins_over_what_was_recorded_under_its_name() {
    let (recorder, installed) = recorder::testing::build(BOUNDS);
    metrics::with_local_recorder(&recorder, record_others);
    let cpu = snapshot(&[("process_cpu_seconds_total", &[], 1.25)]);
    let exporter = installed.exporter_text();
    let text = with_foreign(&cpu, Foreign::Own { store: installed.store(), exporter: &exporter });
    assert_eq!(doubled(&text), Vec::<String>::new());
    for expected in [
        "# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total{service=\"pay\"} 1.25\n",
        "result=\"ok\",service=\"pay\",tenant=\"a\"} 4\n",
        "function_calls_total{function=\"other\",module=\"lib\",result=\"ok\",service=\"pay\"} 5\n",
        "function_calls_duration_seconds_count{function=\"other\",module=\"lib\",result=\"ok\",service=\"pay\"} 1\n",
        "request_count_total{path=\"/\"} 3\n",
    ] {
        assert!(text.contains(expected), "no {expected} in\n{text}");
    }
}

#[test]
fn a_name_recorded_before_it_was_owned_is_shown_once() {
    let store = Store::new(figure::catalogue(), BOUNDS);
    let exporter = "# TYPE queue_depth gauge\nqueue_depth 9\n";
    let text = with_foreign(&everything(), Foreign::Own { store: &store, exporter });
    assert_eq!(doubled(&text), Vec::<String>::new());
    assert!(!text.contains("queue_depth 9"));
}

#[test]
fn a_users_text_stands_with_its_types_put_right() {
    let user = text_of_a_users_recorder();
    let text = with_foreign(&everything(), Foreign::User(&user));
    assert_eq!(doubled(&text), Vec::<String>::new());
    assert!(
        text.contains("# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 0.5\n")
    );
    assert!(text.contains("# TYPE worker_seconds_total counter\n"));
    assert!(text.contains("# TYPE theirs gauge\ntheirs 1\n"));
    assert!(text.contains("queue_depth{queue_name=\"mail\",service=\"pay\"} 3\n"));
}

#[test]
fn skipping_concerns_resmons_own_families_alone() {
    let snapshot = everything();
    let text = render(&Input {
        snapshot: Some(&snapshot),
        amounts: &[],
        functions: FUNCTIONS,
        sample_duration: None,
        foreign: Foreign::User("# TYPE process_threads gauge\nprocess_threads 7\n"),
        labels: &[],
        skip: &|name| name.starts_with("process_"),
    });
    let process: Vec<_> = text.lines().filter(|line| line.starts_with("process_")).collect();
    assert_eq!(process, ["process_threads 7"]);
}

#[test]
#[ignore = "needs promtool"]
fn promtool_finds_nothing_to_say() {
    let snapshot = everything();
    assert_eq!(promtool_says(&with_foreign(&snapshot, Foreign::None)), "");

    let (recorder, installed) = recorder::testing::build(BOUNDS);
    metrics::with_local_recorder(&recorder, record_others);
    let exporter = installed.exporter_text();
    let own = Foreign::Own { store: installed.store(), exporter: &exporter };
    assert_eq!(promtool_says(&with_foreign(&snapshot, own)), "");

    let user = text_of_a_users_recorder();
    assert_ne!(promtool_says(&user), "", "nothing to put right");
    assert_eq!(promtool_says(&with_foreign(&snapshot, Foreign::User(&user))), "");
}
