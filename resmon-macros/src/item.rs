//! The second stage: the function that the attribute stands on.
//!
//! The body stays a group of tokens: it is not ours to read, it keeps its spans, and a body
//! that is half-written in an editor passes through to the compiler as it is.

use proc_macro2::{Delimiter, Group, TokenStream};
use syn::{
    AttrStyle, Attribute, Error, Ident, Path, Result, Signature, Token, Visibility, ext::IdentExt,
    parse::ParseStream, parse::Parser,
};

use crate::args;

/// A function with a body.
pub(crate) struct Function {
    /// With the body's own attributes, which mean the same here.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) default: Option<Ident>,
    pub(crate) sig: Signature,
    pub(crate) body: Group,
}

/// What the attribute was put on.
pub(crate) enum Item {
    Function(Box<Function>),
    /// An `impl`, a `trait` or a `mod`.
    Block,
    /// What the compiler itself will complain about.
    Broken,
}

impl Item {
    /// `krate` is where resmon is found, if that was said.
    pub(crate) fn parse(
        attribute: args::Attribute,
        krate: Option<&Path>,
        item: TokenStream,
    ) -> Result<Self> {
        let parse = |input: ParseStream<'_>| parse_item(attribute, krate, input);
        parse.parse2(item)
    }
}

impl Function {
    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.attrs.iter().any(|attr| attr.path().is_ident(name))
    }
}

fn parse_item(
    attribute: args::Attribute,
    krate: Option<&Path>,
    input: ParseStream<'_>,
) -> Result<Item> {
    let mut attrs = input.call(Attribute::parse_outer)?;
    let vis: Visibility = input.parse()?;
    let default = parse_default(input)?;
    let rest = input.fork();
    let Ok(sig) = input.parse::<Signature>() else {
        input.parse::<TokenStream>()?;
        return other_item(attribute, &rest);
    };
    if let Some(constness) = sig.constness {
        let message = "a const fn cannot be measured, for it may run in the compiler: \
                       remove the attribute, or `const`";
        return Err(Error::new(constness.span, message));
    }
    if input.peek(Token![;]) {
        let message = format!(
            "there is no body to measure: put `#[{}]` on the functions that implement this one",
            attribute.name()
        );
        return Err(Error::new(sig.fn_token.span, message));
    }
    refuse_second(&attrs, krate)?;
    let body = parse_body(&mut attrs, input)?;
    Ok(match body {
        Some(body) => Item::Function(Box::new(Function { attrs, vis, default, sig, body })),
        None => Item::Broken,
    })
}

/// The `default` of a specialized method, which is a name everywhere else.
fn parse_default(input: ParseStream<'_>) -> Result<Option<Ident>> {
    let is_default = input.fork().call(Ident::parse_any).is_ok_and(|ident| ident == "default");
    if is_default { input.call(Ident::parse_any).map(Some) } else { Ok(None) }
}

/// Anything that is no function, or a function that is not written to its end.
fn other_item(attribute: args::Attribute, rest: ParseStream<'_>) -> Result<Item> {
    let name = attribute.name();
    while let Ok(token) = rest.call(Ident::parse_any) {
        match token.to_string().as_str() {
            "fn" => return Ok(Item::Broken),
            "impl" | "trait" | "mod" => return Ok(Item::Block),
            "unsafe" | "auto" | "async" | "extern" => {}
            _ => return Err(Error::new(token.span(), misplaced(name))),
        }
    }
    Err(rest.error(misplaced(name)))
}

fn misplaced(name: &str) -> String {
    format!("`#[{name}]` goes on a function, or on an `impl`, `trait` or `mod` of functions")
}

/// Two of them would count each call twice.
fn refuse_second(attrs: &[Attribute], krate: Option<&Path>) -> Result<()> {
    let ours = |attr: &&Attribute| {
        let segments = attr.path().segments.iter().map(|segment| segment.ident.to_string());
        args::is_ours(&segments.collect::<Vec<_>>(), krate)
    };
    match attrs.iter().find(ours) {
        None => Ok(()),
        Some(second) => Err(Error::new_spanned(
            second.path(),
            "one attribute measures a function: `log_execution_time` times and counts too, \
             `timed` counts too",
        )),
    }
}

/// The body; attributes at its start go over to the function. None where it is no block.
fn parse_body(attrs: &mut Vec<Attribute>, input: ParseStream<'_>) -> Result<Option<Group>> {
    let (Ok(body), true) = (input.parse::<Group>(), input.is_empty()) else {
        input.parse::<TokenStream>()?;
        return Ok(None);
    };
    if body.delimiter() != Delimiter::Brace {
        return Ok(None);
    }
    let parts = |body: ParseStream<'_>| {
        Ok((body.call(Attribute::parse_inner)?, body.parse::<TokenStream>()?))
    };
    let Ok((inner, rest)) = parts.parse2(body.stream()) else { return Ok(None) };
    if inner.is_empty() {
        return Ok(Some(body));
    }
    attrs.extend(inner.into_iter().map(|attr| Attribute { style: AttrStyle::Outer, ..attr }));
    let mut without = Group::new(Delimiter::Brace, rest);
    without.set_span(body.span());
    Ok(Some(without))
}
