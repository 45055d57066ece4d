//! The values that options take.

use proc_macro2::Span;
use syn::{
    Error, Expr, ExprLit, ExprPath, Ident, Lit, LitStr, Path, Result, Token, bracketed,
    ext::IdentExt, parenthesized, parse::ParseStream,
};

/// An option that has no value.
pub(super) fn flag(key: &Ident, input: ParseStream<'_>) -> Result<Span> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(key.span());
    }
    Err(Error::new(key.span(), format!("`{key}` has no value: write `{key}` alone")))
}

pub(super) fn string(name: &str, input: ParseStream<'_>) -> Result<LitStr> {
    let text: LitStr = input
        .parse()
        .map_err(|e| Error::new(e.span(), format!("expected a string: `{name} = \"…\"`")))?;
    if text.value().trim().is_empty() {
        return Err(Error::new(text.span(), format!("`{name}` must not be empty")));
    }
    Ok(text)
}

/// Nanoseconds, from `250ms` and the like.
pub(super) fn duration(text: &LitStr) -> Result<u64> {
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
pub(super) fn level(text: &LitStr) -> Result<Ident> {
    let value = text.value();
    if ["trace", "debug", "info", "warn", "error"].contains(&value.as_str()) {
        return Ok(Ident::new(&value.to_uppercase(), Span::mixed_site()));
    }
    let message =
        format!("no level `{value}`: write \"trace\", \"debug\", \"info\", \"warn\" or \"error\"");
    Err(Error::new(text.span(), message))
}

/// A function that says what a value means.
pub(super) fn judge(name: &str, input: ParseStream<'_>) -> Result<ExprPath> {
    input.parse().map_err(|e| {
        let message = format!("expected a function of the value: `{name} = Option::is_some`");
        Error::new(e.span(), message)
    })
}

pub(super) fn path(input: ParseStream<'_>) -> Result<Path> {
    input.call(Path::parse_mod_style).map_err(|e| {
        Error::new(e.span(), "expected a path to resmon: `crate = crate::reexported::resmon`")
    })
}

/// The name of a family that is not resmon's.
pub(super) fn metric(name: LitStr) -> Result<LitStr> {
    let value = name.value();
    let mut bytes = value.bytes();
    let fits = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let taken = ["_bucket", "_sum", "_count", "_total"].into_iter().find(|s| value.ends_with(s));
    let message = if !fits {
        format!("no metric name `{value}`: write ASCII letters, digits and `_`, no digit first")
    } else if let Some(suffix) = taken {
        format!("a histogram's name does not end in `{suffix}`: its series do")
    } else if value.starts_with("function_calls_duration_seconds") || value.starts_with("resmon_") {
        format!("`{value}` is resmon's own: choose another name")
    } else {
        return Ok(name);
    };
    Err(Error::new(name.span(), message))
}

/// Upper bounds in seconds, which rise.
pub(super) fn buckets(input: ParseStream<'_>) -> Result<Vec<f64>> {
    let expected = "expected upper bounds in seconds: `buckets = [0.01, 0.1, 1.0]`";
    if !input.peek(syn::token::Bracket) {
        return Err(input.error(expected));
    }
    let list;
    let brackets = bracketed!(list in input);
    let mut bounds: Vec<f64> = Vec::new();
    while !list.is_empty() {
        let literal: Lit = list.parse().map_err(|e| Error::new(e.span(), expected))?;
        let bound = match &literal {
            Lit::Float(number) => number.base10_parse::<f64>()?,
            Lit::Int(number) => number.base10_parse::<f64>()?,
            _ => return Err(Error::new(literal.span(), expected)),
        };
        if !bound.is_finite() || bound <= 0.0 {
            let message = "a bound is a number of seconds above 0; what is above the last bound is counted anyway";
            return Err(Error::new(literal.span(), message));
        }
        if bounds.last().is_some_and(|last| *last >= bound) {
            let message = "each bound is above the one before";
            return Err(Error::new(literal.span(), message));
        }
        bounds.push(bound);
        if !list.is_empty() {
            list.parse::<Token![,]>()?;
        }
    }
    if bounds.is_empty() {
        return Err(Error::new(brackets.span.join(), expected));
    }
    Ok(bounds)
}

/// `fields(user = user.id)`.
pub(super) fn fields(key: &Ident, input: ParseStream<'_>) -> Result<Vec<(Ident, Expr)>> {
    if !input.peek(syn::token::Paren) {
        return Err(Error::new(key.span(), "write `fields(user = expression)`"));
    }
    let list;
    parenthesized!(list in input);
    let mut fields: Vec<(Ident, Expr)> = Vec::new();
    while !list.is_empty() {
        let name: Ident = list.parse()?;
        let text = name.to_string();
        if !list.peek(Token![=]) {
            let message = format!("write `{text} = expression`: it is displayed at entry");
            return Err(Error::new(name.span(), message));
        }
        let taken = ["function", "module", "elapsed", "result", "error", "message"];
        if taken.contains(&text.as_str()) || fields.iter().any(|(other, _)| *other == name) {
            let message = format!("the field `{text}` is there already: choose another name");
            return Err(Error::new(name.span(), message));
        }
        list.parse::<Token![=]>()?;
        fields.push((name, list.parse()?));
        if !list.is_empty() {
            list.parse::<Token![,]>()?;
        }
    }
    Ok(fields)
}

/// `labels(tier = "gold", zone = expr)`.
pub(crate) struct Labels {
    /// Those whose value is written there.
    pub(crate) fixed: Vec<(String, LitStr)>,
    /// Those whose value is known at entry.
    pub(crate) at_entry: Vec<(String, Expr)>,
}

impl Labels {
    pub(super) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        if !input.peek(syn::token::Paren) {
            let message = "write `labels(tier = \"gold\", zone = expression)`";
            return Err(Error::new(key.span(), message));
        }
        let list;
        parenthesized!(list in input);
        let mut labels = Self { fixed: Vec::new(), at_entry: Vec::new() };
        while !list.is_empty() {
            let name = list.call(Ident::parse_any)?;
            let known = labels.check(&name)?;
            list.parse::<Token![=]>()?;
            match list.parse()? {
                Expr::Lit(ExprLit { lit: Lit::Str(value), .. }) => {
                    labels.fixed.push((known, value));
                }
                value => labels.at_entry.push((known, value)),
            }
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
        if labels.fixed.is_empty() && labels.at_entry.is_empty() {
            let message = "write `labels(tier = \"gold\", zone = expression)`";
            return Err(Error::new(key.span(), message));
        }
        Ok(labels)
    }

    fn check(&self, name: &Ident) -> Result<String> {
        let text = name.unraw().to_string();
        let mut known =
            self.fixed.iter().map(|(n, _)| n).chain(self.at_entry.iter().map(|(n, _)| n));
        let message = if ["function", "module", "result", "le", "quantile"].contains(&text.as_str())
        {
            format!("the label `{text}` is there already: choose another name")
        } else if text.starts_with("__") || !text.is_ascii() {
            format!("no label name `{text}`: write ASCII letters, digits and `_`, no `__` in front")
        } else if known.any(|other| *other == text) {
            format!("the label `{text}` is given twice")
        } else {
            return Ok(text);
        };
        Err(Error::new(name.span(), message))
    }
}
