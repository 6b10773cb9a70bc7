//! Interfaces of a simulated central: devices over XML-RPC, BIN-RPC and the JSON API, TLS, diagnoses, hostile answers.
//!
//! Does NOT test sessions, web pages or restores (`central`).

#![expect(clippy::unwrap_used, reason = "these are tests, their shared parts included")]

mod bed;
mod certificates;
mod diagnosis;
mod hostile;
mod open_ways;
mod other_makers;
