//! The house rules as functions: a rule takes a path and a text and returns its findings, one sentence each.
//!
//! `tests/tidy/tests/house.rs` applies them to the repository. Does NOT repair anything and does NOT judge taste: what
//! stands here can be decided by looking.

pub mod cli_docs;
pub mod doc_paths;
pub mod edges;
pub mod headers;
pub mod length;
pub mod log_events;
pub mod names;
pub mod ports;
pub mod printing;
pub mod private_files;
pub mod purity;
pub mod top_level;
pub mod tree;
pub mod wording;

mod source;
