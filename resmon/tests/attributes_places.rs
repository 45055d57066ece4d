//! Values, not compilation alone, at the places where attributes meet others: whole blocks of
//! `#[async_trait]` in either order, tests, runtimes, and the harder kinds of methods.
#![deny(warnings)]

mod support;

use std::{future::Future, pin::Pin, rc::Rc, sync::Arc, time::Duration};

use async_trait::async_trait;
use resmon::{log_execution_time, timed};
use support::{Seen, seen, seen_async};

const NAP: Duration = Duration::from_millis(30);

async fn nap() -> Result<u8, String> {
    tokio::time::sleep(NAP).await;
    Err("slept".to_owned())
}

/// Each function was called once, failed, and lasted as long as the nap.
fn assert_napped(seen: &Seen, functions: &[&str]) {
    let all: Vec<_> = functions.iter().map(|function| (*function, "error", 1)).collect();
    assert_eq!(seen.all(), all);
    for function in functions {
        let seconds = seen.seconds(function, "error");
        assert!(seconds[0] >= NAP.as_secs_f64(), "{function}: {seconds:?}");
    }
}

#[timed]
#[async_trait]
trait Above: Sync {
    async fn required(&self) -> Result<u8, String>;

    async fn provided(&self) -> Result<u8, String> {
        nap().await
    }
}

#[async_trait]
#[timed]
trait Below: Sync {
    async fn required(&self) -> Result<u8, String>;

    async fn provided(&self) -> Result<u8, String> {
        nap().await
    }
}

struct Store;

#[timed]
#[async_trait]
impl Above for Store {
    async fn required(&self) -> Result<u8, String> {
        nap().await
    }
}

#[async_trait]
#[timed]
impl Below for Store {
    async fn required(&self) -> Result<u8, String> {
        nap().await
    }
}

#[test]
fn blocks_of_async_trait_are_timed_to_the_end_in_either_order() {
    let (_, seen) = seen_async(async { Above::provided(&Store).await });
    assert_napped(&seen, &["Above::provided"]);
    let (_, seen) = seen_async(async { Below::provided(&Store).await });
    assert_napped(&seen, &["Below::provided"]);
    let (_, seen) = seen_async(async { Above::required(&Store).await });
    assert_napped(&seen, &["Store::required"]);
    let (_, seen) = seen_async(async { Below::required(&Store).await });
    assert_napped(&seen, &["Store::required"]);
}

trait Fetch {
    fn fetch(&self) -> impl Future<Output = Result<u8, String>> + Send;
}

struct Here;
struct There;

impl Fetch for Here {
    #[timed]
    async fn fetch(&self) -> Result<u8, String> {
        nap().await
    }
}

#[timed]
impl Fetch for There {
    fn fetch(&self) -> impl Future<Output = Result<u8, String>> + Send {
        nap()
    }
}

#[test]
fn futures_that_traits_promise_are_timed_to_their_end() {
    let (_, seen) = seen_async(async { Here.fetch().await });
    assert_napped(&seen, &["Here::fetch"]);
    let (_, seen) = seen_async(async { There.fetch().await });
    assert_napped(&seen, &["There::fetch"]);
}

trait Lend {
    type Item<'a>
    where
        Self: 'a;

    fn lend(&mut self) -> Result<Self::Item<'_>, String>;

    fn lend_later<'a>(
        &'a mut self,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Item<'a>, String>> + 'a>>;
}

#[timed]
impl<T> Lend for Vec<T> {
    type Item<'a>
        = &'a mut T
    where
        Self: 'a;

    fn lend(&mut self) -> Result<Self::Item<'_>, String> {
        self.first_mut().ok_or_else(|| "nothing to lend".to_owned())
    }

    fn lend_later<'a>(
        &'a mut self,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Item<'a>, String>> + 'a>> {
        Box::pin(async {
            nap().await?;
            self.lend()
        })
    }
}

#[test]
fn what_borrows_through_a_generic_associated_type_goes_on_to() {
    let mut list = vec![1, 2];
    let (lent, seen) = seen(|| list.lend().map(|item| std::mem::replace(item, 5)));
    assert_eq!(lent, Ok(1));
    assert_eq!((seen.all(), list[0]), (vec![("Vec::lend", "ok", 1)], 5));
    let (lent, seen) = seen_async(async { list.lend_later().await.copied() });
    assert!(lent.is_err());
    assert_napped(&seen, &["Vec::lend_later"]);
}

struct Owner(u8);

#[timed]
impl Owner {
    #[allow(clippy::boxed_local, reason = "the receiver is what is tested")]
    fn boxed(self: Box<Self>) -> Result<u8, String> {
        Ok(self.0)
    }

    fn counted(self: Rc<Self>) -> Option<u8> {
        Some(self.0)
    }

    async fn shared(self: Arc<Self>) -> Result<u8, String> {
        nap().await?;
        Ok(self.0)
    }

    async fn pinned(self: Pin<&mut Self>) -> Result<u8, String> {
        nap().await?;
        Ok(self.0)
    }

    fn higher_ranked<F>(&self, f: F) -> Result<u8, String>
    where
        F: for<'a> Fn(&'a u8) -> &'a u8,
    {
        Ok(*f(&self.0))
    }
}

#[test]
fn methods_take_themselves_however_they_like() {
    let ((), seen) = seen(|| {
        assert_eq!(Box::new(Owner(1)).boxed(), Ok(1));
        assert_eq!(Rc::new(Owner(2)).counted(), Some(2));
        assert_eq!(Owner(3).higher_ranked(|value| value), Ok(3));
    });
    let ok = |function| (function, "ok", 1);
    assert_eq!(seen.all(), ["Owner::boxed", "Owner::counted", "Owner::higher_ranked"].map(ok));
    let (_, seen) = seen_async(async { Arc::new(Owner(1)).shared().await });
    assert_napped(&seen, &["Owner::shared"]);
    let (_, seen) = seen_async(async { Pin::new(&mut Owner(1)).pinned().await });
    assert_napped(&seen, &["Owner::pinned"]);
}

#[timed]
#[tokio::main(flavor = "current_thread")]
async fn above_a_runtime() -> Result<u8, String> {
    nap().await
}

#[tokio::main(flavor = "current_thread")]
#[timed]
async fn below_a_runtime() -> Result<u8, String> {
    nap().await
}

#[test]
fn a_main_function_is_timed_above_and_below_its_runtime() {
    let (_, above) = seen(above_a_runtime);
    assert_napped(&above, &["above_a_runtime"]);
    let (_, below) = seen(below_a_runtime);
    assert_napped(&below, &["below_a_runtime"]);
}

#[tokio::test]
#[timed]
async fn a_test_of_a_runtime_may_be_timed() -> Result<(), String> {
    assert_eq!(nap().await, Err("slept".to_owned()));
    Ok(())
}

#[log_execution_time]
#[tokio::test]
async fn and_so_it_may_from_above() {
    assert!(nap().await.is_err());
}

#[timed(ok_if = std::ops::Not::not)]
fn odd(n: u8) -> bool {
    n % 2 == 1
}

#[timed]
fn generic<const N: usize, T: Default + Copy>(fail: bool) -> Result<[T; N], String> {
    if fail { Err("told to".to_owned()) } else { Ok([T::default(); N]) }
}

macro_rules! functions {
    ($($name:ident => $value:expr),*) => {
        $(
            #[timed]
            fn $name() -> Result<u8, String> {
                Ok($value)
            }
        )*
    };
}

functions!(one => 1, two => 2);

#[test]
fn generic_and_generated_functions_count_under_their_names() {
    let ((), seen) = seen(|| {
        assert!(generic::<3, u8>(true).is_err());
        assert_eq!(generic::<2, u16>(false), Ok([0, 0]));
        assert_eq!((one(), two()), (Ok(1), Ok(2)));
        assert!(odd(3));
    });
    let expected = [
        ("generic", "error", 1),
        ("generic", "ok", 1),
        ("odd", "error", 1),
        ("one", "ok", 1),
        ("two", "ok", 1),
    ];
    assert_eq!(seen.all(), expected);
}

/// Of two names, what was dropped first.
#[derive(Debug)]
struct Noted(&'static str);

thread_local! {
    static DROPPED: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl Drop for Noted {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

fn dropped<T>(call: impl FnOnce() -> T) -> Vec<&'static str> {
    drop(call());
    DROPPED.take()
}

struct Node {
    value: u8,
    next: Option<Box<Node>>,
}

struct Parser<'a> {
    rest: &'a mut [u8],
}

type Cursor<'a> = &'a mut Node;

#[timed]
fn in_a_tuple<'a>((mut rest, n): (&'a mut [u8], usize)) -> Result<&'a mut [u8], String> {
    for _ in 0..n {
        rest = rest.get_mut(1..).ok_or_else(|| "short".to_owned())?;
    }
    Ok(rest)
}

#[timed]
fn in_a_struct<'a>(Parser { mut rest }: Parser<'a>) -> Result<&'a mut [u8], String> {
    rest = rest.get_mut(1..).ok_or_else(|| "short".to_owned())?;
    Ok(rest)
}

#[timed]
fn behind_an_alias<'a>(mut node: Cursor<'a>) -> Result<&'a mut u8, String> {
    while node.next.is_some() {
        node = node.next.as_mut().ok_or_else(|| "none".to_owned())?;
    }
    Ok(&mut node.value)
}

macro_rules! last_of {
    ($name:ident, $ty:ty) => {
        #[timed]
        fn $name<'a>(mut node: $ty) -> Result<&'a mut u8, String> {
            while node.next.is_some() {
                node = node.next.as_mut().ok_or_else(|| "none".to_owned())?;
            }
            Ok(&mut node.value)
        }
    };
}

last_of!(of_a_macro, Cursor<'a>);

#[timed]
fn in_a_future<'a>((mut rest, n): (&'a mut [u8], usize)) -> impl Future<Output = &'a mut [u8]> {
    if n > 0 {
        rest = &mut rest[n..];
    }
    async move { rest }
}

#[timed]
fn with_others(_a: Noted, mut list: Vec<Cursor<'_>>, _b: Noted) -> Result<usize, String> {
    list.clear();
    let _local = Noted("local");
    Ok(list.len())
}

#[test]
fn arguments_that_are_assigned_to_can_be_returned_from() {
    let mut bytes = [1, 2, 3];
    assert_eq!(in_a_tuple((&mut bytes, 2)), Ok(&mut [3][..]));
    assert_eq!(in_a_struct(Parser { rest: &mut bytes }), Ok(&mut [2, 3][..]));
    let (rest, _) = seen_async(in_a_future((&mut bytes, 1)));
    assert_eq!(rest, [2, 3]);
    let mut list = Node { value: 1, next: Some(Box::new(Node { value: 2, next: None })) };
    assert_eq!(behind_an_alias(&mut list), Ok(&mut 2));
    assert_eq!(of_a_macro(&mut list), Ok(&mut 2));
    let order = dropped(|| with_others(Noted("a"), Vec::new(), Noted("b")));
    assert_eq!(order, ["local", "b", "a"]);
}

mod renamed {
    pub(super) use resmon as monitoring;
}

struct Elsewhere;

#[renamed::monitoring::timed(crate = renamed::monitoring)]
impl Elsewhere {
    #[renamed::monitoring::timed(crate = renamed::monitoring, skip)]
    fn left_out() {}

    #[cfg_attr(all(), renamed::monitoring::timed(skip))]
    fn left_out_on_condition() {}

    #[renamed::monitoring::counted(crate = renamed::monitoring)]
    fn counted() {}

    fn timed() {}
}

#[test]
fn a_function_of_a_block_keeps_its_own_attribute_wherever_resmon_is_found() {
    let ((), seen) = resmon::testing::capture(|| {
        Elsewhere::left_out();
        Elsewhere::left_out_on_condition();
        Elsewhere::counted();
        Elsewhere::timed();
    });
    assert!(seen.functions().eq(["Elsewhere::counted", "Elsewhere::timed"]));
}

/// Items whose names a variable of the expansion must not have.
mod crowded {
    #![allow(dead_code, non_upper_case_globals, reason = "they are there to be met")]
    #![allow(non_camel_case_types, reason = "they are there to be met")]

    use resmon::timed;

    pub(super) static guard: u8 = 1;
    pub(super) static extra: u8 = 1;
    pub(super) static call: u8 = 1;
    pub(super) struct value;
    pub(super) struct site;

    #[timed(labels(a = 1 + 1))]
    pub(super) fn plain() -> u8 {
        guard + extra + call
    }

    #[timed(in_flight)]
    pub(super) fn fallible() -> Result<u8, String> {
        let _ = (value, site);
        Ok(guard)
    }

    #[timed(cpu)]
    pub(super) async fn later() -> Result<u8, String> {
        Ok(extra)
    }

    #[timed]
    pub(super) fn opaque() -> impl Iterator<Item = u8> {
        0..guard
    }
}

#[test]
fn items_in_scope_are_never_met() {
    const SITE: &str = "by hand";
    let ((), seen) = seen(|| {
        assert_eq!((crowded::plain(), crowded::fallible()), (3, Ok(1)));
        assert_eq!(crowded::opaque().count(), 1);
        drop(resmon::timer!(SITE).start());
    });
    assert_eq!(seen.calls("by hand", "ok"), 1);
    let (value, _) = seen_async(crowded::later());
    assert_eq!(value, Ok(1));
}
