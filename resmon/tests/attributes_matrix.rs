//! Every kind of signature compiles, without a warning and without `unsafe`.
#![deny(warnings)]
#![forbid(unsafe_code)]
#![warn(clippy::pedantic, clippy::nursery)]
#![allow(missing_docs, reason = "the signatures are of every kind, good and bad")]

#[path = "support/matrix.rs"]
#[rustfmt::skip]
pub mod matrix;

#[test]
fn the_matrix_runs() {
    assert_eq!(matrix::patterns((1, 2), matrix::Point { x: 3, y: 4 }, [5; 3], 6), Ok(12));
    assert_eq!(matrix::from_macro(7), Ok(7));
    assert_eq!(matrix::shadowed::fallible(), Ok(2));
    assert_eq!(matrix::coerced_result(&vec![1, 2]), Ok(&[1, 2][..]));
    assert_eq!(matrix::opaque_inside(2).map(Iterator::sum), Ok(5_u8));
    assert_eq!(matrix::argument_names(1, 2, 3, 4, 5), Ok(15));
}
