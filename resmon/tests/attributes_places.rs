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
