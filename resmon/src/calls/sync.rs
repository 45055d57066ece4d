//! What threads share, as loom has it where its models check how it is shared.

#[cfg(not(resmon_loom))]
pub(super) use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering},
};

#[cfg(resmon_loom)]
pub(super) use loom::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering},
};
