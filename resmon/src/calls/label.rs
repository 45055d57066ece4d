//! The `function` label: a given name, or one made from the path of the function.

use std::{
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

/// What a call site is called.
#[derive(Debug, Clone, Copy)]
pub enum Label {
    /// By its annotation.
    Given(&'static str),
    /// After the path of an item declared inside the function's body.
    Within(fn() -> &'static str),
}

impl Label {
    pub(super) fn resolve(self, module: &str) -> String {
        match self {
            Self::Given(name) => name.to_owned(),
            Self::Within(path) => from_path(path(), module),
        }
    }
}

/// A value that is found once.
///
/// Not by a `OnceLock`: a forked child would wait for a thread of its parent's, which it has
/// not, if that was resolving it just then.
pub(super) struct Resolved<T>(AtomicPtr<T>);

impl<T> Resolved<T> {
    pub(super) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    #[allow(unsafe_code, reason = "the value is kept by pointer, for want of a lock")]
    pub(super) fn get_or_resolve(&self, resolve: impl FnOnce() -> T) -> &T {
        let mut known = self.0.load(Ordering::Acquire);
        if known.is_null() {
            let new = Box::into_raw(Box::new(resolve()));
            let (free, order) = (ptr::null_mut(), Ordering::AcqRel);
            known = match self.0.compare_exchange(free, new, order, Ordering::Acquire) {
                Ok(_) => new,
                Err(others) => {
                    // SAFETY: it came from `Box::into_raw` above, and nobody else has seen it.
                    drop(unsafe { Box::from_raw(new) });
                    others
                }
            };
        }
        // SAFETY: non-null pointers come from `Box::into_raw`, are stored once and never
        // freed; the load that found it acquires what was stored before.
        unsafe { &*known }
    }
}

/// `checkout` for a function, `Cart::checkout` for a method, from the path of an item
/// inside it such as `shop::<impl shop::Cart<_>>::checkout::Here`.
///
/// A function inside another is told from a method by its parent: types begin with a
/// capital letter or are written in angle brackets.
fn from_path(path: &str, module: &str) -> String {
    let path = path.strip_prefix(module).unwrap_or(path);
    let segments: Vec<&str> =
        segments(path).filter(|s| !s.is_empty() && !s.starts_with("{{")).collect();
    let Some((_item, segments)) = segments.split_last() else { return String::new() };
    match segments {
        [.., parent, name] => match type_name(parent) {
            Some(owner) => format!("{owner}::{name}"),
            None => (*name).to_owned(),
        },
        [name] => (*name).to_owned(),
        [] => String::new(),
    }
}

/// Splits at `::` outside of brackets.
fn segments(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(path);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = separator(text);
        rest = end.map(|at| &text[at + 2..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

fn separator(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    let bytes = text.as_bytes();
    for (i, byte) in bytes.iter().enumerate() {
        match byte {
            b'<' | b'(' | b'[' => depth += 1,
            // The arrow of a function type closes nothing.
            b'>' if i > 0 && bytes[i - 1] == b'-' => {}
            b'>' | b')' | b']' => depth -= 1,
            b':' if depth == 0 && bytes.get(i + 1) == Some(&b':') => return Some(i),
            _ => {}
        }
    }
    None
}

/// The bare name of the type that a path segment speaks of, if it speaks of one.
fn type_name(segment: &str) -> Option<String> {
    if let Some(inner) = segment.strip_prefix('<').and_then(|s| s.strip_suffix('>')) {
        let subject = match inner.strip_prefix("impl ") {
            Some(of) => of.split_once(" for ").map_or(of, |(_, subject)| subject),
            None => inner.split_once(" as ").map_or(inner, |(subject, _)| subject),
        };
        let last = segments(subject).last().unwrap_or(subject);
        return Some(without_generics(last).to_owned());
    }
    let bare = without_generics(segment);
    bare.starts_with(char::is_uppercase).then(|| bare.to_owned())
}

fn without_generics(name: &str) -> &str {
    match name.find('<') {
        Some(at) if at > 0 => &name[..at],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_and_methods_are_named_as_people_name_them() {
        for (path, module, label) in [
            ("shop::checkout::Here", "shop", "checkout"),
            ("shop::cart::checkout::Here", "shop::cart", "checkout"),
            ("shop::Cart::new::Here", "shop", "Cart::new"),
            ("shop::Cart<_>::new::Here", "shop", "Cart::new"),
            ("shop::<impl shop::cart::Cart<_>>::new::Here", "shop", "Cart::new"),
            ("<shop::Cart as core::fmt::Display>::fmt::Here", "shop", "Cart::fmt"),
            ("shop::<impl shop::Sell for [u8]>::sell::Here", "shop", "[u8]::sell"),
            (
                "shop::<impl shop::Sell for shop::Cart<alloc::vec::Vec<_>>>::sell::Here",
                "shop",
                "Cart::sell",
            ),
            ("shop::Sell::sell::Here", "shop", "Sell::sell"),
            ("shop::outer::inner::Here", "shop", "inner"),
            ("shop::outer::{{closure}}::inner::Here", "shop", "inner"),
            ("shop::run::{{closure}}::Here", "shop", "run"),
            ("<fn(u8) -> u8 as shop::Call>::call::Here", "shop", "fn(u8) -> u8::call"),
        ] {
            assert_eq!(from_path(path, module), label, "{path}");
        }
    }

    #[test]
    fn odd_paths_give_some_label_and_no_panic() {
        for path in ["", "::", "<", ">", "a", "<<>>::<", "a::b::", "-> ::x", "größe::f::H"] {
            let _ = from_path(path, "größe");
        }
    }
}
