//! The call site: what is declared at the start of the body.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::{Ident, Path};

use crate::args::{Attribute, Options};

/// The static that stands for the function, and what is measured of its calls.
pub(crate) struct Site {
    attribute: Attribute,
    options: Options,
    /// Where resmon is found.
    pub(crate) krate: TokenStream,
    /// The type that says what is measured.
    pub(crate) measure: TokenStream,
}

impl Site {
    pub(crate) fn new(attribute: Attribute, options: Options) -> Self {
        let here = Span::mixed_site();
        let krate = options
            .krate
            .as_ref()
            .map_or_else(|| quote_spanned!(here=> ::resmon), Path::to_token_stream);
        let measure = match attribute {
            Attribute::LogExecutionTime => quote_spanned!(here=> #krate::__private::Logged),
            Attribute::Timed => quote_spanned!(here=> #krate::__private::Timed),
            Attribute::Counted => quote_spanned!(here=> #krate::__private::Counted),
        };
        Self { attribute, options, krate, measure }
    }

    /// The items at the start of the body.
    pub(crate) fn declaration(&self, fallible: bool) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let name = self.options.name.as_ref();
        let within = || quote_spanned!(here=> Within(#krate::__private::type_name::<__ResmonHere>));
        let label = name.map_or_else(within, |name| quote_spanned!(here=> Given(#name)));
        // A type whose path tells where the function stands.
        let marker = name.is_none().then(|| quote_spanned!(here=> enum __ResmonHere {}));
        let fallible = fallible.then(|| quote_spanned!(here=> .fallible()));
        let kind = match self.attribute {
            Attribute::LogExecutionTime => {
                let log = self.log();
                quote_spanned!(here=> .logged(#log))
            }
            Attribute::Counted => quote_spanned!(here=> .counted()),
            Attribute::Timed => TokenStream::new(),
        };
        quote_spanned! {here=>
            #marker
            #krate::__site!(__RESMON_SITE = #krate::__private::CallSite::new(
                #krate::__private::Label::#label,
                #krate::__private::module_path!()
            ) #fallible #kind);
        }
    }

    fn log(&self) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let Options { level, target, .. } = &self.options;
        let level = level.clone().unwrap_or_else(|| Ident::new("INFO", here));
        let module = || quote_spanned!(here=> #krate::__private::module_path!());
        let target = target.as_ref().map_or_else(module, ToTokens::to_token_stream);
        quote_spanned!(here=> #krate::__log!(#target, #level))
    }
}
