//! The daemon as a process and simulated centrals beside it: what operators do with backups of their centrals, and what
//! dies amid it.
//!
//! Does NOT go through the routes and the failures of centrals one by one.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a story that cannot go on has failed")]

mod bed;
mod central;
mod go_daemon;
mod killed_backup;
mod killed_restore;
mod large;
mod many;
mod new_user;
mod other_password;
mod small_disk;
mod spoiled;
mod stopped;
