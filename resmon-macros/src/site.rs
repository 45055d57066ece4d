//! The call site: what is declared at the start of the body.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Expr, Ident, LitStr, spanned::Spanned};

use crate::args::{Attribute, Labels, Objective, Options};

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
            .map_or_else(|| quote_spanned!(here=> ::resmon), ToTokens::to_token_stream);
        let measure = match attribute {
            Attribute::LogExecutionTime => quote_spanned!(here=> #krate::__private::Logged),
            Attribute::Timed => quote_spanned!(here=> #krate::__private::Timed),
            Attribute::Counted => quote_spanned!(here=> #krate::__private::Counted),
        };
        Self { attribute, options, krate, measure }
    }

    /// Whether the call ends with its return, even where that is a future.
    pub(crate) fn ends_with_the_call(&self) -> bool {
        self.options.call.is_some()
    }

    /// Whether an option says what a value means.
    pub(crate) fn judges(&self) -> bool {
        self.judgement().is_some()
    }

    /// Whether `value` says that the call failed.
    pub(crate) fn judgement(&self) -> Option<TokenStream> {
        let Options { ok_if, err_if, .. } = &self.options;
        let judge = ok_if.as_ref().or(err_if.as_ref())?;
        let not = ok_if.as_ref().map(|_| quote!(!));
        // A wrong type is reported where the function is named.
        let here = Span::mixed_site().located_at(judge.span());
        Some(quote_spanned!(here=> #not #judge(resmon_value)))
    }

    /// The call's beginning.
    pub(crate) fn enter(&self) -> TokenStream {
        let (here, measure) = (Span::mixed_site(), &self.measure);
        match self.extra() {
            None => quote_spanned!(here=> __RESMON_SITE.enter::<#measure>()),
            Some(extra) => quote_spanned!(here=> __RESMON_SITE.enter_with::<#measure, _>(#extra)),
        }
    }

    /// The future `inner`, counted as the call.
    pub(crate) fn call_future(
        &self,
        inner: &TokenStream,
        classify: &TokenStream,
        made: bool,
    ) -> TokenStream {
        let (here, krate, measure) = (Span::mixed_site(), &self.krate, &self.measure);
        let future = quote_spanned!(here=> #krate::__private::CallFuture);
        let timed = self.attribute != Attribute::Counted;
        let first = (made && timed)
            .then(|| quote_spanned!(here=> #krate::__private::FirstPoll::made_now()));
        let both = first.into_iter().chain(self.extra());
        match both.reduce(|a, b| quote_spanned!(here=> (#a, #b))) {
            None => quote_spanned! {here=>
                #future::<_, _, #measure>::new(&__RESMON_SITE, #inner, #classify)
            },
            // Before the arguments move into the future.
            Some(extra) => quote_spanned! {here=> {
                let resmon_extra = #extra;
                #future::<_, _, #measure, _>::with(&__RESMON_SITE, #inner, #classify, resmon_extra)
            }},
        }
    }

    /// What options add to each call; None without any.
    fn extra(&self) -> Option<TokenStream> {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let cpu = self.options.cpu.map(|_| quote_spanned!(here=> Cpu::default()));
        let in_flight = self.is_tracked().then(|| quote_spanned!(here=> InFlight::default()));
        // The last to resume and the first to pause: the others allocate.
        let alloc = self.options.count_alloc.map(|_| quote_spanned!(here=> Alloc::default()));
        // The first to begin, for it says at which site the others do.
        let labels = self.labels_at_entry().map(|labels| {
            let values = labels.iter().map(|(_, value)| {
                // A value that cannot be displayed is reported where it stands.
                let there = here.located_at(value.span());
                quote_spanned!(there=> #krate::__private::label(&(#value)))
            });
            quote_spanned!(here=> Labels::of(&__RESMON_LABELLED, || [#(#values),*]))
        });
        let fields = self.options.fields.as_ref().map(|fields| {
            let values = fields.iter().map(|(_, value)| {
                let there = here.located_at(value.span());
                quote_spanned!(there=> #krate::__private::field(&(#value)))
            });
            let (target, level) = self.target_and_level();
            let listened = quote_spanned! {here=>
                #krate::__private::tracing::enabled!(
                    target: #target,
                    #krate::__private::tracing::Level::#level
                )
            };
            quote_spanned!(here=> Fields::of(#listened, || [#(#values),*]))
        });
        let all = labels.into_iter().chain(fields).chain(in_flight).chain(cpu).chain(alloc);
        let all = all.map(|extra| quote_spanned!(here=> #krate::__private::#extra));
        all.reduce(|a, b| quote_spanned!(here=> (#a, #b)))
    }

    fn labels_at_entry(&self) -> Option<&[(String, Expr)]> {
        let labels = self.options.labels.as_ref()?;
        (!labels.at_entry.is_empty()).then_some(&labels.at_entry)
    }

    /// What the series of the calls bear and where their durations go.
    fn series(&self) -> (TokenStream, TokenStream) {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let Options { labels, metric, help, buckets, max_labels, .. } = &self.options;
        let (mut items, mut settings) = (TokenStream::new(), TokenStream::new());
        if let Some(Labels { fixed, .. }) = labels {
            let (names, values): (Vec<_>, Vec<_>) = fixed.iter().cloned().unzip();
            settings.extend(quote_spanned!(here=> .labels_of(&[#((#names, #values)),*])));
        }
        if let Some(at_entry) = self.labels_at_entry() {
            let names = at_entry.iter().map(|(name, _)| name);
            let most = max_labels.as_ref().map_or_else(|| quote!(100), ToTokens::to_token_stream);
            let labelled = quote_spanned!(here=> #krate::__private::Labelled);
            items.extend(quote_spanned! {here=>
                static __RESMON_LABELLED: #labelled = #labelled::new(&[#(#names),*], #most);
            });
            settings.extend(quote_spanned!(here=> .labelled(&__RESMON_LABELLED)));
        }
        if let Some(name) = metric {
            let usual = || format!("{}, as an annotated function takes.", name.value());
            let help = help.as_ref().map_or_else(usual, LitStr::value);
            settings.extend(quote_spanned!(here=> .metric(#name, #help)));
        }
        settings.extend(self.objective());
        if let Some(bounds) = buckets {
            settings.extend(quote_spanned!(here=> .buckets(&[#(#bounds),*])));
        }
        (items, settings)
    }

    /// What the calls are to keep to, as the labels that say so.
    fn objective(&self) -> Option<TokenStream> {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let Objective { name, success, percentile, latency } = self.options.objective.as_ref()?;
        // Without one it is that of the function, which is known when the program runs.
        let name = name.as_ref().map(LitStr::value);
        let named = || name.clone().map(|name| ("objective_name", name));
        let share = |percent: &String| {
            named().into_iter().chain([("objective_percentile", percent.clone())])
        };
        let list = |labels: Vec<(&str, String)>| {
            let (keys, values): (Vec<_>, Vec<_>) = labels.into_iter().unzip();
            quote_spanned!(here=> &[#((#keys, #values)),*])
        };
        let calls = list(success.iter().flat_map(share).collect());
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of a time limit")]
        let seconds = latency.unwrap_or_default() as f64 / 1e9;
        let limit = latency.map(|_| ("objective_latency_threshold", seconds.to_string()));
        let durations = list(percentile.iter().flat_map(share).chain(limit).collect());
        Some(quote_spanned! {here=> .objective(#krate::__private::Objective {
            calls: #calls,
            durations: #durations,
            latency: #seconds,
        })})
    }

    /// Whether calls are to be seen while they are under way.
    fn is_tracked(&self) -> bool {
        self.options.in_flight.is_some() || self.options.slow.is_some()
    }

    /// The items at the start of the body; `polled` says that the call is a future.
    pub(crate) fn declaration(&self, fallible: bool, polled: bool) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let name = self.options.name.as_ref();
        let within = || quote_spanned!(here=> Within(#krate::__private::type_name::<__ResmonHere>));
        let label = name.map_or_else(within, |name| quote_spanned!(here=> Given(#name)));
        // A type whose path tells where the function stands.
        let marker = name.is_none().then(|| quote_spanned!(here=> enum __ResmonHere {}));
        let fallible = (fallible || self.judges()).then(|| quote_spanned!(here=> .fallible()));
        let polls = (polled && self.attribute != Attribute::Counted).then_some("POLLS");
        let Options { cpu, count_alloc, .. } = &self.options;
        let measured = polls.into_iter().chain(cpu.map(|_| "CPU"));
        let measured = measured.chain(count_alloc.map(|_| "ALLOC"));
        let measured = measured.map(|name| {
            let name = Ident::new(name, here);
            quote_spanned!(here=> .measuring(#krate::__private::Measured::#name))
        });
        let kind = match self.attribute {
            Attribute::LogExecutionTime => {
                let log = self.log();
                quote_spanned!(here=> .logged(#log))
            }
            Attribute::Timed | Attribute::Counted => TokenStream::new(),
        };
        let flights = self.is_tracked().then(|| {
            let flights = quote_spanned!(here=> #krate::__private::Flights);
            quote_spanned!(here=> static __RESMON_FLIGHTS: #flights = #flights::new();)
        });
        let in_flight =
            self.is_tracked().then(|| quote_spanned!(here=> .in_flight(&__RESMON_FLIGHTS)));
        let slow = self.options.slow.map(|limit| quote_spanned!(here=> .slow_from(#limit)));
        let (items, series) = self.series();
        quote_spanned! {here=>
            #marker
            #flights
            #items
            #krate::__site!(__RESMON_SITE = #krate::__private::CallSite::new(
                #krate::__private::Label::#label,
                #krate::__private::module_path!()
            ) #fallible #kind #(#measured)* #in_flight #slow #series);
        }
    }

    fn log(&self) -> TokenStream {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let (target, level) = self.target_and_level();
        let fields = self.options.fields.iter().flatten().enumerate().map(|(number, (name, _))| {
            let number = Literal::usize_unsuffixed(number);
            quote_spanned!(here=> , #name = #number)
        });
        quote_spanned!(here=> #krate::__log!(#target, #level #(#fields)*))
    }

    /// Those of the line.
    fn target_and_level(&self) -> (TokenStream, Ident) {
        let (here, krate) = (Span::mixed_site(), &self.krate);
        let Options { level, target, .. } = &self.options;
        let level = level.clone().unwrap_or_else(|| Ident::new("INFO", here));
        let module = || quote_spanned!(here=> #krate::__private::module_path!());
        (target.as_ref().map_or_else(module, ToTokens::to_token_stream), level)
    }
}
