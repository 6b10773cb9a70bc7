//! The use cases around the master key, over the reference adapters: rotation, moves, recovery, checks, retirement.
//!
//! Does NOT touch files: how a data dir keeps its keys is the adapter's.

#![expect(clippy::unwrap_used, reason = "these are tests, their shared parts included")]

mod bed;
mod checking;
mod moving;
mod outside;
mod recovering;
mod retiring;
mod rotating;
mod stuck;
