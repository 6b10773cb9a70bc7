//! Ports in memory: the reference implementations.
//!
//! Does NOT touch the disk or the network. What it forgets at the end of the process, it never promised to keep.

mod disk;
mod state;

pub use disk::{MemoryDisk, Node};
pub use state::MemoryStateStore;
