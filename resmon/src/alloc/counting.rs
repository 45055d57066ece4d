//! The allocator that counts.

use std::alloc::{GlobalAlloc, Layout, System};

use super::{count, heap};

/// Counts the allocations of each thread and leaves the work to another allocator.
///
/// With it the option `count_alloc` knows what a call allocates, and `process_heap_bytes`
/// what of the heap is in use. It costs some 11 ns a block, made and given back. The counts of a
/// thread only grow, so they are right however calls nest, panic or move between threads.
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
        // SAFETY: the caller keeps the contract of this very method.
        counted(unsafe { self.0.alloc(layout) }, layout.size())
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        counted(unsafe { self.0.alloc_zeroed(layout) }, layout.size())
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as in `alloc`.
        let moved = unsafe { self.0.realloc(block, layout, size) };
        if !moved.is_null() {
            // What a block grows by is new; one that shrinks takes nothing.
            count(size.saturating_sub(layout.size()));
            heap::add(signed(size).wrapping_sub(signed(layout.size())));
        }
        moved
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as in `alloc`.
        unsafe { self.0.dealloc(block, layout) }
        heap::add(-signed(layout.size()));
    }
}

/// Counts a new block of that size, unless there was no memory for it.
#[inline]
fn counted(block: *mut u8, size: usize) -> *mut u8 {
    if !block.is_null() {
        count(size);
        heap::add(signed(size));
    }
    block
}

/// No block is larger than `isize::MAX`.
#[inline]
fn signed(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}
