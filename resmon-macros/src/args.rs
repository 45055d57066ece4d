//! The first stage: the options in the brackets of an attribute.

mod objective;
mod values;

use proc_macro2::{Span, TokenStream};
use syn::{
    Error, Expr, ExprPath, Ident, LitInt, LitStr, Path, Result, Token, ext::IdentExt,
    parse::ParseStream, parse::Parser,
};

pub(crate) use objective::Objective;
pub(crate) use values::Labels;
use values::{buckets, duration, fields, flag, judge, level, metric, path, string};

/// Which attribute it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    LogExecutionTime,
    Timed,
    Counted,
}

/// Whether that is the path of one of these attributes: bare, behind `resmon`, or behind what
/// the option `crate` says.
pub(crate) fn is_ours(path: &[String], krate: Option<&Path>) -> bool {
    let Some((last, before)) = path.split_last() else { return false };
    let here = || krate.map(|krate| krate.segments.iter().map(|s| s.ident.to_string()));
    Attribute::ALL.iter().any(|attribute| attribute.name() == last)
        && (before.last().is_none_or(|krate| krate == "resmon")
            || here().is_some_and(|krate| krate.eq(before.iter().cloned())))
}

impl Attribute {
    pub(crate) const ALL: [Self; 3] = [Self::LogExecutionTime, Self::Timed, Self::Counted];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::LogExecutionTime => "log_execution_time",
            Self::Timed => "timed",
            Self::Counted => "counted",
        }
    }

    /// The options it has, in the order in which they are told.
    fn options(self) -> impl Iterator<Item = &'static str> {
        let has = move |on: On| match on {
            On::Every => true,
            On::Clock => self != Self::Counted,
            On::Line => self == Self::LogExecutionTime,
        };
        OPTIONS.into_iter().filter(move |(_, on)| has(*on)).map(|(name, _)| name)
    }
}

/// Which attributes have an option.
#[derive(Clone, Copy)]
enum On {
    Every,
    /// Those that read the clock.
    Clock,
    /// The one that writes a line.
    Line,
}

const OPTIONS: [(&str, On); 19] = [
    ("name", On::Every),
    ("metric", On::Clock),
    ("help", On::Clock),
    ("buckets", On::Clock),
    ("objective", On::Clock),
    ("labels", On::Every),
    ("max_labels", On::Every),
    ("ok_if", On::Every),
    ("err_if", On::Every),
    ("in_flight", On::Every),
    ("slow", On::Clock),
    ("cpu", On::Every),
    ("count_alloc", On::Every),
    ("fields", On::Line),
    ("level", On::Line),
    ("target", On::Line),
    ("call", On::Every),
    ("skip", On::Every),
    ("crate", On::Every),
];

/// The options, as they were given.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<LitStr>,
    pub(crate) metric: Option<LitStr>,
    pub(crate) help: Option<LitStr>,
    pub(crate) buckets: Option<Vec<f64>>,
    pub(crate) objective: Option<Objective>,
    pub(crate) labels: Option<Labels>,
    pub(crate) max_labels: Option<LitInt>,
    pub(crate) skip: Option<Span>,
    pub(crate) call: Option<Span>,
    /// Says of a value whether the call did its work, or whether it failed.
    pub(crate) ok_if: Option<ExprPath>,
    pub(crate) err_if: Option<ExprPath>,
    pub(crate) cpu: Option<Span>,
    pub(crate) count_alloc: Option<Span>,
    pub(crate) in_flight: Option<Span>,
    /// In nanoseconds.
    pub(crate) slow: Option<u64>,
    pub(crate) fields: Option<Vec<(Ident, Expr)>>,
    pub(crate) level: Option<Ident>,
    pub(crate) target: Option<LitStr>,
    pub(crate) krate: Option<Path>,
}

impl Options {
    pub(crate) fn parse(attribute: Attribute, args: TokenStream) -> Result<Self> {
        let parse = |input: ParseStream<'_>| Self::parse_all(attribute, input);
        parse.parse2(args)
    }

    fn parse_all(attribute: Attribute, input: ParseStream<'_>) -> Result<Self> {
        let (mut options, mut other) = (Self::default(), None);
        while !input.is_empty() {
            let key = input.fork().call(Ident::parse_any).ok();
            other = other.or(key.filter(|key| key != "skip" && key != "crate"));
            options.parse_one(attribute, input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        if let (Some(help), None) = (&options.help, &options.metric) {
            let message = "`help` is that of a metric: give `metric = \"…\"` too";
            return Err(Error::new(help.span(), message));
        }
        if let (Some(most), None) = (&options.max_labels, &options.labels) {
            return Err(Error::new(most.span(), "there are no `labels(…)` to limit"));
        }
        if let (Some(most), Some(labels)) = (&options.max_labels, &options.labels)
            && (labels.at_entry.is_empty() || most.base10_parse::<u64>()? == 0)
        {
            let message = "a limit is 1 or more, and for labels whose value is an expression";
            return Err(Error::new(most.span(), message));
        }
        if let (Some(skip), Some(_)) = (options.skip, other) {
            let message = "`skip` leaves the function as it is: remove the other options";
            return Err(Error::new(skip, message));
        }
        Ok(options)
    }

    fn parse_one(&mut self, attribute: Attribute, input: ParseStream<'_>) -> Result<()> {
        if !input.peek(Ident::peek_any) {
            return Err(input.error(format!("expected an option: {}", listed(attribute))));
        }
        let key = input.call(Ident::parse_any)?;
        let name = key.to_string();
        if !attribute.options().any(|option| option == name) {
            return Err(unknown(attribute, &key));
        }
        match name.as_str() {
            "cpu" => return set(&mut self.cpu, &key, flag(&key, input)?),
            "call" => return set(&mut self.call, &key, flag(&key, input)?),
            "skip" => return set(&mut self.skip, &key, flag(&key, input)?),
            "count_alloc" => return set(&mut self.count_alloc, &key, flag(&key, input)?),
            "objective" => return set(&mut self.objective, &key, Objective::parse(&key, input)?),
            "fields" => return set(&mut self.fields, &key, fields(&key, input)?),
            "labels" => return set(&mut self.labels, &key, Labels::parse(&key, input)?),
            "in_flight" => return set(&mut self.in_flight, &key, flag(&key, input)?),
            _ => {}
        }
        if !input.peek(Token![=]) {
            let value = match name.as_str() {
                "crate" | "ok_if" | "err_if" => "path",
                "buckets" => "[0.01, 0.1, 1.0]",
                "max_labels" => "100",
                _ => "\"…\"",
            };
            return Err(Error::new(key.span(), format!("write `{name} = {value}`")));
        }
        input.parse::<Token![=]>()?;
        match name.as_str() {
            "name" => set(&mut self.name, &key, string(&name, input)?)?,
            "metric" => set(&mut self.metric, &key, metric(string(&name, input)?)?)?,
            "help" => set(&mut self.help, &key, string(&name, input)?)?,
            "buckets" => set(&mut self.buckets, &key, buckets(input)?)?,
            "max_labels" => set(&mut self.max_labels, &key, input.parse()?)?,
            "target" => set(&mut self.target, &key, string(&name, input)?)?,
            "slow" => set(&mut self.slow, &key, duration(&string(&name, input)?)?)?,
            "level" => set(&mut self.level, &key, level(&string(&name, input)?)?)?,
            "ok_if" => set(&mut self.ok_if, &key, judge(&name, input)?)?,
            "err_if" => set(&mut self.err_if, &key, judge(&name, input)?)?,
            _ => set(&mut self.krate, &key, path(input)?)?,
        }
        match (&self.ok_if, &self.err_if) {
            (Some(_), Some(_)) => Err(Error::new(key.span(), "`ok_if` or `err_if`, not both")),
            _ => Ok(()),
        }
    }
}

fn listed(attribute: Attribute) -> String {
    attribute.options().map(|option| format!("`{option}`")).collect::<Vec<_>>().join(", ")
}

fn unknown(attribute: Attribute, key: &Ident) -> Error {
    let (name, options) = (attribute.name(), listed(attribute));
    Error::new(key.span(), format!("`{name}` has no option `{key}`; it has {options}"))
}

fn set<T>(option: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    match option.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(key.span(), format!("`{key}` is given twice"))),
    }
}
