//! What answers made to hurt do: each ends soon, in few words that say what was wrong, and in bounded memory.
//!
//! Memory is measured, so each question is asked by a process of its own. Does NOT test what a central says by mistake
//! (`central`, `interfaces`).

#![expect(clippy::unwrap_used, reason = "these are tests, their shared parts included")]

mod asking;
mod backups;
mod heads;
mod json;
mod many_values;
mod server;
mod slow;
mod xml;

use asking::{Patience, Question, ask};
use server::{Server, http};

/// Asks a server that answers so; any question but a login.
#[track_caller]
fn asked(question: Question, answer: impl Fn() -> server::Answer + Send + Sync + 'static) -> asking::Told {
    ask(question, Patience::Long, &Server::start(answer))
}

/// The same where only the end of patience ends the answer.
#[track_caller]
fn asked_in_haste(
    question: Question,
    answer: impl Fn() -> server::Answer + Send + Sync + 'static,
) -> asking::Told {
    ask(question, Patience::Short, &Server::start(answer))
}

const MIB: usize = 1 << 20;

/// These bytes over and over, in pieces of a mebibyte at the least.
fn endless(bytes: &[u8]) -> server::Answer {
    let piece = bytes.repeat(MIB.div_ceil(bytes.len()));
    Box::new(std::iter::repeat_with(move || piece.clone()))
}

/// These bytes so often, in pieces of about a mebibyte.
fn repeated(bytes: &[u8], times: usize) -> server::Answer {
    let (bytes, at_once) = (bytes.to_vec(), MIB.div_ceil(bytes.len()));
    let full = std::iter::repeat_n(at_once, times / at_once).chain([times % at_once]);
    Box::new(full.map(move |times| bytes.repeat(times)))
}

/// A whole answer: a head, these bytes, this body, these bytes.
fn around(kind: &str, start: &str, body: server::Answer, end: &str) -> server::Answer {
    let (start, end) = (start.as_bytes().to_vec(), end.as_bytes().to_vec());
    http(kind, Box::new(std::iter::once(start).chain(body).chain([end])))
}
