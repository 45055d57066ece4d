//! Signatures of every kind, which must compile without a word under denied warnings.
//!
//! The lints that are allowed are those that the bare signatures break: compare with what
//! `RUSTFLAGS='--cfg resmon_off' cargo clippy` says of this file without the list.
#![allow(
    clippy::boxed_local,
    clippy::duplicate_underscore_argument,
    clippy::elidable_lifetime_names,
    clippy::future_not_send,
    clippy::manual_async_fn,
    clippy::many_single_char_names,
    clippy::missing_const_for_fn,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::needless_pass_by_value,
    clippy::ptr_arg,
    clippy::result_unit_err,
    clippy::return_self_not_must_use,
    clippy::type_complexity,
    clippy::unnecessary_wraps,
    clippy::unused_async,
    clippy::unused_self,
    clippy::use_self,
    clippy::used_underscore_binding,
    reason = "the signatures are of every kind, good and bad"
)]

use std::{
    collections::HashMap,
    fmt::{Debug, Display},
    future::Future,
    pin::Pin,
    sync::Arc,
};

pub use resmon as renamed;
use resmon::{counted, log_execution_time, timed};

#[path = "matrix_methods.rs"]
pub mod methods;
#[path = "matrix_shadowed.rs"]
pub mod shadowed;

use methods::{Shape, Square};

pub type Alias<T> = Result<T, String>;

#[timed]
pub fn unit() {}

#[timed]
pub fn unit_result() -> Result<(), ()> {
    Ok(())
}

#[timed]
pub fn one_line() -> u8 { 7 }

#[timed]
pub async fn one_line_async() -> u8 { 7 }

#[timed]
pub fn never(x: bool) -> ! {
    loop {
        assert!(x, "no more");
    }
}

#[timed]
pub async fn never_async() -> ! {
    loop {
        std::future::pending::<()>().await;
    }
}

#[timed]
pub async fn never_at_all() -> ! {
    panic!("no more")
}

#[timed]
pub fn boxed_trait(up: bool) -> Box<dyn Fn(u8) -> u8> {
    if up {
        return Box::new(|x| x + 1);
    }
    Box::new(|x| x)
}

#[timed]
pub async fn boxed_trait_async(up: bool) -> Box<dyn Fn(u8) -> u8> {
    if up {
        return Box::new(|x| x + 1);
    }
    Box::new(|x| x)
}

#[timed]
pub fn coerced(v: &Vec<u8>) -> Option<&[u8]> {
    Some(v)
}

#[timed]
pub fn coerced_result(v: &Vec<u8>) -> Result<&[u8], String> {
    if v.is_empty() {
        return Err("empty".into());
    }
    Ok(v)
}

#[timed]
pub async fn coerced_async(v: &Vec<u8>) -> Result<&[u8], Box<dyn std::error::Error + '_>> {
    if v.is_empty() {
        Err("empty")?;
    }
    Ok(v)
}

#[timed]
pub fn pointers() -> (fn(u8) -> u8, fn(u8) -> u8) {
    (|x| x, |x| x + 1)
}

#[timed]
pub fn opaque_pair() -> (impl Debug, impl Display) {
    (1, 2)
}

#[timed]
pub fn opaque_inside(x: u8) -> Result<impl Iterator<Item = u8>, String> {
    if x == 0 {
        return Err("none".to_owned());
    }
    Ok((0..x).map(move |y| y + x))
}

#[timed]
pub fn optional_closure() -> Option<Box<impl Fn(u8) -> u8>> {
    Some(Box::new(|x| x))
}

#[timed]
pub fn closure(by: u8) -> impl Fn(u8) -> u8 {
    move |x| x + by
}

#[timed]
pub fn associated<I: Iterator<Item = u8>>(mut i: I) -> Option<<I as Iterator>::Item> {
    i.next()
}

#[timed]
pub fn projected<T: Shape>(shape: &T) -> <T as Shape>::Out {
    shape.edges()
}

#[timed]
pub fn generic<T, E>(value: Result<T, E>) -> Result<T, E> {
    value
}

#[timed]
pub async fn generic_async<T: Send, E>(value: Result<T, E>) -> Result<T, E> {
    value
}

#[timed]
pub fn higher_ranked<F>(f: F) -> Alias<usize>
where
    F: for<'x> Fn(&'x str) -> &'x str,
{
    Ok(f("abc").len())
}

#[timed]
pub fn opaque_argument(x: impl Into<String>, _y: &dyn Debug) -> Alias<String> {
    Ok(x.into())
}

#[timed]
pub fn argument_names(guard: u8, value: u8, result: u8, _guard: u8, site: u8) -> Alias<u8> {
    Ok(guard + value + result + _guard + site)
}

#[timed]
pub async fn argument_names_async(guard: u8, value: u8, krate: u8) -> Alias<u8> {
    Ok(guard + value + krate)
}

#[derive(Debug)]
pub struct Point {
    pub x: u8,
    pub y: u8,
}

#[timed]
pub fn patterns((a, mut b): (u8, u8), Point { x, .. }: Point, [c, ..]: [u8; 3], _: u8) -> Alias<u8> {
    b += 1;
    Ok(a + b + x + c)
}

#[timed]
pub async fn patterns_async(
    (a, mut b): (u8, u8),
    Point { x, y: ref z }: Point,
    [c, ..]: [u8; 3],
    _: u8,
    mut d: u8,
    whole @ Point { .. }: Point,
) -> Alias<u8> {
    b += 1;
    d += 1;
    Ok(a + b + x + c + d + *z + whole.x)
}

#[timed]
pub async fn unused_arguments(_a: u8, (_b, _): (u8, u8), _: u8, Point { x: _x, .. }: Point) {}

#[timed]
pub async fn mut_references<'a>(mut x: &'a mut u8, y: &'a mut u8, mut n: u8) -> Alias<&'a mut u8> {
    while *x < n {
        n -= 1;
        *y += n;
        if n == 1 {
            x = y;
            break;
        }
    }
    Ok(x)
}

#[timed]
pub fn raw_names(r#type: u8, r#match: u8) -> Alias<u8> {
    Ok(r#type + r#match)
}

#[timed]
pub async fn r#async(r#type: u8) -> u8 {
    r#type
}

#[timed]
pub fn inner_attributes(x: u8) -> Alias<u8> {
    #![allow(unused_variables, reason = "the body says so")]
    //! Documented inside.
    let y = x;
    Ok(x)
}

#[timed]
#[expect(unused_variables, reason = "still expected")]
pub fn expected(x: u8) -> Alias<u8> {
    Ok(1)
}

#[timed]
#[expect(unused_variables, reason = "still expected")]
pub async fn expected_async(x: u8) -> u8 {
    1
}

#[timed]
pub async fn attributed(
    #[expect(unused_variables, reason = "still expected")] x: u8,
    #[cfg(any())] absent: u8,
    #[cfg(not(any()))] present: u8,
) -> u8 {
    present
}

#[expect(dead_code, reason = "still expected")]
#[timed]
fn unused() -> Alias<u8> {
    Ok(1)
}

#[timed]
pub fn items_inside() -> Alias<u8> {
    use std::num::NonZeroU8;
    const ONE: u8 = 1;
    fn double(x: u8) -> u8 {
        x * 2
    }
    Ok(double(NonZeroU8::MIN.get() + ONE))
}

#[timed]
pub fn labels_and_loops(limit: u32) -> Alias<u32> {
    let mut n = 0;
    let found = 'outer: loop {
        for i in 0..10 {
            n += i;
            if n > limit {
                break 'outer n;
            }
        }
    };
    Ok(found)
}

#[timed(crate = renamed)]
pub fn through_another_name() -> Alias<()> {
    Ok(())
}

#[log_execution_time(crate = self::renamed, level = "debug", target = "elsewhere", name = "n",)]
pub async fn all_options() -> Alias<()> {
    Ok(())
}

#[counted]
pub extern "C" fn exported(x: u8) -> u8 {
    x
}

#[timed]
#[must_use]
#[inline]
pub fn with_attributes() -> HashMap<u8, u8> {
    HashMap::new()
}

#[timed]
pub fn returns_self_typed() -> Result<Square<'static, str, 1>, Box<dyn std::error::Error + Send>> {
    Ok(Square { name: "".into(), inner: Arc::new([]), marker: std::marker::PhantomData })
}

#[timed]
pub fn boxed_future<'a, T: Debug + Sync + ?Sized>(
    x: &'a T,
) -> Pin<Box<dyn Future<Output = Alias<String>> + Send + 'a>> {
    Box::pin(async move { Ok(format!("{x:?}")) })
}

#[timed]
pub fn opaque_future(x: String) -> impl Future<Output = Alias<String>> {
    let y = x.len();
    async move {
        if y == 0 {
            return Err("empty".into());
        }
        let n: usize = x.parse().map_err(|_| "no number")?;
        Ok((n + y).to_string())
    }
}

#[timed]
pub fn future_of_unit(go: bool) -> impl Future<Output = ()> + Send + 'static {
    async move { assert!(go, "told not to") }
}

#[timed]
#[track_caller]
pub fn tracked<T: Default>() -> T {
    T::default()
}

#[test]
#[timed]
fn a_test_may_be_timed() -> Alias<()> {
    Ok(())
}

#[timed]
#[test]
fn a_timed_test_too() {}

#[timed]
#[expect(dead_code, reason = "still expected")]
pub(in crate::matrix) fn restricted<'a>(mut _n: &'a mut u8, _m: &'a mut u8) -> Alias<&'a mut u8> {
    _n = _m;
    Ok(_n)
}

macro_rules! generated {
    ($name:ident, $arg:ident: $ty:ty => $ret:ty, $body:block) => {
        #[timed]
        pub fn $name($arg: $ty) -> $ret $body

        pub mod $name {
            use super::*;

            #[timed]
            pub async fn again($arg: $ty) -> $ret $body
        }
    };
}

generated!(from_macro, x: u8 => Alias<u8>, { Ok(x) });
