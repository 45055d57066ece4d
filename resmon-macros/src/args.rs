//! The first stage: the options in the brackets of an attribute.

use proc_macro2::{Span, TokenStream};
use syn::{
    Error, Ident, LitStr, Path, Result, Token, ext::IdentExt, parse::ParseStream, parse::Parser,
};

/// Which attribute it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attribute {
    LogExecutionTime,
    Timed,
    Counted,
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

const OPTIONS: [(&str, On); 12] = [
    ("name", On::Every),
    ("ok_if", On::Every),
    ("err_if", On::Every),
    ("in_flight", On::Every),
    ("slow", On::Clock),
    ("cpu", On::Every),
    ("count_alloc", On::Every),
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
    pub(crate) skip: Option<Span>,
    pub(crate) call: Option<Span>,
    /// Says of a value whether the call did its work, or whether it failed.
    pub(crate) ok_if: Option<Path>,
    pub(crate) err_if: Option<Path>,
    pub(crate) cpu: Option<Span>,
    pub(crate) count_alloc: Option<Span>,
    pub(crate) in_flight: Option<Span>,
    /// In nanoseconds.
    pub(crate) slow: Option<u64>,
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
        let mut options = Self::default();
        while !input.is_empty() {
            options.parse_one(attribute, input)?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
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
            "in_flight" => return set(&mut self.in_flight, &key, flag(&key, input)?),
            _ => {}
        }
        if !input.peek(Token![=]) {
            let value = match name.as_str() {
                "crate" | "ok_if" | "err_if" => "path",
                _ => "\"…\"",
            };
            return Err(Error::new(key.span(), format!("write `{name} = {value}`")));
        }
        input.parse::<Token![=]>()?;
        match name.as_str() {
            "name" => set(&mut self.name, &key, string(&name, input)?)?,
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

/// An option that has no value.
fn flag(key: &Ident, input: ParseStream<'_>) -> Result<Span> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(key.span());
    }
    Err(Error::new(key.span(), format!("`{key}` has no value: write `{key}` alone")))
}

fn string(name: &str, input: ParseStream<'_>) -> Result<LitStr> {
    let text: LitStr = input
        .parse()
        .map_err(|e| Error::new(e.span(), format!("expected a string: `{name} = \"…\"`")))?;
    if text.value().trim().is_empty() {
        return Err(Error::new(text.span(), format!("`{name}` must not be empty")));
    }
    Ok(text)
}

/// Nanoseconds, from `250ms` and the like.
fn duration(text: &LitStr) -> Result<u64> {
    let value = text.value();
    let digits = value.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(value.len());
    let (number, unit) = value.split_at(digits);
    let nanoseconds = match unit.trim() {
        "ns" => 1.0,
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        "m" => 6e10,
        _ => 0.0,
    };
    let number = number.parse().unwrap_or(0.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
    match (number * nanoseconds) as u64 {
        0 => {
            let message = format!("no duration `{value}`: write \"250ms\", \"1.5s\" or \"100us\"");
            Err(Error::new(text.span(), message))
        }
        nanoseconds => Ok(nanoseconds),
    }
}

/// The constant of `tracing::Level`.
fn level(text: &LitStr) -> Result<Ident> {
    let value = text.value();
    if ["trace", "debug", "info", "warn", "error"].contains(&value.as_str()) {
        return Ok(Ident::new(&value.to_uppercase(), Span::mixed_site()));
    }
    let message =
        format!("no level `{value}`: write \"trace\", \"debug\", \"info\", \"warn\" or \"error\"");
    Err(Error::new(text.span(), message))
}

/// A function that says what a value means.
fn judge(name: &str, input: ParseStream<'_>) -> Result<Path> {
    input.parse().map_err(|e| {
        let message = format!("expected a function of the value: `{name} = Option::is_some`");
        Error::new(e.span(), message)
    })
}

fn path(input: ParseStream<'_>) -> Result<Path> {
    input.call(Path::parse_mod_style).map_err(|e| {
        Error::new(e.span(), "expected a path to resmon: `crate = crate::reexported::resmon`")
    })
}
