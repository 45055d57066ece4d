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
