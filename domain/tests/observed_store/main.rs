//! The observing decorator over the store in memory: nothing about the store changes, and what is told is true.

#![expect(clippy::unwrap_used, reason = "these are tests, their shared parts included")]

mod contracts;
mod telling;
