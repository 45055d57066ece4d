//! The attributes on functions that are not async: what is counted, and under which name.

mod support;

use std::{
    fmt,
    panic::{AssertUnwindSafe, Location, catch_unwind},
};

use resmon::{counted, log_execution_time, timed};
use support::seen;

#[derive(Debug)]
struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

#[derive(Debug)]
struct Silent;

type Aliased<T> = Result<T, Silent>;
type NotNamedSo = Result<u8, Silent>;

#[timed]
fn plain(x: u32) -> u32 {
    x + 1
}

#[timed]
fn fallible(fail: bool) -> Result<u8, Refused> {
    if fail {
        return Err(Refused);
    }
    Ok(1)
}

#[timed]
fn through_question_mark(text: &str) -> Result<u8, Box<dyn std::error::Error>> {
    let number: u8 = text.parse()?;
    Ok(number)
}

#[timed]
fn aliased(fail: bool) -> Aliased<u8> {
    if fail { Err(Silent) } else { Ok(1) }
}

#[timed]
fn not_named_so(fail: bool) -> NotNamedSo {
    if fail { Err(Silent) } else { Ok(1) }
}

#[timed]
fn panics(result: bool) -> Result<u8, Silent> {
    assert!(result, "as the test wants");
    Ok(1)
}

#[timed]
fn panics_plainly() {
    panic!("as the test wants");
}

#[counted]
fn only_counted() -> Option<u8> {
    None
}

#[log_execution_time]
fn logged() -> Result<(), Silent> {
    Err(Silent)
}

#[timed(name = "renamed \"label\"")]
fn with_a_name() {}

#[timed]
fn recursive(n: u32) -> u32 {
    if n == 0 { 0 } else { 1 + recursive(n - 1) }
}

#[timed]
fn outer() -> u32 {
    #[timed]
    fn inner() -> u32 {
        7
    }
    inner() + inner()
}

#[test]
fn every_exit_is_counted_with_its_result() {
    let ((), seen) = seen(|| {
        assert_eq!(plain(1), 2);
        assert!(fallible(false).is_ok());
        assert!(fallible(true).is_err());
        assert_eq!(through_question_mark("7").unwrap(), 7);
        assert!(through_question_mark("seven").is_err());
        assert!(aliased(true).is_err());
        assert!(not_named_so(true).is_err());
        assert!(catch_unwind(|| panics(false)).is_err());
        assert!(catch_unwind(panics_plainly).is_err());
        assert_eq!(only_counted(), None);
        assert!(logged().is_err());
        with_a_name();
    });
    assert_eq!(
        seen.all(),
        [
            ("aliased", "error", 1),
            ("fallible", "error", 1),
            ("fallible", "ok", 1),
            ("logged", "error", 1),
            ("not_named_so", "error", 1),
            ("only_counted", "ok", 1),
            ("panics", "panic", 1),
            ("panics_plainly", "panic", 1),
            ("plain", "ok", 1),
            ("renamed \"label\"", "ok", 1),
            ("through_question_mark", "error", 1),
            ("through_question_mark", "ok", 1),
        ]
    );
    assert_eq!(seen.seconds("plain", "ok").len(), 1);
    assert!(seen.seconds("only_counted", "ok").is_empty());
}

#[test]
fn recursive_and_nested_calls_count_each() {
    let ((), seen) = seen(|| {
        assert_eq!(recursive(4), 4);
        assert_eq!(outer(), 14);
    });
    assert_eq!(seen.calls("recursive", "ok"), 5);
    assert_eq!((seen.calls("outer", "ok"), seen.calls("inner", "ok")), (1, 2));
}

#[test]
fn a_call_that_ends_while_another_panic_unwinds_is_no_panic() {
    struct CallsOnDrop;
    impl Drop for CallsOnDrop {
        fn drop(&mut self) {
            plain(1);
        }
    }
    let ((), seen) = seen(|| {
        let unwound = catch_unwind(|| {
            let _calls = CallsOnDrop;
            panic!("as the test wants");
        });
        assert!(unwound.is_err());
    });
    assert_eq!(seen.all(), [("plain", "ok", 1)]);
}

struct Cart<T> {
    items: Vec<T>,
}

impl<T: Clone> Cart<T> {
    #[timed]
    fn new() -> Self {
        Self { items: Vec::new() }
    }

    #[timed]
    fn add(&mut self, item: T) -> &mut Self {
        self.items.push(item);
        self
    }

    #[timed]
    fn first_mut(&mut self) -> Result<&mut T, Silent> {
        self.items.first_mut().ok_or(Silent)
    }

    #[timed]
    fn into_items(self: Box<Self>) -> Result<Vec<T>, Silent> {
        Ok(self.items)
    }

    #[timed]
    fn generic<U: Into<T>, const N: usize>(&mut self, more: [U; N]) -> Result<usize, Silent> {
        self.items.extend(more.into_iter().map(Into::into));
        Ok(N)
    }
}

trait Sell {
    #[timed]
    fn sell(&self) -> Result<u32, Silent> {
        self.price().ok_or(Silent)
    }

    fn price(&self) -> Option<u32>;
}

impl<T> Sell for Cart<T> {
    #[counted]
    fn price(&self) -> Option<u32> {
        u32::try_from(self.items.len()).ok()
    }
}

#[test]
fn methods_are_named_with_their_type() {
    let ((), seen) = seen(|| {
        let mut cart = Cart::<u16>::new();
        assert!(cart.first_mut().is_err());
        cart.add(1).add(2);
        *cart.first_mut().unwrap() = 5;
        assert_eq!(cart.generic([1_u8, 2, 3]).unwrap(), 3);
        assert_eq!(cart.sell().unwrap(), 5);
        assert_eq!(Box::new(cart).into_items().unwrap(), [5, 2, 1, 2, 3]);
    });
    assert_eq!(
        seen.all(),
        [
            ("Cart::add", "ok", 2),
            ("Cart::first_mut", "error", 1),
            ("Cart::first_mut", "ok", 1),
            ("Cart::generic", "ok", 1),
            ("Cart::into_items", "ok", 1),
            ("Cart::new", "ok", 1),
            ("Cart::price", "ok", 1),
            ("Sell::sell", "ok", 1),
        ]
    );
}

struct Node {
    value: u32,
    next: Option<Box<Node>>,
}

#[timed]
fn last_of(mut node: &mut Node) -> Result<&mut u32, Silent> {
    while node.next.is_some() {
        node = node.next.as_mut().ok_or(Silent)?;
    }
    Ok(&mut node.value)
}

#[test]
fn a_mut_reference_argument_can_be_returned_from() {
    let mut list = Node { value: 1, next: Some(Box::new(Node { value: 2, next: None })) };
    let ((), seen) = seen(|| *last_of(&mut list).unwrap() += 40);
    assert_eq!(list.next.map(|node| node.value), Some(42));
    assert_eq!(seen.all(), [("last_of", "ok", 1)]);
}

#[timed]
fn forever(stop: bool) -> ! {
    loop {
        assert!(!stop, "as the test wants");
    }
}

#[timed]
#[track_caller]
fn tracked() -> &'static Location<'static> {
    Location::caller()
}

#[test]
fn diverging_and_tracked_functions_keep_their_ways() {
    let (line, seen) = seen(|| {
        assert!(catch_unwind(AssertUnwindSafe(|| forever(true))).is_err());
        (tracked().line(), line!())
    });
    assert_eq!(line.0, line.1);
    assert_eq!(seen.all(), [("forever", "panic", 1), ("tracked", "ok", 1)]);
}

thread_local! {
    static DROPPED: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

struct Noted(&'static str);

impl Drop for Noted {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

#[allow(clippy::unnecessary_wraps, reason = "as the measured one")]
fn bare(_a: Noted, b: Noted, _: Noted) -> Result<(), Silent> {
    let _local = Noted("local");
    drop(b);
    Ok(())
}

#[timed]
fn measured(_a: Noted, b: Noted, _: Noted) -> Result<(), Silent> {
    let _local = Noted("local");
    drop(b);
    Ok(())
}

#[test]
fn arguments_are_dropped_in_the_order_of_the_bare_function() {
    let args = || (Noted("a"), Noted("b"), Noted("c"));
    let (a, b, c) = args();
    bare(a, b, c).unwrap();
    let expected = DROPPED.take();
    let (a, b, c) = args();
    measured(a, b, c).unwrap();
    assert_eq!(DROPPED.take(), expected);
}
