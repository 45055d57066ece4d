//! The third stage: what the return type says of how the function must be measured.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{
    Error, GenericArgument, Ident, PathArguments, PathSegment, Result, ReturnType, Token, Type,
    TypeParamBound, parse_quote, punctuated::Punctuated, spanned::Spanned, visit_mut::VisitMut,
};

/// With what the call of a function that is not async ends.
pub(crate) enum Ending {
    /// With its return.
    Value(Returned),
    /// With the future that it returns, and what that yields.
    Future(Returned),
    /// With the future in the box that it returns; the type is that of the box.
    BoxedFuture(Returned),
}

/// The value that ends the call.
pub(crate) struct Returned {
    /// As the body may name it: `_` stands for what only a signature may say.
    pub(crate) ty: Type,
    pub(crate) kind: Kind,
    /// It is called a `Result`.
    pub(crate) is_result: bool,
    /// It is called a future.
    pub(crate) is_future: bool,
    /// Only a signature may say what it is.
    pub(crate) is_opaque: bool,
    pub(crate) span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It cannot be a `Result`.
    Plain,
    /// There is none.
    Never,
    /// It may be anything; the compiler knows.
    Unknown,
}

impl Returned {
    /// What the signature says.
    pub(crate) fn of(output: &ReturnType) -> Self {
        match output {
            ReturnType::Type(_, ty) => Self::of_type(ty),
            ReturnType::Default => Self::of_type(&parse_quote!(())),
        }
    }

    fn of_type(ty: &Type) -> Self {
        let ty = peel(ty);
        let last = last(ty);
        let kind = match ty {
            Type::Never(_) => Kind::Never,
            Type::Path(_) if last.is_some_and(is_plain) => Kind::Plain,
            Type::Path(_) | Type::Macro(_) | Type::Infer(_) | Type::Verbatim(_) => Kind::Unknown,
            _ => Kind::Plain,
        };
        let named = |name: &str| last.is_some_and(|last| last.ident.to_string().ends_with(name));
        let (is_result, is_future) = (named("Result"), named("Future"));
        let span = ty.span();
        let (ty, is_opaque) = without_opaque(ty);
        Self { ty, kind, is_result, is_future, is_opaque, span }
    }
}

impl Ending {
    /// What the signature says.
    pub(crate) fn of(output: &ReturnType) -> Result<Self> {
        let ReturnType::Type(_, ty) = output else {
            return Ok(Self::Value(Returned::of(output)));
        };
        let ty = peel(ty);
        if let Type::ImplTrait(opaque) = ty {
            return Ok(match Self::of_opaque(&opaque.bounds)? {
                Some(output) => Self::Future(Returned::of_type(&output)),
                None => Self::Value(Returned::of_type(ty)),
            });
        }
        if let Some(future) = boxed_future(ty) {
            let is_result = Returned::of_type(&output_of(future)).is_result;
            return Ok(Self::BoxedFuture(Returned { is_result, ..Returned::of_type(ty) }));
        }
        if let Some(future) = last(ty).and_then(future_inside) {
            let message = "the future inside cannot be measured, only its creation: write an \
                           `async fn`, or return the future itself";
            return Err(Error::new(future, message));
        }
        Ok(Self::Value(Returned::of_type(ty)))
    }

    /// What the future yields, where it is one.
    fn of_opaque(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Result<Option<Type>> {
        let traits = bounds.iter().filter_map(|bound| match bound {
            TypeParamBound::Trait(bound) => bound.path.segments.last().map(|last| (bound, last)),
            _ => None,
        });
        let mut output = None;
        for (bound, last) in traits {
            match last.ident.to_string().as_str() {
                "Future" => output = Some(output_of(last)),
                name if name.ends_with("Future") => return Err(refused(bound)),
                _ => {}
            }
        }
        match bounds.iter().find(|bound| !survives(bound)) {
            Some(lost) if output.is_some() => Err(refused(lost)),
            _ => Ok(output),
        }
    }
}

/// The type without parentheses, or the invisible group of a `macro_rules` fragment.
fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        _ => ty,
    }
}

fn last(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// Whether the type is called like one of the standard library that is known here; it holds
/// what its arguments hold.
pub(crate) fn is_of_std(path: &syn::Path) -> bool {
    path.segments.last().is_some_and(is_plain)
}

/// Types of the standard library that are no `Result` and no future.
fn is_plain(last: &PathSegment) -> bool {
    let names = [
        "String", "Vec", "Option", "Duration", "Poll", "HashMap", "BTreeMap", "HashSet",
        "BTreeSet", "Ordering", "PathBuf", "Cow",
    ];
    is_primitive(&last.ident) || names.iter().any(|name| last.ident == name)
}

/// A type of the language that has a name.
pub(crate) fn is_primitive(name: &Ident) -> bool {
    let names = [
        "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32",
        "i64", "i128", "isize", "f32", "f64",
    ];
    names.iter().any(|primitive| name == primitive)
}

/// A bound that a wrapped future meets where the future itself does.
fn survives(bound: &TypeParamBound) -> bool {
    match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|s| {
            ["Future", "Send", "Sync", "Unpin", "Sized"].iter().any(|n| s.ident == n)
        }),
        _ => true,
    }
}

fn refused(bound: &impl ToTokens) -> Error {
    let message = "a measured future is a `Future`, and `Send`, `Sync` or `Unpin`, no more: \
                   return `impl Future<Output = …>`, or write an `async fn`";
    Error::new_spanned(bound, message)
}

/// The `T` of `Future<Output = T>`.
fn output_of(future: &PathSegment) -> Type {
    let output = arguments(future).find_map(|argument| match argument {
        GenericArgument::AssocType(assoc) if assoc.ident == "Output" => Some(assoc.ty.clone()),
        _ => None,
    });
    output.unwrap_or_else(|| parse_quote!(_))
}

fn arguments(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    let list = match &segment.arguments {
        PathArguments::AngleBracketed(list) => Some(&list.args),
        _ => None,
    };
    list.into_iter().flatten()
}

fn first_type(segment: &PathSegment) -> Option<&Type> {
    arguments(segment).find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(peel(ty)),
        _ => None,
    })
}

/// The `dyn Future` of `Pin<Box<dyn Future>>`.
fn boxed_future(ty: &Type) -> Option<&PathSegment> {
    let pin = last(ty).filter(|last| last.ident == "Pin")?;
    let boxed = first_type(pin).and_then(last).filter(|last| last.ident == "Box")?;
    first_type(boxed).and_then(future_bound)
}

fn future_bound(ty: &Type) -> Option<&PathSegment> {
    let bounds = match ty {
        Type::ImplTrait(opaque) => &opaque.bounds,
        Type::TraitObject(object) => &object.bounds,
        _ => return None,
    };
    bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last().filter(|s| s.ident == "Future"),
        _ => None,
    })
}

/// Where a `Result`, an `Option` or a bare `Box` holds a future.
fn future_inside(outer: &PathSegment) -> Option<Span> {
    let held = first_type(outer)?;
    let holds = match outer.ident.to_string().as_str() {
        "Box" => future_bound(held).is_some(),
        "Option" => is_future(held),
        name => name.ends_with("Result") && is_future(held),
    };
    holds.then(|| held.span())
}

fn is_future(ty: &Type) -> bool {
    future_bound(ty).is_some() || boxed_future(ty).is_some()
}

/// The type as the body may name it: `_` where only a signature may write `impl Trait`; and
/// whether there is such a place.
fn without_opaque(ty: &Type) -> (Type, bool) {
    struct Holes(bool);
    impl VisitMut for Holes {
        fn visit_type_mut(&mut self, ty: &mut Type) {
            if matches!(ty, Type::ImplTrait(_)) {
                *ty = parse_quote!(_);
                self.0 = true;
            } else {
                syn::visit_mut::visit_type_mut(self, ty);
            }
        }
    }
    let (mut ty, mut holes) = (ty.clone(), Holes(false));
    holes.visit_type_mut(&mut ty);
    (ty, holes.0)
}
