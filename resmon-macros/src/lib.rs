//! The attributes of resmon.

mod args;
mod bindings;
mod expand;
mod item;
mod returns;
mod site;

use proc_macro::TokenStream;

use args::Attribute;

/// Times, counts and logs each call.
#[proc_macro_attribute]
pub fn log_execution_time(args: TokenStream, item: TokenStream) -> TokenStream {
    annotate(Attribute::LogExecutionTime, args, item)
}

/// Times and counts each call.
#[proc_macro_attribute]
pub fn timed(args: TokenStream, item: TokenStream) -> TokenStream {
    annotate(Attribute::Timed, args, item)
}

/// Counts each call.
#[proc_macro_attribute]
pub fn counted(args: TokenStream, item: TokenStream) -> TokenStream {
    annotate(Attribute::Counted, args, item)
}

/// A mistake is reported beside the item, which stays as it was, so that nothing that uses
/// it breaks too.
fn annotate(attribute: Attribute, args: TokenStream, item: TokenStream) -> TokenStream {
    if cfg!(resmon_off) {
        return item;
    }
    match expand::expand(attribute, args.into(), item.clone().into()) {
        Ok(Some(expanded)) => expanded.into(),
        Ok(None) => item,
        Err(mistake) => {
            let mut tokens = TokenStream::from(mistake.into_compile_error());
            tokens.extend(item);
            tokens
        }
    }
}
