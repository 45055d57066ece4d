//! What a call's value means, where the annotation says so.
#![deny(warnings)]
#![warn(clippy::pedantic)]
#![allow(clippy::trivially_copy_pass_by_ref, reason = "what judges a value is given a reference")]

mod support;

use std::{
    future::{Ready, ready},
    pin::Pin,
    process::ExitStatus,
};

use support::{seen, seen_async};

#[resmon::timed(err_if = Option::is_none)]
fn find(list: &[u8], wanted: u8) -> Option<usize> {
    list.iter().position(|found| *found == wanted)
}

#[resmon::timed(ok_if = ExitStatus::success)]
fn run(program: &str) -> ExitStatus {
    std::process::Command::new(program).status().expect("it is there")
}

fn is_gone(result: &Result<u8, u16>) -> bool {
    matches!(result, Err(code) if *code != 404)
}

#[resmon::counted(err_if = is_gone)]
fn fetch(code: u16) -> Result<u8, u16> {
    if code == 200 { Ok(1) } else { Err(code) }
}

fn is_low(number: &u32) -> bool {
    *number < 10
}

#[resmon::timed(ok_if = is_low)]
fn early(number: u32) -> u32 {
    if number > 100 {
        return number;
    }
    number
}

#[resmon::timed(ok_if = is_low)]
async fn later(number: u32) -> u32 {
    number
}

#[resmon::timed(ok_if = is_low)]
fn boxed(number: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { number })
}

#[resmon::timed(call)]
fn named(number: u32) -> Ready<u32> {
    ready(number)
}

#[resmon::timed(call)]
fn inside(number: u32) -> Result<Ready<u32>, String> {
    if number == 0 { Err("nothing".to_owned()) } else { Ok(ready(number)) }
}

#[resmon::timed(call)]
fn opaque(number: u32) -> impl Future<Output = u32> + Clone {
    ready(number)
}

#[test]
fn a_value_is_judged_as_the_annotation_says() {
    let ((), seen) = seen(|| {
        let _ = (find(&[1, 2], 2), find(&[1, 2], 3));
        let _ = (run("true"), run("false"));
        let _ = (fetch(200), fetch(404), fetch(500));
        let _ = (early(1), early(50), early(500));
    });
    assert_eq!(
        seen.all(),
        [
            ("early", "error", 2),
            ("early", "ok", 1),
            ("fetch", "error", 1),
            ("fetch", "ok", 2),
            ("find", "error", 1),
            ("find", "ok", 1),
            ("run", "error", 1),
            ("run", "ok", 1),
        ]
    );
}

#[test]
fn so_is_what_a_future_yields() {
    let (sum, seen) =
        seen_async(async { later(1).await + later(20).await + boxed(1).await + boxed(20).await });
    assert_eq!(sum, 42);
    assert_eq!(
        seen.all(),
        [("boxed", "error", 1), ("boxed", "ok", 1), ("later", "error", 1), ("later", "ok", 1)]
    );
}

#[test]
fn a_call_that_is_meant_ends_with_the_future_s_creation() {
    let ((), seen) = seen(|| {
        drop((named(1), inside(1), opaque(1)));
        drop(inside(0));
    });
    assert_eq!(
        seen.all(),
        [("inside", "error", 1), ("inside", "ok", 1), ("named", "ok", 1), ("opaque", "ok", 1)]
    );
}
