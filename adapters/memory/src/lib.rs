//! Ports in memory: the reference implementations.
//!
//! Does NOT touch the disk or the network. What it forgets at the end of the process, it never promised to keep.

mod state;

pub use state::MemoryStateStore;
