//! The arguments, where the body moves into a closure or an async block.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote_spanned};
use syn::{
    Attribute, FnArg, Ident, Pat, PatIdent, PatType, Receiver, ReceiverKind, Signature, Token,
    Type, visit::Visit, visit_mut::VisitMut,
};

use crate::returns;

/// A name that an argument binds.
struct Binding {
    attrs: TokenStream,
    mutability: Option<Token![mut]>,
    inside: Ident,
    outside: Ident,
}

impl ToTokens for Binding {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, mutability, inside, outside } = self;
        let here = Span::mixed_site();
        // In tuples, for a lint that holds a plain `let _x = y` to be without effect.
        tokens.extend(quote_spanned!(here=> #attrs let (#mutability #inside,) = (#outside,);));
    }
}

/// Moves `mut` arguments that may be, or hold, a reference inside the closure: assigned to
/// from there, they would be captured by reference, and nothing they borrow could be returned.
/// Where one of them may have to be dropped, all arguments go with it, in their order, so that
/// they are dropped in the order they would be without the closure.
pub(crate) fn rebind_mut_references(sig: &mut Signature) -> TokenStream {
    let is_moved = |arg: &PatType| binds_mut(&arg.pat) && may_borrow(&arg.ty);
    let (mut moved, mut all) = (TokenStream::new(), false);
    for arg in typed(sig).filter(|arg| is_moved(arg)) {
        all |= !is_never_dropped(&arg.ty);
    }
    for arg in typed(sig).filter(|arg| all || is_moved(arg)) {
        moved.append_all(rebind(arg));
    }
    moved
}

/// Whether a name in the pattern can be assigned to.
fn binds_mut(pat: &Pat) -> bool {
    struct Mut(bool);
    impl<'ast> Visit<'ast> for Mut {
        fn visit_pat_ident(&mut self, pat: &'ast PatIdent) {
            self.0 |= pat.by_ref.is_none() && pat.mutability.is_some();
            syn::visit::visit_pat_ident(self, pat);
        }
    }
    let mut found = Mut(false);
    found.visit_pat(pat);
    found.0
}

/// Whether a value of the type may hold a reference, as far as its name tells.
fn may_borrow(ty: &Type) -> bool {
    struct Borrows(bool);
    impl<'ast> Visit<'ast> for Borrows {
        fn visit_type(&mut self, ty: &'ast Type) {
            match ty {
                Type::Reference(_) | Type::Macro(_) | Type::Verbatim(_) => self.0 = true,
                Type::Path(path) if !returns::is_of_std(&path.path) => self.0 = true,
                _ => syn::visit::visit_type(self, ty),
            }
        }
    }
    let mut found = Borrows(false);
    found.visit_type(ty);
    found.0
}

/// Moves every argument inside the async block, in their order, so that they are dropped
/// in the order they would be without it. What is not dropped stays where it is: each
/// variable more is room in the future.
pub(crate) fn rebind_all(sig: &mut Signature) -> TokenStream {
    let here = Span::mixed_site();
    let mut moved = match sig.receiver() {
        // A block that uses a field alone would leave the rest of `self` outside.
        Some(Receiver { self_token, kind, .. }) if owns(kind) => {
            quote_spanned!(here=> let _ = &#self_token;)
        }
        _ => TokenStream::new(),
    };
    for arg in typed(sig).filter(|arg| !is_never_dropped(&arg.ty)) {
        moved.append_all(rebind(arg));
    }
    moved
}

/// Whether that is to be seen from how the type is written.
fn is_never_dropped(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::Never(_) => true,
        Type::Group(group) => is_never_dropped(&group.elem),
        Type::Paren(paren) => is_never_dropped(&paren.elem),
        Type::Array(array) => is_never_dropped(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(is_never_dropped),
        Type::Path(path) => path.path.get_ident().is_some_and(returns::is_primitive),
        _ => false,
    }
}

fn owns(receiver: &ReceiverKind) -> bool {
    match receiver {
        ReceiverKind::Value => true,
        ReceiverKind::Typed(_, ty) => !matches!(**ty, Type::Reference(_)),
        _ => false,
    }
}

fn typed(sig: &mut Signature) -> impl Iterator<Item = &mut PatType> {
    sig.inputs.iter_mut().filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some(arg),
        FnArg::Receiver(_) => None,
    })
}

/// The names of an argument, whose `mut` and whose lints go with them.
fn rebind(arg: &mut PatType) -> Vec<Binding> {
    struct Collect(Vec<Binding>, TokenStream);
    impl VisitMut for Collect {
        fn visit_pat_ident_mut(&mut self, pat: &mut PatIdent) {
            let mutability = if pat.by_ref.is_none() { pat.mutability.take() } else { None };
            let (attrs, inside) = (self.1.to_token_stream(), pat.ident.clone());
            // Lints hold it against a name with an underscore if it is used. The same name
            // seen from here is another, which documentation shows alike.
            if inside.to_string().starts_with('_') {
                pat.ident.set_span(Span::mixed_site().located_at(inside.span()));
            }
            self.0.push(Binding { attrs, mutability, inside, outside: pat.ident.clone() });
            syn::visit_mut::visit_pat_ident_mut(self, pat);
        }
    }
    let mut names = Collect(Vec::new(), take_local_attributes(&mut arg.attrs));
    names.visit_pat_mut(&mut arg.pat);
    names.0
}

/// Lints speak of the names inside; a `cfg` holds in both places; the rest stays.
fn take_local_attributes(attrs: &mut Vec<Attribute>) -> TokenStream {
    let mut local = TokenStream::new();
    attrs.retain(|attr| {
        let is = |names: &[&str]| names.iter().any(|name| attr.path().is_ident(name));
        let lint = is(&["allow", "expect", "warn", "deny", "forbid"]);
        if lint || is(&["cfg", "cfg_attr"]) {
            attr.to_tokens(&mut local);
        }
        !lint
    });
    local
}
