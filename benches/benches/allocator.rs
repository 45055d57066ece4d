//! What the counting allocator costs: a block made and given back through it and without it,
//! and a call whose allocations are counted.

#[path = "calls/way.rs"]
mod way;

use std::{
    alloc::{GlobalAlloc, Layout, System},
    hint::black_box,
};

use resmon::{CountingAllocator, Monitor};

use crate::way::{Way, body, median_of_threads, medians};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::system();

#[resmon::timed]
#[inline(never)]
fn timed(n: u64) -> u64 {
    body(n)
}

#[resmon::timed(count_alloc)]
#[inline(never)]
fn count_alloc(n: u64) -> u64 {
    body(n)
}

/// Makes a block of 64 bytes and gives it back.
#[allow(unsafe_code, reason = "an allocator is called by hand, to go around the global one")]
fn block(allocator: &impl GlobalAlloc, n: u64) -> u64 {
    let layout = Layout::new::<[u64; 8]>();
    // SAFETY: the layout has a size, and the block is given back as it was made.
    unsafe {
        let block = black_box(allocator.alloc(layout));
        allocator.dealloc(block, layout);
    }
    n
}

fn main() -> Result<(), resmon::Error> {
    let monitor = Monitor::builder().private().start()?;
    let mut ways = [
        Way::new("a block, System", |n| block(&System, n)),
        Way::new("a block, CountingAllocator", |n| block(&ALLOCATOR, n)),
        Way::new("#[timed]", timed),
        Way::new("#[timed(count_alloc)]", count_alloc),
    ];
    println!("{:<42} {:>8}", "a block made and given back, or a call", "ns");
    let line = |name: &str, ns: f64| println!("{name:<42} {ns:>8.1}");
    for (name, ns) in medians(&mut ways) {
        line(name, ns);
    }
    let counted = || Way::new("counted", |n| block(&ALLOCATOR, n));
    line("two threads, CountingAllocator", median_of_threads(vec![counted(), counted()]));
    monitor.stop();
    Ok(())
}
