//! The attributes of resmon.
