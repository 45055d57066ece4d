//! Labels, families and buckets of a function's own, as every text shows them.
#![deny(warnings)]
#![warn(clippy::pedantic)]
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]
#![cfg(feature = "prometheus")]

mod common;

use std::time::Duration;

use common::{alone, check, value};
use metrics_exporter_prometheus::PrometheusBuilder;
use resmon::{FunctionStats, Monitor};

struct Order {
    tier: String,
    items: Vec<u32>,
}

#[resmon::timed(labels(kind = "order", tier = order.tier), max_labels = 2)]
fn take(order: Order) -> Result<usize, String> {
    let Order { items, .. } = order;
    if items.is_empty() { Err("nothing".to_owned()) } else { Ok(items.len()) }
}

#[resmon::timed(
    metric = "request_processing_seconds",
    help = "Time spent processing a request.",
    buckets = [0.001, 0.1, 10]
)]
fn process(time: Duration) {
    std::thread::sleep(time);
}

#[resmon::counted(labels(zone = zone, size = list.len()))]
async fn store(zone: &str, list: Vec<u8>) -> usize {
    tokio::task::yield_now().await;
    drop(list);
    zone.len()
}

#[resmon::timed(in_flight, labels(n = n % 2))]
fn holds(n: u32, inside: impl FnOnce()) {
    inside();
}

fn order(tier: &str) -> Result<usize, String> {
    take(Order { tier: tier.to_owned(), items: vec![1; tier.len()] })
}

fn stats(monitor: &Monitor, function: &str) -> Vec<FunctionStats> {
    monitor.functions().into_iter().filter(|f| f.function() == function).collect()
}

#[test]
fn each_set_of_values_is_a_series_and_the_rest_is_other() {
    alone("each_set_of_values_is_a_series_and_the_rest_is_other", || {
        for (tier, times) in [("gold", 3), ("", 1), ("iron", 2), ("gold", 1), ("wood", 1)] {
            (0..times).for_each(|_| drop(order(tier)));
        }
        let handle = PrometheusBuilder::new().install_recorder().unwrap();
        let monitor = Monitor::start().unwrap();
        order("gold").unwrap();
        monitor.flush();
        let own = resmon::render();
        check(&own);
        for text in [&handle.render(), &own] {
            let calls = |tier, result| {
                let labels =
                    [("function", "take"), ("kind", "order"), ("tier", tier), ("result", result)];
                value(text, "function_calls_total", &labels)
            };
            assert_eq!(calls("gold", "ok"), Some(5.0), "{text}");
            assert_eq!(calls("other", "ok"), Some(3.0), "{text}");
            assert_eq!(calls("iron", "ok"), None, "{text}");
            assert!(!text.contains("function=\"take\",module=\"series\",result"), "{text}");
        }
        let gold = [("function", "take"), ("tier", "gold"), ("result", "error")];
        assert_eq!(value(&own, "function_calls_total", &gold), Some(0.0), "{own}");
        let overflows = value(&own, "resmon_label_overflows_total", &[("function", "take")]);
        assert_eq!(overflows, Some(3.0), "{own}");
        let sets = stats(&monitor, "take");
        let mut tiers: Vec<_> = sets.iter().map(|set| (set.labels()[1].1, set.calls())).collect();
        tiers.sort_unstable();
        assert_eq!(tiers, [("", 1), ("gold", 5), ("other", 3)]);
    });
}

#[test]
fn a_capture_tells_the_calls_apart_by_their_labels() {
    let ((), seen) = resmon::testing::capture(|| {
        order("silver").unwrap();
        order("silver").unwrap();
        order("bronze").unwrap();
    });
    assert_eq!(seen.calls("take").ok, 3);
    assert_eq!(seen.calls_with("take", &[("tier", "silver")]).ok, 2);
    assert_eq!(seen.calls_with("take", &[("tier", "none")]).ok, 0);
}

#[test]
fn a_metric_of_its_own_has_its_name_help_and_buckets() {
    alone("a_metric_of_its_own_has_its_name_help_and_buckets", || {
        let monitor = Monitor::builder().install_recorder().start().unwrap();
        process(Duration::ZERO);
        process(Duration::from_millis(5));
        process(Duration::from_millis(5));
        let text = resmon::render();
        check(&text);
        assert!(
            text.contains("# HELP request_processing_seconds Time spent processing a request.")
        );
        assert!(text.contains("# TYPE request_processing_seconds histogram"), "{text}");
        let labels = [("function", "process"), ("result", "ok")];
        let get = |name| value(&text, name, &labels);
        assert_eq!(get("request_processing_seconds_count"), Some(3.0), "{text}");
        assert_eq!(get("function_calls_total"), Some(3.0), "{text}");
        assert_eq!(get("function_calls_duration_seconds_count"), None, "{text}");
        for (bound, count) in [("0.001", 1.0), ("0.1", 3.0), ("10", 3.0), ("+Inf", 3.0)] {
            let labels = [("function", "process"), ("le", bound)];
            let found = value(&text, "request_processing_seconds_bucket", &labels);
            assert_eq!(found, Some(count), "{bound} in {text}");
        }
        monitor.stop();
    });
}

#[test]
fn a_users_recorder_gets_the_metric_by_its_name_directly_and_in_batches() {
    alone("a_users_recorder_gets_the_metric_by_its_name_directly_and_in_batches", || {
        let handle = PrometheusBuilder::new().install_recorder().unwrap();
        process(Duration::ZERO);
        let monitor = Monitor::start().unwrap();
        process(Duration::ZERO);
        monitor.flush();
        let text = handle.render();
        let count = value(&text, "request_processing_seconds_count", &[("function", "process")]);
        assert_eq!(count, Some(2.0), "{text}");
        assert!(text.contains("# HELP request_processing_seconds Time spent"), "{text}");
    });
}

#[test]
fn values_are_taken_at_entry_of_async_functions_too() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (sum, seen) = runtime.block_on(resmon::testing::capture_async(async {
        store("a", vec![1, 2]).await + store("bb", vec![]).await
    }));
    assert_eq!((sum, seen.calls("store").ok), (3, 2));
    runtime.block_on(async {
        store("a", vec![1, 2]).await;
        store("a", vec![3, 4]).await;
    });
    let monitor = Monitor::builder().private().start().unwrap();
    let stats = stats(&monitor, "store");
    let found = stats.iter().find(|s| s.labels() == [("zone", "a"), ("size", "2")]);
    assert_eq!(found.unwrap().calls(), 2);
}

#[test]
fn calls_under_way_are_told_apart_by_their_labels() {
    let monitor = Monitor::builder().private().start().unwrap();
    holds(1, || {
        holds(2, || {
            holds(3, || {
                let odd = |set: &&FunctionStats| set.labels() == [("n", "1")];
                let sets = stats(&monitor, "holds");
                assert_eq!(sets.iter().find(odd).unwrap().in_flight(), Some(2));
                assert_eq!(monitor.in_flight().len(), 3);
            });
        });
    });
    assert!(stats(&monitor, "holds").iter().all(|set| set.in_flight() == Some(0)));
}

#[resmon::timed(objective(success = 99.9, latency = "250ms", percentile = 99))]
fn checkout() -> Result<(), String> {
    Ok(())
}

#[resmon::timed(objective(name = "shop", latency = "30ms", percentile = 95))]
fn browse() {}

struct Basket;

impl Basket {
    #[resmon::timed(objective(success = 90))]
    fn load() -> u8 {
        1
    }
}

#[test]
fn an_objective_is_told_by_the_labels_of_autometrics() {
    alone("an_objective_is_told_by_the_labels_of_autometrics", || {
        let handle = PrometheusBuilder::new().set_buckets(&[0.1, 1.0]).unwrap().install_recorder();
        let handle = handle.unwrap();
        checkout().unwrap();
        let monitor = Monitor::start().unwrap();
        checkout().unwrap();
        browse();
        assert_eq!(Basket::load(), 1);
        monitor.flush();
        let own = resmon::render();
        check(&own);
        let of_checkout = ("objective_name", "checkout");
        for text in [&handle.render(), &own] {
            let labels = [of_checkout, ("objective_percentile", "99.9"), ("result", "ok")];
            assert_eq!(value(text, "function_calls_total", &labels), Some(2.0), "{text}");
            let zero = [of_checkout, ("objective_percentile", "99.9"), ("result", "error")];
            assert_eq!(value(text, "function_calls_total", &zero), Some(0.0), "{text}");
            let limit = ("objective_latency_threshold", "0.25");
            let labels = [of_checkout, ("objective_percentile", "99"), limit];
            let count = value(text, "function_calls_duration_seconds_count", &labels);
            assert_eq!(count, Some(2.0), "{text}");
            let calls: Vec<_> =
                text.lines().filter(|l| l.starts_with("function_calls_total")).collect();
            assert!(calls.iter().all(|line| !line.contains("threshold")), "{calls:?}");
        }
        let shop = [("objective_name", "shop"), ("objective_latency_threshold", "0.03")];
        let bound = [shop[0], shop[1], ("le", "0.03")];
        assert_eq!(
            value(&own, "function_calls_duration_seconds_bucket", &bound),
            Some(1.0),
            "{own}"
        );
        // Two methods of one name have two budgets.
        let load = [("objective_name", "Basket::load"), ("objective_percentile", "90")];
        assert_eq!(value(&own, "function_calls_total", &load), Some(1.0), "{own}");
        let browse =
            own.lines().find(|line| line.starts_with("function_calls_total{function=\"browse"));
        assert!(browse.is_some_and(|line| !line.contains("objective")), "no share is to succeed");
    });
}
