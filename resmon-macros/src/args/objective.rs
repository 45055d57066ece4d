//! `objective(success = 99.9, latency = "250ms", percentile = 99)`.

use syn::{
    Error, Ident, Lit, LitStr, Result, Token, ext::IdentExt, parenthesized, parse::ParseStream,
};

use super::{
    set,
    values::{duration, string},
};

/// What the calls of a function are to keep to.
#[derive(Default)]
pub(crate) struct Objective {
    /// That of several functions, where it is given.
    pub(crate) name: Option<LitStr>,
    /// Percent of the calls that are to succeed.
    pub(crate) success: Option<String>,
    /// Percent of the calls that are to be done in the time.
    pub(crate) percentile: Option<String>,
    /// That time in nanoseconds.
    pub(crate) latency: Option<u64>,
}

impl Objective {
    pub(super) fn parse(key: &Ident, input: ParseStream<'_>) -> Result<Self> {
        let expected = "write `objective(success = 99.9)`, \
                        `objective(latency = \"250ms\", percentile = 99)`, or both";
        if !input.peek(syn::token::Paren) {
            return Err(Error::new(key.span(), expected));
        }
        let list;
        parenthesized!(list in input);
        let mut objective = Self::default();
        while !list.is_empty() {
            let name = list.call(Ident::parse_any)?;
            list.parse::<Token![=]>()?;
            match name.to_string().as_str() {
                "name" => set(&mut objective.name, &name, string("name", &list)?)?,
                "success" => set(&mut objective.success, &name, percent(&list)?)?,
                "percentile" => set(&mut objective.percentile, &name, percent(&list)?)?,
                "latency" => {
                    let limit = duration(&string("latency", &list)?)?;
                    set(&mut objective.latency, &name, limit)?;
                }
                _ => return Err(Error::new(name.span(), expected)),
            }
            if !list.is_empty() {
                list.parse::<Token![,]>()?;
            }
        }
        let whole = objective.latency.is_some() == objective.percentile.is_some();
        let any = objective.latency.is_some() || objective.success.is_some();
        if whole && any { Ok(objective) } else { Err(Error::new(key.span(), expected)) }
    }
}

/// Between 0 and 100, as it was written.
fn percent(input: ParseStream<'_>) -> Result<String> {
    let literal: Lit = input.parse()?;
    let (digits, value) = match &literal {
        Lit::Float(number) => (number.base10_digits(), number.base10_parse::<f64>()?),
        Lit::Int(number) => (number.base10_digits(), number.base10_parse::<f64>()?),
        _ => return Err(Error::new(literal.span(), "expected percent: `99.9`")),
    };
    if value > 0.0 && value < 100.0 {
        return Ok(digits.to_owned());
    }
    Err(Error::new(literal.span(), "percent of calls: more than 0, less than 100"))
}
