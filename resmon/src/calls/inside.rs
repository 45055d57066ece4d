//! What this thread is in the middle of, so that a call made there goes no further than it can.

use std::cell::Cell;

use crate::alloc;

/// Where a call was made from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Inside {
    /// The program.
    Program,
    /// A recorder that is being told of another call: telling it of this one might never end.
    Recorder,
    /// resmon's own bookkeeping, which only the program's allocator can be called from.
    Bookkeeping,
}

thread_local! {
    static INSIDE: Cell<Inside> = const { Cell::new(Inside::Program) };
}

/// Where this thread is.
pub(super) fn now() -> Inside {
    INSIDE.get()
}

/// Runs `work` as being there.
pub(super) fn during<T>(place: Inside, work: impl FnOnce() -> T) -> T {
    struct Back(Inside);

    impl Drop for Back {
        fn drop(&mut self) {
            INSIDE.set(self.0);
        }
    }

    let _back = Back(INSIDE.replace(place));
    alloc::uncounted(work)
}
