//! What becomes of the calls when the process forks.
//!
//! The child's calls go to shards of its own, and what the parent counted stays the
//! parent's. The list of call sites is common to both, so the forking thread holds it still.

use super::{registry, route, thread};
use crate::fork::{self, Around};

/// Has every later fork part the calls of parent and child.
pub(super) fn watch() {
    fork::watch(Around { before, in_parent, in_child });
}

extern "C" fn before() {
    registry::hold();
}

extern "C" fn in_parent() {
    registry::release();
}

extern "C" fn in_child() {
    registry::release();
    route::forget_parent();
    thread::forget_parent();
}
