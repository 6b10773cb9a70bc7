//! What end-to-end stories and fault tests share: the real binary, sample data dirs, and a way to compare them.
//!
//! | room | what lives there |
//! |---|---|
//! | [`age_keys`] | identities of age and their recipients |
//! | [`binary`] | where `openccu-loom` is, built if need be |
//! | [`run`] | runs a verb and holds what it said |
//! | [`data_dir`] | sample data dirs as a daemon leaves them, made with the plain `sqlite3` shell |
//! | [`sealing`] | `enc:v1:` values made without this project's own code |
//! | [`contents`] | what a data dir holds, for comparing two of them |
//! | [`story`] | a sample, its folder, and verbs run there; no secret may be said |
//! | [`shell`] | other people's tools |
//! | [`daemon`] | daemons as processes, and requests to them |
//! | [`instants`] | when to kill what is tested |
//! | [`docs`] | what the docs tell an operator to type |
//! | [`json_docs`] | what the docs say about `--json` |
//! | [`scripted_daemon`] | answers like a daemon, as a test scripts it |
//! | [`upstream`] | archives of Go daemons, built byte by byte |
//! | [`sealed_container`] | sealed archives, built frame by frame |
//!
//! Nothing here knows this project's crates: what is tested is what a stranger can see. Does NOT test anything itself.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bed that cannot be made fails the test")]

pub mod age_keys;
pub mod binary;
pub mod contents;
pub mod daemon;
pub mod data_dir;
pub mod docs;
pub mod instants;
pub mod json_docs;
pub mod run;
pub mod scripted_daemon;
pub mod sealed_container;
pub mod sealing;
pub mod shell;
pub mod story;
pub mod upstream;
