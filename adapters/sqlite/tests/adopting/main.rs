//! Adopting databases of Go daemons: what is taken over and how, what is refused, and that a refusal changes nothing.

#![expect(clippy::unwrap_used, reason = "these are tests, their shared parts included")]

mod go_database;
mod odd_databases;
mod refusing;

mod taking_over;
