//! What of the settings cannot be carried out, and what to write instead.

use std::time::Duration;

use super::settings::Settings;
use crate::{
    Error,
    figure::{self, Definition, Kind},
    selection::Selection,
};

const SHORTEST_INTERVAL: Duration = Duration::from_millis(10);
const LONGEST_INTERVAL: Duration = Duration::from_hours(24);
const LONGEST_RETAINED: Duration = Duration::from_hours(24 * 31);
/// Samples kept at most: at 8 bytes and some 170 series, 1.4 GB.
const MOST_SAMPLES: u128 = 1_000_000;
/// Labels by which resmon or Prometheus tell series of one family apart.
const TAKEN_LABELS: [&str; 5] = ["le", "quantile", "function", "module", "result"];

/// Refuses what cannot be carried out.
pub(super) fn check(settings: &mut Settings) -> Result<(), Error> {
    settings.refused.take().map_or(Ok(()), Err)?;
    check_times(settings)?;
    check_labels(&settings.selection.labels)?;
    let declared = settings.sources.iter().flat_map(|source| &source.figures);
    let declared: Vec<&Definition> = declared.collect();
    for (i, definition) in declared.iter().enumerate() {
        check_figure(definition, &declared[..i])?;
    }
    for pattern in &settings.selection.without {
        check_pattern(pattern, &declared)?;
    }
    #[cfg(feature = "server")]
    check_addresses(settings)?;
    Ok(())
}

#[cfg(feature = "server")]
fn check_addresses(settings: &Settings) -> Result<(), Error> {
    let (page, metrics) = (&settings.serve, &settings.serve_metrics);
    if let Some(address) = page
        .as_ref()
        .filter(|address| metrics.as_ref() == Some(address) && !address.ends_with(":0"))
    {
        let attempt = format!(
            "serve on {address} twice: .serve(…) answers /metrics and /healthz too, and \
             .serve_metrics(…) takes another port"
        );
        return Err(Error::config(attempt));
    }
    if settings.token.is_some() && page.is_none() && metrics.is_some() {
        return Err(Error::config(
            "ask for a token: it guards .serve(…) alone, and .serve_metrics(…) is open to all",
        ));
    }
    Ok(())
}

fn check_times(settings: &Settings) -> Result<(), Error> {
    let (interval, history) = (settings.interval, settings.history());
    if !(SHORTEST_INTERVAL..=LONGEST_INTERVAL).contains(&interval) {
        let attempt = format!("sample every {interval:?}: an interval is 10ms to 24h");
        return Err(Error::config(attempt));
    }
    let refused = |why| {
        let attempt = format!("keep {history:?} of samples taken every {interval:?}: {why}");
        Err(Error::config(attempt))
    };
    if history < interval {
        return refused("raise .history(…) to one interval or more");
    }
    if let Some(retain) = settings.retain
        && !(Duration::from_mins(1)..=LONGEST_RETAINED).contains(&retain)
    {
        let attempt = format!("retain {retain:?}: what is retained is 1 minute to 31 days");
        return Err(Error::config(attempt));
    }
    if settings.samples() > MOST_SAMPLES {
        return refused("a million samples is the most; lower .history(…) or raise .interval(…)");
    }
    Ok(())
}

fn check_labels(labels: &[(String, String)]) -> Result<(), Error> {
    for (i, (key, _)) in labels.iter().enumerate() {
        let why = if !figure::is_label_name(key) {
            "a label name is ASCII letters, digits and _, no digit first, no __ in front"
        } else if TAKEN_LABELS.contains(&key.as_str()) {
            "series that are told apart by this label would become one"
        } else if labels[..i].iter().any(|(other, _)| other == key) {
            "it is given twice"
        } else {
            continue;
        };
        return Err(Error::config(format!("label every series with {key:?}: {why}")));
    }
    Ok(())
}

fn check_figure(definition: &Definition, before: &[&Definition]) -> Result<(), Error> {
    let name = definition.name();
    let ends_in_total = name.ends_with("_total");
    let why = if !figure::is_metric_name(name) {
        "a metric name is ASCII letters, digits and _, no digit first"
    } else if is_taken(name) {
        "the name is resmon's own"
    } else if before.iter().any(|other| other.name() == name) {
        "it is given twice"
    } else if definition.kind() == Kind::Counter && !ends_in_total {
        "the name of a counter ends in _total"
    } else if definition.kind() != Kind::Counter && ends_in_total {
        "only the name of a counter ends in _total; see Definition::counter"
    } else {
        return Ok(());
    };
    Err(Error::config(format!("supply the figure {name:?}: {why}")))
}

/// Whether a line of that name would stand for one of resmon's families.
fn is_taken(name: &str) -> bool {
    let histogram = |suffix| name.strip_suffix(suffix).and_then(figure::definition);
    let parts = ["_bucket", "_sum", "_count"].into_iter().filter_map(histogram);
    figure::definition(name).is_some()
        || parts.into_iter().any(|definition| definition.kind() == Kind::Histogram)
}

/// A family that does not exist is most likely a slip of the pen.
fn check_pattern(pattern: &str, declared: &[&Definition]) -> Result<(), Error> {
    let only = Selection { without: vec![pattern.to_owned()], ..Selection::default() };
    let known = |definition: &Definition| only.leaves_out(definition.name());
    if declared.iter().copied().any(known) || figure::catalogue().any(known) {
        return Ok(());
    }
    let inner_star = pattern.strip_suffix('*').unwrap_or(pattern).contains('*');
    let why = if inner_star { "a * stands at the end only" } else { "no figure has such a name" };
    Err(Error::config(format!("leave out {pattern:?}: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Readings, Source, SourceError, source::Declared};

    fn refused(settings: &mut Settings) -> String {
        let error = check(settings).unwrap_err();
        assert!(error.is_config());
        error.to_string()
    }

    struct Supplies(Vec<Definition>);

    impl Source for Supplies {
        fn name(&self) -> &'static str {
            "test"
        }

        fn figures(&self) -> Vec<Definition> {
            self.0.clone()
        }

        fn sample(&mut self, _: &mut Readings<'_>) -> Result<(), SourceError> {
            Ok(())
        }
    }

    fn supplying(figures: Vec<Definition>) -> Settings {
        let source = Declared::ask(Box::new(Supplies(figures))).unwrap();
        Settings { sources: vec![source], ..Settings::default() }
    }

    #[test]
    fn times_that_cannot_be_kept_are_refused_with_what_to_change() {
        for interval in [Duration::ZERO, Duration::from_millis(9), Duration::MAX] {
            let said = refused(&mut Settings { interval, ..Settings::default() });
            assert!(said.contains("10ms to 24h"), "{said}");
        }
        let history = Some(Duration::from_millis(999));
        let said = refused(&mut Settings { history, ..Settings::default() });
        assert!(said.contains("raise .history"), "{said}");
        let history = Some(Duration::MAX);
        let said = refused(&mut Settings { history, ..Settings::default() });
        assert!(said.contains("lower .history"), "{said}");
    }

    #[test]
    fn the_history_is_ten_minutes_or_sixty_samples_unless_told() {
        let usual = Settings::default();
        assert_eq!((usual.history(), usual.samples()), (Duration::from_mins(10), 600));
        let mut slow = Settings { interval: Duration::from_hours(1), ..Settings::default() };
        assert_eq!(slow.samples(), 60);
        check(&mut slow).unwrap();
    }

    #[test]
    fn labels_that_would_join_or_break_series_are_refused() {
        for (keys, why) in [
            (["le", "zone"], "told apart"),
            (["function", "zone"], "told apart"),
            (["zone", "zone"], "twice"),
            (["dash-ed", "zone"], "letters"),
            (["__name__", "zone"], "letters"),
        ] {
            let mut settings = Settings::default();
            settings.selection.labels = keys.map(|key| (key.to_owned(), "x".to_owned())).to_vec();
            let said = refused(&mut settings);
            assert!(said.contains(why), "{said}");
        }
    }

    #[test]
    fn names_of_figures_are_checked_once_and_for_all() {
        for (definition, why) in [
            (Definition::gauge("process_open_fds"), "resmon's own"),
            (Definition::gauge("function_calls_duration_seconds_sum"), "resmon's own"),
            (Definition::counter("jobs"), "ends in _total"),
            (Definition::gauge("jobs_total"), "only the name of a counter"),
            (Definition::gauge("job rate"), "letters"),
        ] {
            let said = refused(&mut supplying(vec![definition]));
            assert!(said.contains(why), "{said}");
        }
        let twice = vec![Definition::gauge("depth"), Definition::gauge("depth")];
        assert!(refused(&mut supplying(twice)).contains("twice"));
        check(&mut supplying(vec![Definition::counter("jobs_total")])).unwrap();
    }

    #[test]
    fn what_leaves_nothing_out_is_refused() {
        for (pattern, why) in [("proces_*", "no figure"), ("process_*_total", "at the end only")] {
            let mut settings = Settings::default();
            settings.selection.without = vec![pattern.to_owned()];
            let said = refused(&mut settings);
            assert!(said.contains(why), "{said}");
        }
    }
}
