//! The use cases over adapters in memory: what they bring about, and that a fault at any call brings nothing about.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests, their shared parts included")]

mod earlier_keys;
mod examining;
mod refusing;
mod restoring;
mod sealing;
mod taking;
mod world;
mod wrapped_keys;
