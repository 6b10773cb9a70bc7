//! The caching decorator: every contract through it, and what it does when writes fail, overlap or are dropped.

#![expect(clippy::unwrap_used, reason = "these are tests, their shared parts included")]

mod contracts;
mod doubtful_writes;
mod reading;
mod stage;
