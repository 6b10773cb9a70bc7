//! The local restore target keeps its contract, and what is special about a local folder.
//!
//! These are unit tests because a crash is simulated inside the steps of a swap.

mod bed;
mod config;
mod local;

loom_contract::restore_target_contract!(bed::fresh());
