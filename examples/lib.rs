//! Programs that show resmon at work, one for each thing a user wants to do.
//!
//! | example | shows |
//! |---|---|
//! | `quickstart` | a real job watched while it runs, and what it cost |
