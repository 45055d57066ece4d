//! Reads the shards and keeps what every function has done so far.

use std::{
    array,
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::{
    Amount, Amounts, CallResult, CallSite, Flights, FunctionStats, Measured, Metric, Objective,
    Period,
    activity::Activity,
    histogram::{Histogram, middle},
    past::{Past, Stretch},
    rate::Marks,
    registry, route,
    shard::{Delta, Seen},
    thread,
};
use crate::{
    clock::ticks,
    fork::{Held, PerProcess, per_process},
};

type Sums = [f64; Amount::ALL.len()];

/// What is known of one function since the start of the process. Sites of equal labels,
/// such as the instances of a macro, are one function.
#[derive(Debug)]
pub(crate) struct FunctionTotals {
    pub(crate) function: Arc<str>,
    pub(crate) module: &'static str,
    /// Labels beside these two, as the annotation gives them.
    pub(crate) labels: &'static [(&'static str, &'static str)],
    pub(crate) metric: Option<Metric>,
    /// Upper bounds of the buckets, in seconds.
    pub(crate) bounds: &'static [f64],
    pub(crate) objective: Objective,
    /// Only a call tells the values of its labels, so this stands for no series.
    pub(crate) is_base: bool,
    pub(crate) fallible: bool,
    /// Whether a recorder of the program's own was told of it.
    announced: bool,
    pub(crate) measured: Measured,
    /// Calls under way now; None where they are not looked at.
    pub(crate) in_flight: Option<usize>,
    /// For how long the oldest of them has been.
    pub(crate) oldest: Option<Duration>,
    /// In the units of their figures, by the number of the amount.
    amounts: Sums,
    /// What a recorder of the program's own has not been given of them.
    pending: Sums,
    results: [ResultTotals; CallResult::ALL.len()],
    /// Since the latest stretch of the past ended.
    lately: Activity,
}

impl FunctionTotals {
    fn of(site: &CallSite) -> Self {
        let objective = site.what_to_keep_to();
        let bounds = objective.in_bounds(site.bounds());
        Self {
            function: site.function().into(),
            module: site.module(),
            labels: site.labels(),
            metric: site.own_metric(),
            bounds,
            objective,
            is_base: site.label_sets().is_some(),
            fallible: site.is_fallible(),
            announced: false,
            measured: site.measured(),
            in_flight: site.flights().map(|_| 0),
            oldest: None,
            amounts: Sums::default(),
            pending: Sums::default(),
            results: array::from_fn(|_| ResultTotals::of(bounds)),
            lately: Activity::default(),
        }
    }

    fn take_undelivered(&mut self) -> Option<Undelivered> {
        if self.is_base {
            return None;
        }
        let first = !std::mem::replace(&mut self.announced, true);
        let quiet = self.in_flight.is_none();
        if !first && quiet && self.results.iter().all(|result| result.pending.calls == 0) {
            return None;
        }
        Some(Undelivered {
            function: Arc::clone(&self.function),
            module: self.module,
            labels: self.labels,
            metric: self.metric,
            objective: self.objective,
            fallible: self.fallible,
            first,
            measured: self.measured,
            in_flight: self.in_flight,
            amounts: std::mem::take(&mut self.pending),
            pending: array::from_fn(|i| std::mem::take(&mut self.results[i].pending)),
        })
    }

    /// An amount over all calls, in the unit of its figure; None where it is not measured.
    pub(crate) fn amount(&self, amount: Amount) -> Option<f64> {
        self.measured.has(amount).then_some(self.amounts[amount as usize])
    }

    fn add(&mut self, amounts: &Amounts, seconds_per_tick: f64, keep: bool) {
        // Only the type of its value told that it is async, and whether its creation is seen.
        for (amount, measured) in
            [(Amount::Polls, Measured::POLLS), (Amount::FirstPoll, Measured::CREATION)]
        {
            if amounts.get(amount) > 0 {
                self.measured = self.measured.and(measured);
            }
        }
        for amount in Amount::ALL {
            let value = amounts.get(amount) as f64 * amount.scale(seconds_per_tick);
            let known = &mut self.amounts[amount as usize];
            *known = if amount.is_max() { known.max(value) } else { *known + value };
            if keep {
                self.pending[amount as usize] += value;
            }
        }
    }

    /// Calls that ended, whatever their result.
    pub(super) fn calls(&self) -> u64 {
        self.results.iter().map(|result| result.calls).sum()
    }

    /// The totals of one result.
    pub(crate) fn result(&self, result: CallResult) -> &ResultTotals {
        &self.results[result as usize]
    }

    /// The duration in seconds that a share `q` of the calls, whatever their result, kept to.
    pub(crate) fn quantile(&self, q: f64) -> Option<f64> {
        let mut all = Histogram::default();
        for result in &self.results {
            all.merge(&result.histogram);
        }
        all.quantile(q).map(|ticks| ticks * ticks::seconds_per_tick())
    }
}

/// The calls of one function that ended in one result.
#[derive(Debug, Default)]
pub(crate) struct ResultTotals {
    pub(crate) calls: u64,
    /// Seconds spent in the timed ones.
    pub(crate) sum: f64,
    /// Seconds of the longest.
    pub(crate) max: f64,
    /// Calls by the bounds, each bucket for itself, the last above all bounds.
    pub(crate) buckets: Vec<u64>,
    histogram: Histogram,
    /// What a recorder of the program's own has not been given yet.
    pending: Pending,
}

/// Calls that wait for a recorder.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) calls: u64,
    pub(super) histogram: Histogram,
}

/// What a recorder of the program's own is still to be told of one function.
pub(super) struct Undelivered {
    pub(super) function: Arc<str>,
    pub(super) module: &'static str,
    pub(super) labels: &'static [(&'static str, &'static str)],
    pub(super) metric: Option<Metric>,
    pub(super) objective: Objective,
    pub(super) fallible: bool,
    /// It has not been told of the function at all.
    pub(super) first: bool,
    pub(super) measured: Measured,
    pub(super) in_flight: Option<usize>,
    /// In the units of their figures, by the number of the amount.
    pub(super) amounts: Sums,
    /// By the number of the result.
    pub(super) pending: [Pending; CallResult::ALL.len()],
}

/// Sites that are alike in this are one function.
type Identity =
    (String, &'static str, &'static [(&'static str, &'static str)], Option<Metric>, bool);

/// The reader of all shards; there is one in the process.
struct Collector {
    /// By the number of the shard.
    seen: Vec<Seen>,
    /// By the number of the site less one: which function it is.
    function_of_site: Vec<usize>,
    /// Sites whose calls under way are looked at, and which function each is.
    tracked: Vec<(&'static CallSite, usize)>,
    index: Option<HashMap<Identity, usize>>,
    functions: Vec<FunctionTotals>,
    marks: Marks,
    past: Past,
    /// Which functions did something lately.
    lately: Vec<usize>,
}

static COLLECTOR: PerProcess<Collector> = per_process!(Collector::new());

impl Collector {
    const fn new() -> Self {
        Self {
            seen: Vec::new(),
            function_of_site: Vec::new(),
            tracked: Vec::new(),
            index: None,
            functions: Vec::new(),
            marks: Marks::new(),
            past: Past::new(),
            lately: Vec::new(),
        }
    }

    fn learn_sites(&mut self) {
        for site in registry::since(self.function_of_site.len()) {
            let (labels, base) = (site.labels(), site.label_sets().is_some());
            let name = site.function().to_owned();
            let identity = (name, site.module(), labels, site.own_metric(), base);
            let index = self.index.get_or_insert_default();
            let function = *index.entry(identity).or_insert(self.functions.len());
            match self.functions.get_mut(function) {
                Some(known) => {
                    known.fallible |= site.is_fallible();
                    known.measured = known.measured.and(site.measured());
                }
                None => self.functions.push(FunctionTotals::of(site)),
            }
            self.function_of_site.push(function);
            if site.flights().is_some() {
                self.tracked.push((site, function));
            }
        }
    }

    fn look_at_flights(&mut self) {
        for &(site, function) in &self.tracked {
            self.functions[function].in_flight = site.flights().map(|_| 0);
            self.functions[function].oldest = None;
        }
        for &(site, function) in &self.tracked {
            let Some((count, oldest)) = site.flights().map(Flights::now) else { continue };
            let function = &mut self.functions[function];
            function.in_flight = function.in_flight.map(|known| known + count);
            function.oldest = function.oldest.max(oldest);
        }
    }

    fn collect(&mut self) {
        self.learn_sites();
        self.look_at_flights();
        let (mut rate, mut delta) = (None, Delta::default());
        for shard in thread::take_news() {
            // A site is registered before its first shard is published.
            if shard.site as usize > self.function_of_site.len() {
                self.learn_sites();
            }
            if shard.number >= self.seen.len() {
                self.seen.resize_with(shard.number + 1, Seen::default);
            }
            shard.read(&mut self.seen[shard.number], &mut delta);
            let number = self.function_of_site.get(shard.site as usize - 1).copied();
            let Some(number) = number else { continue };
            let rate = *rate.get_or_insert_with(ticks::seconds_per_tick);
            let keep = !shard.delivered && !route::is_own();
            let function = &mut self.functions[number];
            if self.past.is_kept() {
                if function.lately.is_empty() {
                    self.lately.push(number);
                }
                function.lately.add(shard.result, &delta, rate);
            }
            if let Some(amounts) = &delta.amounts {
                function.add(amounts, rate, keep);
            }
            let bounds = function.bounds;
            function.results[shard.result as usize].add(&delta, bounds, rate, keep);
        }
        let now = Instant::now();
        self.marks.set(now, self.functions.iter().map(FunctionTotals::calls));
        if self.past.is_due(now) {
            let activity = |number: &usize| (*number, &self.functions[*number].lately);
            self.past.end_stretch(now, SystemTime::now(), self.lately.iter().map(activity));
            for number in self.lately.drain(..) {
                self.functions[number].lately.clear();
            }
        }
    }
}

impl ResultTotals {
    fn of(bounds: &[f64]) -> Self {
        Self { buckets: vec![0; bounds.len() + 1], ..Self::default() }
    }

    /// Only the difference is converted, never the whole: a rate that grows more exact must
    /// not run a sum backwards.
    ///
    /// `keep` says that a recorder of the program's own is still to be given these calls.
    fn add(&mut self, delta: &Delta, bounds: &[f64], seconds_per_tick: f64, keep: bool) {
        let mut calls = delta.untimed;
        for &(page, bucket, added) in &delta.buckets {
            let seconds = middle(page, bucket) * seconds_per_tick;
            self.buckets[bounds.partition_point(|bound| *bound < seconds)] += added;
            self.histogram.add(page, bucket, added);
            if keep {
                self.pending.histogram.add(page, bucket, added);
            }
            calls += added;
        }
        self.calls += calls;
        if keep {
            self.pending.calls += calls;
        }
        self.sum += delta.sum as f64 * seconds_per_tick;
        self.max = self.max.max(delta.max as f64 * seconds_per_tick);
    }
}

fn collected() -> Held<'static, Collector> {
    let mut collector = COLLECTOR.lock();
    collector.collect();
    collector
}

/// Reads every shard.
pub(crate) fn collect() {
    drop(collected());
}

/// From now on keeps what the functions do, so far back.
pub(crate) fn keep_past(length: Duration) {
    collected().past.keep(length, Instant::now());
}

/// What is kept of a part of the past.
pub(super) struct Recent {
    pub(super) stretches: Vec<Stretch>,
    /// What was done since the last of them, where that is in the period.
    pub(super) open: Vec<(usize, Activity)>,
    /// The functions that are meant.
    pub(super) functions: Vec<FunctionStats>,
    /// How long the period was, as far as it is over and is kept.
    pub(super) seconds: f64,
}

/// Reads every shard and takes out what is kept of a period, all functions or those meant.
pub(super) fn recent(period: Period, meant: Option<&dyn Fn(&FunctionStats) -> bool>) -> Recent {
    let collector = collected();
    let (now, wall) = (Instant::now(), SystemTime::now());
    let stretches = collector.past.within(period);
    let seconds = collector.past.seconds_of(period, now, wall);
    let open = if period.holds(now, wall) { &collector.lately[..] } else { &[] };
    let open = open.iter().map(|number| (*number, collector.functions[*number].lately.clone()));
    let open: Vec<_> = open.collect();
    // A stretch counts whole where it ends in the period, however short that is.
    let covered: Duration = stretches.iter().map(Stretch::length).sum();
    let running = if open.is_empty() { Duration::ZERO } else { collector.past.running(now) };
    let seconds = seconds.max((covered + running).as_secs_f64());
    let all = collector.functions.iter().enumerate().filter(|(_, totals)| !totals.is_base);
    let all = all.map(|(number, totals)| FunctionStats::named(number, totals));
    let functions = all.filter(|stats| meant.is_none_or(|meant| meant(stats))).collect();
    Recent { stretches, open, functions, seconds }
}

/// Reads every shard and takes out what no recorder was given: the caller gives it to one.
pub(super) fn take_undelivered() -> Vec<Undelivered> {
    let mut collector = collected();
    let functions = collector.functions.iter_mut();
    functions.filter_map(FunctionTotals::take_undelivered).collect()
}

/// Reads every shard and shows what every function has done so far, each time in the same
/// order and new ones at the end. What is shown is locked meanwhile.
#[cfg(feature = "prometheus")]
pub(crate) fn with_totals<T>(show: impl FnOnce(&[FunctionTotals]) -> T) -> T {
    show(&collected().functions)
}

/// As [`with_totals`], one function at a time and with its calls a second lately.
pub(super) fn map_with_rates<T>(
    mut show: impl FnMut(usize, &FunctionTotals, Option<f64>) -> T,
) -> Vec<T> {
    let (collector, now) = (collected(), Instant::now());
    let numbered = collector.functions.iter().enumerate();
    let rate = |number, calls| collector.marks.rate(now, number, calls);
    numbered.map(|(number, totals)| show(number, totals, rate(number, totals.calls()))).collect()
}
