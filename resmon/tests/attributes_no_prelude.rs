//! The attributes need nothing of the prelude, nor of the macros of the standard library.
#![no_implicit_prelude]
#![deny(warnings)]
#![forbid(unsafe_code)]

#[::resmon::timed]
fn fallible(fail: bool) -> ::std::result::Result<u8, ::std::string::String> {
    if fail {
        return ::std::result::Result::Err(::std::string::String::new());
    }
    ::std::result::Result::Ok(1)
}

#[::resmon::counted(name = "named")]
fn plain() -> u8 {
    1
}

#[::resmon::log_execution_time(level = "trace")]
async fn asynchronous() -> ::std::result::Result<u8, ::std::string::String> {
    fallible(false)
}

#[::resmon::log_execution_time]
fn boxed() -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = u8>>> {
    ::std::boxed::Box::pin(async { 1 })
}

#[::std::prelude::v1::test]
fn they_compile() {
    ::std::assert!(fallible(true).is_err());
    ::std::assert_eq!(plain(), 1);
    ::std::mem::drop(asynchronous());
    ::std::mem::drop(boxed());
}
