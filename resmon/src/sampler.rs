//! Sources in, a snapshot out. A source that fails degrades alone.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use crate::{
    clock::Moment,
    figure,
    snapshot::{Gap, Snapshot},
    source::{Backend, Declared, Demand, ProcessSource, Readings, SeriesId},
};

/// Reads every source, one after the other, on the caller's thread.
pub(crate) struct Sampler {
    sources: Vec<Watched>,
    started: Moment,
    snapshot: Snapshot,
}

/// A source and what is known of its failures.
struct Watched {
    declared: Declared,
    /// The series it began.
    own: Vec<SeriesId>,
    /// When it is read again, on the monitor's clock.
    due: Option<Duration>,
    errors: u64,
    errors_id: Option<SeriesId>,
    failing: bool,
}

impl Sampler {
    pub(crate) fn new(sources: Vec<Declared>, started: Moment) -> Self {
        let sources = sources.into_iter().map(Watched::new).collect();
        Self { sources, started, snapshot: Snapshot::empty(started.wall) }
    }

    /// What the process has done until now, read once and without a monitor. Empty where
    /// it cannot be read.
    pub(crate) fn process_now() -> Snapshot {
        let now = Moment::now();
        let process = ProcessSource::new(Backend::default(), Demand::Asked);
        let sources = process.and_then(|process| Declared::ask(Box::new(process))).into_iter();
        Self::new(sources.collect(), now).sample(now, None).clone()
    }

    /// What was read last.
    pub(crate) fn latest(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Reads every source now. Allocates only where a series is seen for the first time.
    pub(crate) fn sample(&mut self, now: Moment, gap: Option<Gap>) -> &Snapshot {
        let snapshot = &mut self.snapshot;
        snapshot.begin(now.wall);
        snapshot.since_start = now.monotonic.saturating_sub(self.started.monotonic);
        snapshot.gap = gap;
        for source in &mut self.sources {
            source.read_if_due(now, snapshot);
        }
        snapshot
    }
}

impl Watched {
    fn new(declared: Declared) -> Self {
        let own = Vec::new();
        Self { declared, own, due: None, errors: 0, errors_id: None, failing: false }
    }

    /// What it set before stands as long as it wishes.
    fn read_if_due(&mut self, now: Moment, snapshot: &mut Snapshot) {
        let (now, every) = (now.monotonic, self.declared.every);
        // Ticks come a little late, and some later than others: a twentieth too soon is in time.
        let due = self.due.is_none_or(|due| now.saturating_add(every / 20) >= due);
        if due {
            // On a grid, so that late ticks do not add up; anew where it was left.
            let from = self.due.map_or(now, |due| due.max(now.saturating_sub(every / 2)));
            self.due = Some(from.saturating_add(every));
            self.read(snapshot);
        }
    }

    fn read(&mut self, snapshot: &mut Snapshot) {
        let Declared { name, figures, source, most_series, .. } = &mut self.declared;
        let mut out = Readings {
            series: &mut snapshot.series,
            values: &mut snapshot.values,
            declared: figures,
            own: &mut self.own,
            most: *most_series,
            refused: 0,
        };
        out.clear();
        let read = catch_unwind(AssertUnwindSafe(|| source.sample(&mut out)))
            .unwrap_or_else(|_| Err("the source panicked".into()));
        let failed = read.is_err() || out.refused > 0;
        self.errors += out.refused + u64::from(read.is_err());
        // Once at the beginning of a failure, not once a tick.
        if failed && !self.failing {
            let error = read.err().map(|error| format!("{error:?}"));
            tracing::warn!(
                target: "resmon",
                source = name,
                error = error.as_deref().unwrap_or("a value or a name was refused"),
                "a source of figures fails; what it could not read is absent",
            );
        }
        self.failing = failed;
        self.count_errors(snapshot);
    }

    /// A source that never failed has no such series.
    fn count_errors(&mut self, snapshot: &mut Snapshot) {
        let name = figure::RESMON_COLLECT_ERRORS_TOTAL;
        if self.errors == 0 {
            return;
        }
        let Some(definition) = figure::definition(name) else { return };
        let mut out = Readings {
            series: &mut snapshot.series,
            values: &mut snapshot.values,
            declared: std::slice::from_ref(definition),
            own: &mut Vec::new(),
            most: 1,
            refused: 0,
        };
        let source = self.declared.name.as_str();
        self.errors_id = self.errors_id.or_else(|| out.series(name, &[("source", source)]));
        self.errors_id.into_iter().for_each(|id| out.put(id, self.errors as f64));
    }
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampler").field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Figure,
        figure::Definition,
        source::{Source, SourceError, custom::Closures},
    };

    struct Failing;

    impl Source for Failing {
        fn name(&self) -> &'static str {
            "failing"
        }

        fn figures(&self) -> Vec<Definition> {
            vec![Definition::gauge("before")]
        }

        fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
            out.set("before", &[], 1.0);
            out.set("undeclared", &[], 1.0);
            Err("no thing to read".into())
        }
    }

    fn closure(name: &'static str, read: impl FnMut() -> f64 + Send + 'static) -> Box<dyn Source> {
        let mut read = read;
        let definition = Definition::gauge(name);
        Box::new(Closures::named(name).figure(definition, Vec::new(), move || Some(read())))
    }

    fn asked(sources: Vec<Box<dyn Source>>) -> Vec<Declared> {
        sources.into_iter().map(|source| Declared::ask(source).unwrap()).collect()
    }

    fn errors(of: &'static str) -> Figure {
        Figure::named(figure::RESMON_COLLECT_ERRORS_TOTAL).with("source", of)
    }

    #[test]
    fn a_source_that_fails_loses_only_its_own_figures() {
        let sources: Vec<Box<dyn Source>> = vec![
            Box::new(Failing),
            closure("panics", || panic!("boom")),
            closure("nan", || f64::NAN),
            closure("fine", || 7.0),
        ];
        let mut sampler = Sampler::new(asked(sources), Moment::now());
        sampler.sample(Moment::now(), None);
        let now = sampler.sample(Moment::now(), None);
        assert_eq!(now.get("fine"), Some(7.0));
        assert_eq!(now.get("before"), Some(1.0));
        for absent in ["panics", "nan", "undeclared"] {
            assert_eq!(now.get(absent), None, "{absent}");
        }
        assert_eq!(now.get(errors("failing")), Some(4.0));
        assert_eq!(now.get(errors("panics")), Some(2.0));
        assert_eq!(now.get(errors("nan")), Some(2.0));
        assert_eq!(now.get(errors("fine")), None);
    }

    struct Endless(usize);

    impl Source for Endless {
        fn name(&self) -> &'static str {
            "endless"
        }

        fn figures(&self) -> Vec<Definition> {
            vec![Definition::gauge("latest_request")]
        }

        fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
            for _ in 0..700 {
                self.0 += 1;
                out.set("latest_request", &[("id", &self.0.to_string())], 1.0);
            }
            out.set("latest_request", &[("bad name", "x")], 1.0);
            out.set("latest_request", &[("id", "x"), ("id", "y")], 1.0);
            Ok(())
        }
    }

    #[test]
    fn a_source_has_a_thousand_series_and_no_more() {
        let mut sampler = Sampler::new(asked(vec![Box::new(Endless(0))]), Moment::now());
        let first = sampler.sample(Moment::now(), None);
        assert_eq!(first.get(errors("endless")), Some(2.0));
        let second = sampler.sample(Moment::now(), None);
        assert_eq!(second.iter().filter(|(s, _)| s.name() == "latest_request").count(), 300);
        assert_eq!(second.get(errors("endless")), Some(404.0));
    }

    struct Once;

    impl Source for Once {
        fn name(&self) -> &'static str {
            "once"
        }

        fn figures(&self) -> Vec<Definition> {
            vec![Definition::gauge("built")]
        }

        fn every(&self) -> Duration {
            Duration::MAX
        }

        fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
            out.set("built", &[], 1.0);
            Ok(())
        }
    }

    #[test]
    fn a_reading_may_stand_for_ever() {
        let start = Moment::now();
        let mut sampler = Sampler::new(asked(vec![Box::new(Once)]), start);
        for second in 0..3 {
            let monotonic = start.monotonic + Duration::from_secs(second);
            let now = sampler.sample(Moment { monotonic, ..start }, None);
            assert_eq!((now.get("built"), now.get(errors("once"))), (Some(1.0), None));
        }
    }

    struct Seldom(f64);

    impl Source for Seldom {
        fn name(&self) -> &'static str {
            "seldom"
        }

        fn figures(&self) -> Vec<Definition> {
            vec![Definition::gauge("readings")]
        }

        fn every(&self) -> Duration {
            Duration::from_mins(1)
        }

        fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
            self.0 += 1.0;
            out.set("readings", &[], self.0);
            if self.0 > 1.0 { Err("no more".into()) } else { Ok(()) }
        }
    }

    #[test]
    fn a_reading_stands_as_long_as_its_source_says() {
        let start = Moment::now();
        let mut sampler = Sampler::new(asked(vec![Box::new(Seldom(0.0))]), start);
        let mut at = |seconds| {
            let monotonic = start.monotonic + Duration::from_secs(seconds);
            let now = sampler.sample(Moment { monotonic, ..start }, None);
            (now.get("readings"), now.get(errors("seldom")))
        };
        assert_eq!(at(0), (Some(1.0), None));
        assert_eq!(at(56), (Some(1.0), None));
        assert_eq!(at(60), (Some(2.0), Some(1.0)));
        assert_eq!(at(61), (Some(2.0), Some(1.0)));
        assert_eq!(at(7_200), (Some(3.0), Some(2.0)));
    }

    #[test]
    fn ticks_that_come_a_little_late_lose_none_that_is_due() {
        struct Each(u64);

        impl Source for Each {
            fn name(&self) -> &'static str {
                "each"
            }

            fn figures(&self) -> Vec<Definition> {
                vec![Definition::gauge("readings")]
            }

            fn every(&self) -> Duration {
                Duration::from_secs(2)
            }

            fn sample(&mut self, out: &mut Readings<'_>) -> Result<(), SourceError> {
                self.0 += 1;
                out.set("readings", &[], self.0 as f64);
                Ok(())
            }
        }

        let start = Moment::now();
        let mut sampler = Sampler::new(asked(vec![Box::new(Each(0))]), start);
        let late = [3, 1, 0, 9, 2, 0, 1];
        let read = (0..20_u64).zip(late.into_iter().cycle()).map(|(second, late)| {
            let monotonic = start.monotonic + Duration::from_millis(second * 1_000 + late);
            sampler.sample(Moment { monotonic, ..start }, None).get("readings")
        });
        let expected = (0..20_u32).map(|second| Some(f64::from(second / 2 + 1)));
        assert!(read.eq(expected));
    }

    #[test]
    fn a_figure_that_is_not_set_again_is_absent_again() {
        let mut readings = [Some(1.0), None].into_iter();
        let source =
            Closures::named("once")
                .figure(Definition::gauge("once"), Vec::new(), move || readings.next().flatten());
        let mut sampler = Sampler::new(asked(vec![Box::new(source)]), Moment::now());
        assert_eq!(sampler.sample(Moment::now(), None).get("once"), Some(1.0));
        assert_eq!(sampler.sample(Moment::now(), None).get("once"), None);
    }
}
