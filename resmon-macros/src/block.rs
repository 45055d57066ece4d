//! The attribute on a whole `impl`, `trait` or inline `mod`: it goes to each function inside.
//!
//! The block is walked token by token and nothing of it is rewritten, so code that is
//! half-written in an editor, or that only another macro understands, passes as it is.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Error, Path, Result};

use crate::args::{self, Attribute, Options};

/// The block with the attribute on every function that has a body and can be measured.
pub(crate) fn annotate(
    attribute: Attribute,
    args: &TokenStream,
    options: &Options,
    block: TokenStream,
) -> Result<TokenStream> {
    if let Some(name) = &options.name {
        let message = "`name` would be that of every function in the block: put it on one";
        return Err(Error::new(name.span(), message));
    }
    let here = Span::call_site();
    let krate = options
        .krate
        .as_ref()
        .map_or_else(|| quote_spanned!(here=> ::resmon), ToTokens::to_token_stream);
    let name = Ident::new(attribute.name(), here);
    let args = (!args.is_empty()).then(|| quote_spanned!(here=> (#args)));
    let measured = quote_spanned!(here=> #[#krate::#name #args]);
    let mut tokens: Vec<TokenTree> = block.into_iter().collect();
    let Some(TokenTree::Group(body)) = tokens.last_mut() else {
        // `mod name;`, which the compiler does not let attributes see into.
        let message = "there is no code here to measure: put the attribute on the functions";
        return Err(Error::new(here, message));
    };
    let mut inside = Group::new(
        body.delimiter(),
        each_function(body.stream(), &measured, options.krate.as_ref()),
    );
    inside.set_span(body.span());
    *body = inside;
    Ok(tokens.into_iter().collect())
}

/// The items with `measured` in front of those that take it.
fn each_function(items: TokenStream, measured: &TokenStream, krate: Option<&Path>) -> TokenStream {
    let mut tokens = items.into_iter().peekable();
    let mut annotated = TokenStream::new();
    while tokens.peek().is_some() {
        let mut item = Item::default();
        while let Some(token) = tokens.next() {
            if item.take(token, tokens.peek(), krate) {
                break;
            }
        }
        if item.is_measurable() {
            measured.to_tokens(&mut annotated);
        }
        annotated.extend(item.tokens);
    }
    annotated
}

/// The tokens of one item, as far as they are read.
#[derive(Default)]
struct Item {
    tokens: Vec<TokenTree>,
    /// What it is: the first of the words that begin an item and are no qualifier.
    keyword: Option<String>,
    is_const: bool,
    /// One of ours stands on it already.
    is_annotated: bool,
    has_body: bool,
}

impl Item {
    /// Takes the next token, which another may follow; true if it is the last of the item.
    fn take(&mut self, token: TokenTree, next: Option<&TokenTree>, krate: Option<&Path>) -> bool {
        let ended = match &token {
            TokenTree::Ident(word) => {
                self.take_word(&word.to_string());
                false
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => {
                let is_attribute =
                    matches!(self.tokens.last(), Some(TokenTree::Punct(p)) if p.as_char() == '#');
                self.is_annotated |= is_attribute && is_ours(&group.stream(), krate);
                // The inner attributes of a block are no part of its first item.
                is_inner(&self.tokens)
            }
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                self.has_body = self.ends_with_braces(next);
                self.has_body
            }
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(_) | TokenTree::Literal(_) => false,
        };
        self.tokens.push(token);
        ended
    }

    fn take_word(&mut self, word: &str) {
        if self.keyword.is_some() {
            return;
        }
        match word {
            "const" => self.is_const = true,
            "fn" | "impl" | "trait" | "mod" | "use" | "static" | "type" | "struct" | "enum"
            | "union" | "macro_rules" | "macro" => self.keyword = Some(word.to_owned()),
            _ => {}
        }
    }

    /// Whether braces are the item's last: not those of a constant or of `Array<{ N }>`.
    fn ends_with_braces(&self, next: Option<&TokenTree>) -> bool {
        let argument = matches!(next, Some(TokenTree::Punct(p)) if ">,".contains(p.as_char()));
        let valued = matches!(self.keyword.as_deref(), Some("use" | "static" | "type"));
        let constant = self.is_const && self.keyword.is_none();
        !(argument || valued || constant)
    }

    fn is_measurable(&self) -> bool {
        let takes = match self.keyword.as_deref() {
            Some("fn") => !self.is_const,
            Some("impl" | "trait" | "mod") => true,
            _ => false,
        };
        takes && self.has_body && !self.is_annotated
    }
}

/// Whether the attribute is one of these, or becomes one where its condition holds.
fn is_ours(attribute: &TokenStream, krate: Option<&Path>) -> bool {
    let mut path = Vec::new();
    for token in attribute.clone() {
        match token {
            TokenTree::Ident(word) => path.push(word.to_string()),
            TokenTree::Punct(punct) if punct.as_char() == ':' => {}
            TokenTree::Group(group) if path == ["cfg_attr"] => {
                let tokens: Vec<_> = group.stream().into_iter().collect();
                let comma =
                    |token: &TokenTree| matches!(token, TokenTree::Punct(p) if p.as_char() == ',');
                let mut behind = tokens.split(comma).skip(1);
                return behind.any(|one| is_ours(&one.iter().cloned().collect(), krate));
            }
            _ => break,
        }
    }
    args::is_ours(&path, krate)
}

/// Whether an attribute that ends here is one of the block itself: `#![…]`.
fn is_inner(before: &[TokenTree]) -> bool {
    let [.., TokenTree::Punct(hash), TokenTree::Punct(bang)] = before else { return false };
    hash.as_char() == '#' && bang.as_char() == '!'
}
