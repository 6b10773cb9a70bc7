//! Answers that come, but so slowly that nobody lives to see their end.

use crate::asking::{Question, ask};
use crate::server::{Answer, Server, http};
use std::time::Duration;

/// A byte in time each time, so that no pause is too long.
fn drip(start: &'static [u8]) -> Answer {
    let drops = std::iter::repeat_with(|| {
        std::thread::sleep(Duration::from_millis(400));
        b" ".to_vec()
    });
    Box::new([start.to_vec()].into_iter().chain(drops))
}

#[test]
fn a_body_that_drips_is_given_up() {
    for question in [Question::Page, Question::Json, Question::Xml, Question::Backup] {
        let server = Server::start(|| http("text/plain", drip(b"usr_local")));
        ask(question, &server).says("did not finish its answer in time").within_mib(32);
    }
}

#[test]
fn a_frame_that_drips_is_given_up() {
    let server = Server::start(|| drip(b"Bin\x01\0\x10\0\0"));
    ask(Question::Bin, &server).says("did not finish its answer in time").within_mib(32);
}

#[test]
fn a_head_that_drips_is_given_up() {
    let server = Server::start(|| drip(b"HTTP/1.1 200 OK\r\nX: "));
    ask(Question::Json, &server).says("did not answer within").within_mib(32);
}
