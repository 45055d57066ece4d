//! User items with the names of the standard library.
#![allow(non_camel_case_types, dead_code, reason = "they shadow on purpose")]

pub mod core {}
pub mod std {}
pub mod alloc {}
pub mod resmon {}
#[derive(::core::fmt::Debug)]
pub struct Some;
#[derive(::core::fmt::Debug)]
pub struct None;
#[derive(::core::fmt::Debug)]
pub struct Ok;
#[derive(::core::fmt::Debug)]
pub struct Err;
#[derive(::core::fmt::Debug)]
pub struct Box;
#[derive(::core::fmt::Debug)]
pub struct Send;
pub trait Future {}
pub trait Display {}

pub trait Answers {
    fn outcome(&self) -> u8 {
        1
    }
    fn end(&self) -> u8 {
        1
    }
}

impl<T: ?Sized> Answers for T {}

#[super::timed]
pub fn fallible() -> super::Alias<u8> {
    ::core::result::Result::Ok(Some.outcome() + None.end())
}

#[super::log_execution_time]
pub async fn asynchronous() -> super::Alias<u8> {
    ::core::result::Result::Ok(1)
}

#[super::counted]
pub fn opaque() -> impl ::core::future::Future<Output = super::Alias<u8>> {
    asynchronous()
}
