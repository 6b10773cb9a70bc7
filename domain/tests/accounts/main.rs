//! The use cases about accounts, over adapters in memory.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests, their shared parts included")]

mod basic;
mod bed;
mod first_run;
mod identifying;
mod logging_in;
mod own_password;
mod recording;
mod sessions_ending;
mod tokens;
mod users;
