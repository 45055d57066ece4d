//! The last stage: the function with the measurement around its body.
//!
//! Every variable that the body could see is resolved where this crate stands (`mixed_site`),
//! and none has a name that a static or a constant of the caller's may have, for these are
//! seen from here.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Error, Result, Type};

use crate::{
    args::{Attribute, Options},
    bindings, block,
    item::{Function, Item},
    returns::{Ending, Kind, Returned},
    site::Site,
};

/// What an annotated item becomes; None where it is left to the compiler as it is.
pub(crate) fn expand(
    attribute: Attribute,
    args: &TokenStream,
    item: TokenStream,
) -> Result<Option<TokenStream>> {
    let options = Options::parse(attribute, args.clone())?;
    if options.skip.is_some() {
        return Ok(None);
    }
    let mut function = match Item::parse(attribute, options.krate.as_ref(), item.clone())? {
        Item::Function(function) => function,
        Item::Block => return block::annotate(attribute, args, &options, item).map(Some),
        Item::Broken => return Ok(None),
    };
    if let (Some(call), true) = (options.call, function.sig.asyncness.is_some()) {
        let message = "an `async fn` is measured from its first poll to its end: remove `call`";
        return Err(Error::new(call, message));
    }
    let site = Site::new(attribute, options);
    let body = if function.sig.asyncness.is_some() {
        site.measure_async(&mut function)
    } else {
        site.measure(&mut function)?
    };
    let Function { attrs, vis, default, sig, body: original } = *function;
    let mut block = Group::new(Delimiter::Brace, body);
    block.set_span(original.span());
    Ok(Some(quote_spanned!(Span::mixed_site()=> #(#attrs)* #vis #default #sig #block)))
}

impl Site {
    fn measure(&self, function: &mut Function) -> Result<TokenStream> {
        let tracked = function.has_attribute("track_caller");
        if self.ends_with_the_call() && !tracked {
            let value = Returned::of(&function.sig.output);
            return Ok(self.value(function, &value));
        }
        let ending = Ending::of(&function.sig.output)?;
        Ok(match ending {
            Ending::Value(value) if self.judges() && !tracked => self.value(function, &value),
            Ending::Value(value) if self.judges() => return Err(unseen(&value)),
            Ending::Value(value) if value.kind == Kind::Plain && !value.is_opaque => {
                self.plain(function, &value.ty)
            }
            Ending::Value(value) if value.kind != Kind::Unknown => self.guard(function),
            // What an alias hides of its value goes unseen here.
            Ending::Value(value) if tracked && !value.is_result && !value.is_future => {
                self.guard(function)
            }
            Ending::Value(value) | Ending::Future(value) | Ending::BoxedFuture(value)
                if tracked =>
            {
                return Err(unseen(&value));
            }
            Ending::Value(value) => self.value(function, &value),
            Ending::Future(output) => self.future(function, &output),
            Ending::BoxedFuture(ty) => self.boxed_future(function, &ty),
        })
    }

    fn guard(&self, function: &Function) -> TokenStream {
        let here = Span::mixed_site();
        let body = inner(&function.body);
        let (declaration, enter) = (self.declaration(false, false), self.enter());
        quote_spanned! {here=>
            #declaration
            let _resmon_guard = #enter;
            #body
        }
    }

    /// What ends in the body's last expression is counted right there; the drop of the guard,
    /// which the compiler does not inline, is left to what returns before. The branch keeps
    /// what stands after a body that never ends from being called unreachable.
    fn plain(&self, function: &Function, ty: &Type) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let body = inner(&function.body);
        let (declaration, enter) = (self.declaration(false, false), self.enter());
        quote_spanned! {here=>
            #declaration
            let resmon_guard = #enter;
            let resmon_value: #ty = if true { #body } else { #krate::__private::never() };
            resmon_guard.finish(#krate::__private::Outcome::OK);
            resmon_value
        }
    }

    fn value(&self, function: &mut Function, value: &Returned) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let made = self.closure(function, &value.ty);
        let (declaration, enter) = (self.declaration(value.is_result, false), self.enter());
        let outcome = self.outcome();
        // A refusal of the type is reported where the type stands.
        let way = if self.ends_with_the_call() {
            quote_spanned!(here=> #krate::__private::ByValue)
        } else {
            quote_spanned! {here.located_at(value.span)=>
                (&&&#krate::__private::Probe(&resmon_value)).resmon_way()
            }
        };
        let end = quote_spanned!(here.located_at(value.span)=> #way.end(resmon_guard, resmon_value, #outcome));
        quote_spanned! {here=>
            #declaration
            let resmon_guard = #enter;
            let resmon_value = #made;
            {
                use #krate::__private::via::*;
                #end
            }
        }
    }

    fn future(&self, function: &mut Function, output: &Returned) -> TokenStream {
        let (here, krate, ty) = (Span::mixed_site(), &self.krate, &output.ty);
        let rebound = bindings::rebind_mut_references(&mut function.sig);
        let body = inner(&function.body);
        let made = quote_spanned! {here=>
            #krate::__private::future_of::<#ty, _>(|| { #rebound #body })
        };
        let declaration = self.declaration(output.is_result, true);
        let call = self.call(&made, output.kind, true);
        quote_spanned!(here=> #declaration #call)
    }

    fn boxed_future(&self, function: &mut Function, boxed: &Returned) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let made = self.closure(function, &boxed.ty);
        let declaration = self.declaration(boxed.is_result, true);
        let call = self.call(&made, Kind::Unknown, true);
        quote_spanned!(here=> #declaration #krate::__private::Box::pin(#call))
    }

    /// The body run in a closure that returns a `ty`.
    fn closure(&self, function: &mut Function, ty: &Type) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let rebound = bindings::rebind_mut_references(&mut function.sig);
        let body = inner(&function.body);
        quote_spanned!(here=> #krate::__private::run(|| -> #ty { #rebound #body }))
    }

    fn measure_async(&self, function: &mut Function) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let value = Returned::of(&function.sig.output);
        let rebound = bindings::rebind_all(&mut function.sig);
        let body = inner(&function.body);
        let ty = match value.kind {
            Kind::Never => quote_spanned!(here=> #krate::__private::Infallible),
            Kind::Plain | Kind::Unknown => value.ty.to_token_stream(),
        };
        // Without it the block's type would be inferred, where that of the body was given.
        let typed = quote_spanned! {here.located_at(value.span)=>
            return #krate::__private::never::<#ty>()
        };
        let block = quote_spanned! {here=>
            async move { if false { #typed; } #rebound #body }
        };
        let declaration = self.declaration(value.is_result, true);
        let call = self.call(&block, value.kind, false);
        match value.kind {
            Kind::Never => quote_spanned!(here=> #declaration match #call.await {}),
            Kind::Plain | Kind::Unknown => quote_spanned!(here=> #declaration #call.await),
        }
    }

    /// `future`, which yields a value of that kind, counted; `made` says that this is where
    /// it is created.
    fn call(&self, future: &TokenStream, value: Kind, made: bool) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let outcome = self.outcome();
        let classify = match value {
            _ if self.judges() => {
                quote_spanned!(here=> { use #krate::__private::via::*; #outcome })
            }
            Kind::Unknown => quote_spanned!(here=> { use #krate::__private::via::*; #outcome }),
            Kind::Plain | Kind::Never => quote_spanned!(here=> #krate::__private::always_ok),
        };
        self.call_future(future, &classify, made)
    }

    /// The closure that says what a value means, in the scope of its traits.
    fn outcome(&self) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let outcome =
            quote_spanned!(here=> (&&&#krate::__private::Probe(resmon_value)).resmon_outcome());
        match self.judgement() {
            None => quote_spanned!(here=> |resmon_value| #outcome),
            Some(failed) => quote_spanned!(here=> |resmon_value| #outcome.judged(#failed)),
        }
    }
}

fn unseen(value: &Returned) -> Error {
    let message = "under `#[track_caller]` the value cannot be seen, for the body must not \
                   move into a closure: drop one of the two attributes, or measure by hand \
                   with `resmon::timer!`";
    Error::new(value.span, message)
}

/// The body as a block in a block: the label keeps the braces from being called superfluous.
/// It has the span of the body, whose edition rules the temporaries of its last expression.
fn inner(body: &Group) -> TokenStream {
    quote_spanned!(body.span_open()=> '__resmon_body: #body)
}
