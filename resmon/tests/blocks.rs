//! An attribute on a whole block stands on each of its functions.
#![deny(warnings)]
#![warn(clippy::pedantic)]

mod support;

use support::seen;

struct Cart(Vec<u32>);

#[resmon::timed]
impl Cart {
    const EMPTY: Self = { Self(Vec::new()) };

    const fn limit() -> usize {
        3
    }

    fn new(prices: &[u32]) -> Self {
        Self(prices.to_vec())
    }

    fn total(&self) -> Result<u32, &'static str> {
        if self.0.len() > Self::limit() { Err("too many") } else { Ok(self.0.iter().sum()) }
    }

    #[resmon::timed(skip)]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[resmon::counted(name = "other")]
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn chunk<const N: usize>(&self) -> Chunk<{ 1 + 1 }>
    where
        Chunk<{ 1 + 1 }>: Sized,
    {
        let _ = N;
        Chunk(self.0.first().copied())
    }
}

struct Chunk<const N: usize>(Option<u32>);

#[resmon::counted]
trait Sell {
    fn price(&self) -> u32;

    fn twice(&self) -> u32 {
        self.price() * 2
    }
}

#[resmon::timed]
impl Sell for Cart {
    fn price(&self) -> u32 {
        self.0.iter().sum()
    }
}

#[resmon::timed]
mod shop {
    #![allow(clippy::needless_pass_by_value, reason = "an attribute of the module stays one")]

    pub(crate) use std::fmt::{self, Display};

    pub(crate) const OPEN: bool = {
        let open = 1;
        open > 0
    };

    pub(crate) fn greet(name: impl Display) -> String {
        format!("hello, {name}")
    }

    pub(crate) struct Till(pub(crate) bool);

    impl Till {
        pub(crate) fn ring(&self) -> Result<(), fmt::Error> {
            if OPEN && self.0 { Ok(()) } else { Err(fmt::Error) }
        }
    }

    pub(crate) mod back {
        pub(crate) async fn store() -> u8 {
            1
        }
    }

    macro_rules! makes {
        ($name:ident) => {
            pub(crate) fn $name() -> u8 {
                2
            }
        };
    }
    makes!(made);
}

#[test]
fn each_function_of_an_impl_is_measured() {
    let ((), seen) = seen(|| {
        let cart = Cart::new(&[1, 2]);
        assert_eq!(cart.total(), Ok(3));
        assert_eq!(cart.len(), 2);
        assert!(!cart.is_empty() && Cart::EMPTY.0.is_empty());
        assert!(Cart::new(&[0; 9]).total().is_err());
        assert_eq!(cart.chunk::<1>().0, Some(1));
        assert_eq!(cart.twice(), 6);
    });
    assert_eq!(
        seen.all(),
        [
            ("Cart::chunk", "ok", 1),
            ("Cart::new", "ok", 2),
            ("Cart::price", "ok", 1),
            ("Cart::total", "error", 1),
            ("Cart::total", "ok", 1),
            ("Sell::twice", "ok", 1),
            ("other", "ok", 1),
        ]
    );
}

#[test]
fn each_function_of_a_module_is_measured_and_those_of_blocks_in_it() {
    let ((), seen) = support::seen_async(async {
        assert_eq!(shop::greet("you"), "hello, you");
        assert_eq!(shop::Till(true).ring(), Ok(()));
        assert_eq!(shop::back::store().await, 1);
        assert_eq!(shop::made(), 2);
    });
    assert_eq!(
        seen.all(),
        [("Till::ring", "ok", 1), ("greet", "ok", 1), ("store", "ok", 1)],
        "what a macro makes is not seen"
    );
}
