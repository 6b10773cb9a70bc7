//! What the HTTP API promises, on both backends, one file per subject.
//!
//! Does NOT look into the code behind it: everything is asked over the network, and of the files a daemon leaves.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a claim fails by panicking")]

mod audit;
mod bodies;
mod cached_things;
mod events;
mod fields;
mod forgery;
mod idempotency;
mod keys;
mod names;
mod openapi;
mod routes;
mod sessions;
mod setup;
mod state_backups;
mod stop;
mod throttle;
mod tokens;
mod users;
mod versions;
