//! See the sibling folders.
