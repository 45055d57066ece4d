//! What calls allocate is counted exactly, through nesting, panics and threads.
#![allow(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use std::{hint::black_box, panic::catch_unwind, thread};

use common::alone;
use resmon::{CountingAllocator, FunctionStats, Monitor};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

#[resmon::timed(count_alloc)]
fn inner(bytes: usize) -> Vec<u8> {
    black_box(Vec::with_capacity(bytes))
}

#[resmon::counted(count_alloc)]
fn outer() {
    let kept = inner(1_000);
    let mut grown: Vec<u8> = black_box(Vec::with_capacity(100));
    grown.reserve_exact(300);
    drop((kept, black_box(grown)));
}

#[resmon::timed(count_alloc)]
fn panics() {
    let _held = inner(10);
    std::panic::resume_unwind(Box::new(7_u64));
}

#[resmon::timed(count_alloc, cpu)]
async fn steps() -> Vec<u8> {
    let first: Vec<u8> = black_box(Vec::with_capacity(64));
    tokio::task::yield_now().await;
    drop(first);
    black_box(Vec::with_capacity(32))
}

#[resmon::timed(count_alloc)]
fn frees(block: Vec<u8>) {
    drop(black_box(block));
}

fn stats(function: &str) -> FunctionStats {
    let monitor = Monitor::builder().private().start().unwrap();
    monitor.functions().into_iter().find(|f| f.function() == function).unwrap()
}

fn counts(function: &str) -> (u64, u64) {
    let stats = stats(function);
    (stats.allocations().unwrap(), stats.allocated_bytes().unwrap())
}

fn heap() -> i64 {
    let sample = resmon::Process::current().unwrap().sample().unwrap();
    sample.heap_bytes().unwrap().try_into().unwrap()
}

#[test]
fn the_heap_is_what_was_allocated_and_not_given_back() {
    alone("the_heap_is_what_was_allocated_and_not_given_back", || {
        const BLOCK: usize = 64 << 20;
        let about = |expected: i64| expected - 100_000..=expected + 100_000;
        let before = heap();
        let mut block: Vec<u8> = Vec::with_capacity(BLOCK);
        assert!(about(64 << 20).contains(&(heap() - before)));
        block.reserve_exact(2 * BLOCK);
        assert!(about(128 << 20).contains(&(heap() - before)));
        block.push(1);
        block.shrink_to(BLOCK / 2);
        assert!(about(32 << 20).contains(&(heap() - before)));
        // Whoever gives it back.
        thread::spawn(move || drop(black_box(block))).join().unwrap();
        assert!(about(0).contains(&(heap() - before)));
        // Threads that come and go with blocks that stay.
        let kept: Vec<_> = (0..200)
            .map(|_| thread::spawn(|| black_box(vec![0_u8; 100_000])).join().unwrap())
            .collect();
        assert!(about(20_000_000).contains(&(heap() - before)));
        drop(kept);
        assert!(about(0).contains(&(heap() - before)));
    });
}

#[test]
fn every_allocation_is_counted_where_it_was_made() {
    outer();
    assert_eq!(counts("inner"), (1, 1_000));
    // 1,000 inside its callee, 100, and 200 by which that grew; nothing of resmon's own.
    assert_eq!(counts("outer"), (3, 1_300));
    (0..99).for_each(|_| outer());
    assert_eq!(counts("outer"), (300, 130_000));

    let before = counts("inner");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..100).for_each(|_| drop(inner(50))));
        }
    });
    assert_eq!(counts("inner"), (before.0 + 800, before.1 + 40_000));

    assert!(catch_unwind(panics).is_err());
    let (_, bytes) = counts("panics");
    // What it held, what it threw, and what throwing takes.
    assert!((18..500).contains(&bytes), "{bytes}");

    frees(vec![0; 4096]);
    assert_eq!(counts("frees"), (0, 0));

    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let noise = async {
            for _ in 0..5 {
                drop(black_box(vec![0_u8; 512]));
                tokio::task::yield_now().await;
            }
        };
        tokio::join!(steps(), noise);
    });
    let (_, bytes) = counts("steps");
    assert!((96..512).contains(&bytes), "{bytes}");
    assert!(stats("steps").cpu_time().is_some());
}
