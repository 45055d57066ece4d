//! What is known of the program.

use std::collections::HashMap;

use crate::feed::{About, Function, Series, Start, Tick, Told};

/// Samples of which the past is shown.
const KEPT: usize = 300;
/// Parts of the last minute, and how long each is.
const PARTS: usize = 30;
const SECONDS: f64 = 2.0;

/// What the table can be sorted by.
pub(crate) const SORTS: [&str; 4] = ["total", "calls/s", "p99", "errors"];

pub(crate) struct State {
    /// None while the program is reached; else why it is not.
    pub(crate) trouble: Option<String>,
    pub(crate) about: Option<About>,
    places: HashMap<String, usize>,
    latest: Vec<Option<f64>>,
    pub(crate) cpu: Vec<f64>,
    pub(crate) memory: Vec<f64>,
    functions: HashMap<usize, Function>,
    pub(crate) sort: usize,
    ticks: usize,
    /// The number of the part of the minute that is not over yet.
    part: f64,
}

impl State {
    pub(crate) fn new(address: &str) -> Self {
        Self {
            trouble: Some(format!("asking {address}")),
            about: None,
            places: HashMap::new(),
            latest: Vec::new(),
            cpu: Vec::new(),
            memory: Vec::new(),
            functions: HashMap::new(),
            sort: 0,
            ticks: 0,
            part: 0.0,
        }
    }

    pub(crate) fn lost(&mut self, why: &str) {
        self.trouble = Some(why.to_owned());
    }

    pub(crate) fn ticks(&self) -> usize {
        self.ticks
    }

    pub(crate) fn sort_by_the_next(&mut self) {
        self.sort = (self.sort + 1) % SORTS.len();
    }

    pub(crate) fn take(&mut self, told: Told) {
        self.trouble = None;
        match told {
            Told::Start(start) => self.begin(start),
            Told::Tick(tick) => self.go_on(tick),
        }
    }

    fn begin(&mut self, start: Start) {
        let address = String::new();
        *self = Self { trouble: None, sort: self.sort, ..Self::new(&address) };
        self.know(&start.series);
        let mut past = start.values.into_iter().collect::<HashMap<_, _>>();
        let mut column = |name: &str| {
            let place = self.places.get(name)?;
            Some(past.remove(place)?.into_iter().flatten().collect::<Vec<f64>>())
        };
        self.cpu = column("process_cpu_utilization_ratio").unwrap_or_default();
        self.memory = column("process_resident_memory_bytes").unwrap_or_default();
        self.about = Some(start.about);
        for mut function in start.functions {
            function.spark.resize(PARTS, 0);
            self.functions.insert(function.id, function);
        }
    }

    fn go_on(&mut self, tick: Tick) {
        self.know(&tick.series);
        for row in tick.rows {
            self.move_to((row.time / SECONDS).floor());
            self.latest = row.values;
            let now = |name| self.places.get(name).and_then(|place| *self.latest.get(*place)?);
            let (cpu, memory) =
                (now("process_cpu_utilization_ratio"), now("process_resident_memory_bytes"));
            self.cpu.extend(cpu);
            self.memory.extend(memory);
        }
        for past in [&mut self.cpu, &mut self.memory] {
            past.drain(..past.len().saturating_sub(KEPT));
        }
        self.ticks += 1;
        for mut function in tick.functions {
            let known = self.functions.remove(&function.id);
            let (spark, calls) =
                known.map_or((vec![0; PARTS], 0), |known| (known.spark, known.calls));
            function.spark = spark;
            function.spark[PARTS - 1] += function.calls.saturating_sub(calls);
            self.functions.insert(function.id, function);
        }
    }

    /// Makes room for the calls of the parts of the minute that have begun since.
    fn move_to(&mut self, part: f64) {
        let by = if self.part > 0.0 { (part - self.part).clamp(0.0, PARTS as f64) } else { 0.0 };
        self.part = part;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 30")]
        let by = by as usize;
        for function in self.functions.values_mut() {
            function.spark.drain(..by);
            function.spark.resize(PARTS, 0);
        }
    }

    fn know(&mut self, series: &[Series]) {
        for one in series {
            let labels = one.labels.iter().map(|(key, value)| format!("{{{key}={value}}}"));
            let name = one.name.clone() + &labels.collect::<String>();
            let place = self.places.len();
            self.places.entry(name).or_insert(place);
        }
    }

    /// A figure now.
    pub(crate) fn now(&self, name: &str) -> Option<f64> {
        *self.latest.get(*self.places.get(name)?)?
    }

    /// The functions, in the order that was chosen.
    pub(crate) fn functions(&self) -> Vec<&Function> {
        let by = |function: &Function| match SORTS[self.sort] {
            "calls/s" => function.rate.unwrap_or(0.0),
            "p99" => function.p99.unwrap_or(0.0),
            "errors" => (function.errors + function.panics) as f64,
            _ => function.total,
        };
        let mut all: Vec<_> = self.functions.values().collect();
        all.sort_by(|a, b| by(b).total_cmp(&by(a)).then(a.name.cmp(&b.name)));
        all
    }
}
