//! Archives that mean harm, built byte by byte: each is refused with its own words, and nothing is touched.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bed;
mod bombs;
mod databases;
mod forgery;
mod manifests;
mod members;
mod names;
mod not_archives;
