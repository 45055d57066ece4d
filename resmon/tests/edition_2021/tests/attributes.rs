//! Every kind of signature compiles in the edition before ours too.
#![deny(warnings)]
#![forbid(unsafe_code)]
#![allow(missing_docs, reason = "the signatures are of every kind, good and bad")]

#[path = "../../support/matrix.rs"]
#[rustfmt::skip]
pub mod matrix;

#[test]
fn the_matrix_runs() {
    assert_eq!(matrix::patterns((1, 2), matrix::Point { x: 3, y: 4 }, [5; 3], 6), Ok(12));
    assert_eq!(matrix::from_macro(7), Ok(7));
}

/// A value whose drop is noted.
struct Noted(&'static str);

thread_local! {
    static DROPPED: std::cell::RefCell<Vec<&'static str>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl Noted {
    fn get(&self) -> usize {
        self.0.len()
    }
}

impl Drop for Noted {
    fn drop(&mut self) {
        DROPPED.with_borrow_mut(|dropped| dropped.push(self.0));
    }
}

macro_rules! forms {
    ($module:ident, $(#[$attribute:meta])?) => {
        mod $module {
            use super::Noted;

            $(#[$attribute])?
            pub(super) fn plain() -> usize {
                let _local = Noted("local");
                Noted("temporary").get()
            }

            $(#[$attribute])?
            pub(super) fn fallible() -> Result<usize, String> {
                let _local = Noted("local");
                Ok(Noted("temporary").get())
            }

            $(#[$attribute])?
            pub(super) fn opaque() -> impl Sized {
                let _local = Noted("local");
                Noted("temporary").get()
            }

            $(#[$attribute])?
            pub(super) async fn later() -> usize {
                let _local = Noted("local");
                Noted("temporary").get()
            }
        }
    };
}

forms!(bare,);
forms!(measured, #[resmon::timed]);

fn dropped<T>(call: impl FnOnce() -> T) -> Vec<&'static str> {
    drop(call());
    DROPPED.take()
}

fn now<T>(future: impl std::future::Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("it waits for nothing"),
    }
}

/// In this edition what a last expression borrows outlives the variables of the body.
#[test]
fn temporaries_are_dropped_as_in_the_bare_function() {
    assert_eq!(dropped(bare::plain), ["local", "temporary"]);
    assert_eq!(dropped(measured::plain), dropped(bare::plain));
    assert_eq!(dropped(measured::fallible), dropped(bare::fallible));
    assert_eq!(dropped(measured::opaque), dropped(bare::opaque));
    assert_eq!(dropped(|| now(measured::later())), dropped(|| now(bare::later())));
}
