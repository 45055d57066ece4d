//! What an attribute runs a function's body through, and how its value ends the call.
//!
//! The value decides by its type, found by method lookup as in [`outcome`](super::outcome):
//! a boxed future is wrapped, for its call ends when it is done; any other future is
//! refused, for a call that ended at its creation would be mistimed; any other value ends
//! the call at once.

#![allow(clippy::unused_self, reason = "the types without fields carry what was found of a value")]

use std::{future::Future, pin::Pin};

use super::{CallFuture, Extra, FirstPoll, Guard, Measure, Outcome, Probe};

/// Runs a body that may return early, and hands back its value.
#[inline(always)]
#[allow(clippy::inline_always, reason = "a frame of its own would stand in every backtrace")]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Makes the future that a body returns, which yields an `O`.
#[inline(always)]
#[allow(clippy::inline_always, reason = "a frame of its own would stand in every backtrace")]
pub fn future_of<O, F: Future<Output = O>>(body: impl FnOnce() -> F) -> F {
    body()
}

/// Tells the compiler the type of an async block in a branch that is never taken.
pub fn never<T>() -> T {
    unreachable!("the branch is never taken")
}

/// No value tells more than that the call returned.
#[inline]
pub const fn always_ok<T>(_value: &T) -> Outcome<'_> {
    Outcome::OK
}

/// The call ends with its value.
#[derive(Debug)]
pub struct ByValue;

impl ByValue {
    /// Ends the call and hands the value back.
    #[inline]
    pub fn end<K: Measure, X: Extra, T>(
        self,
        guard: Guard<K, X>,
        value: T,
        classify: impl FnOnce(&T) -> Outcome<'_>,
    ) -> T {
        guard.finish(classify(&value));
        value
    }
}

/// The call begins with the first poll of the boxed future and ends with the future.
#[derive(Debug)]
pub struct ByFuture;

impl ByFuture {
    /// Wraps the future.
    pub fn end<K, X, T, C>(self, guard: Guard<K, X>, value: T, classify: C) -> T
    where
        K: Measure,
        X: Extra,
        T: BoxedFuture<C, X>,
        C: FnMut(&T::Output) -> Outcome<'_>,
    {
        value.counted_as(guard, classify)
    }
}

/// The value is a future that cannot be wrapped in its own type.
#[derive(Debug)]
pub struct Refused;

impl Refused {
    /// Does not compile, and says why.
    pub fn end<K, X, T, C>(self, _guard: Guard<K, X>, value: T, _classify: C) -> T
    where
        K: Measure,
        X: Extra,
        T: MeasurableFuture,
        C: FnOnce(&T) -> Outcome<'_>,
    {
        value
    }
}

/// No type has this; its message is what it is for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is a future: this would time its creation, not its run",
    label = "a future of a named type cannot be measured",
    note = "make it an `async fn`, or let it return `impl Future<Output = …>` or `Pin<Box<dyn Future<Output = …>>>`",
    note = "if the creation is what you want to time, say so: `call` among the attribute's options"
)]
pub trait MeasurableFuture {}

/// A boxed future whose type allows it to be wrapped.
pub trait BoxedFuture<C, X: Extra>: Future + Sized {
    /// The same future, counted as the call that `guard` began.
    fn counted_as<K: Measure>(self, guard: Guard<K, X>, classify: C) -> Self;
}

/// A boxed future.
pub trait ViaBoxedFuture {
    /// How the call ends.
    fn resmon_way(&self) -> ByFuture;
}

macro_rules! boxed {
    ($($auto:ident)*) => {
        impl<'a, O, C, X> BoxedFuture<C, X> for Pin<Box<dyn Future<Output = O> $(+ $auto)* + 'a>>
        where
            O: 'a,
            C: FnMut(&O) -> Outcome<'_> $(+ $auto)* + 'a,
            X: Extra $(+ $auto)* + 'a,
        {
            fn counted_as<K: Measure>(self, guard: Guard<K, X>, classify: C) -> Self {
                match guard.abandon() {
                    (Some(site), made, extra) => {
                        let extra = (FirstPoll::made_at(made), extra);
                        Box::pin(CallFuture::<_, _, K, _>::with(site, self, classify, extra))
                    }
                    (None, ..) => self,
                }
            }
        }

        impl<O> ViaBoxedFuture
            for &&Probe<'_, Pin<Box<dyn Future<Output = O> $(+ $auto)* + '_>>>
        {
            fn resmon_way(&self) -> ByFuture {
                ByFuture
            }
        }
    };
}

boxed!();
boxed!(Send);
boxed!(Send Sync);

/// Any future.
pub trait ViaFuture {
    /// How the call ends.
    fn resmon_way(&self) -> Refused;
}

impl<T: Future + ?Sized> ViaFuture for &Probe<'_, T> {
    fn resmon_way(&self) -> Refused {
        Refused
    }
}

/// Any value.
pub trait ViaValue {
    /// How the call ends.
    fn resmon_way(&self) -> ByValue;
}

impl<T: ?Sized> ViaValue for Probe<'_, T> {
    fn resmon_way(&self) -> ByValue {
        ByValue
    }
}
