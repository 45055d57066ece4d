//! The allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};

use super::count;

/// Counts the allocations of each thread and leaves the work to another allocator.
///
/// With it the option `count_alloc` knows what a call allocates. It costs some 2 ns an
/// allocation. The counts only grow, so they are right however calls nest, panic or move
/// between threads.
///
/// # Examples
///
/// ```
/// #[global_allocator]
/// static ALLOCATOR: resmon::CountingAllocator = resmon::CountingAllocator::system();
///
/// #[resmon::timed(count_alloc)]
/// fn squares(n: u64) -> Vec<u64> {
///     (0..n).map(|i| i * i).collect()
/// }
///
/// # fn main() -> Result<(), resmon::Error> {
/// assert_eq!(squares(1_000).len(), 1_000);
/// let monitor = resmon::Monitor::start()?;
/// let functions = monitor.functions();
/// let squares = functions.iter().find(|f| f.function() == "squares").expect("annotated");
/// assert_eq!((squares.allocations(), squares.allocated_bytes()), (Some(1), Some(8_000)));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default, Clone, Copy)]
pub struct CountingAllocator<A = System>(A);

impl CountingAllocator {
    /// Counts for the system's allocator.
    #[must_use]
    pub const fn system() -> Self {
        Self(System)
    }
}

impl<A> CountingAllocator<A> {
    /// Counts for that allocator.
    #[must_use]
    pub const fn wrap(allocator: A) -> Self {
        Self(allocator)
    }
}

#[allow(unsafe_code, reason = "an allocator is unsafe to implement")]
// SAFETY: every call goes to the wrapped allocator as it came, whose promises these are; what
// is done besides neither allocates nor panics.
unsafe impl<A: GlobalAlloc> GlobalAlloc for CountingAllocator<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: the caller keeps the contract of this very method.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        // SAFETY: as in `alloc`.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // What a block grows by is new; one that shrinks takes nothing.
        count(size.saturating_sub(layout.size()));
        // SAFETY: as in `alloc`.
        unsafe { self.0.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        unsafe { self.0.dealloc(block, layout) }
    }
}
