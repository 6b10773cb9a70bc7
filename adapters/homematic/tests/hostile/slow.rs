//! Answers that come, but so slowly that nobody lives to see their end.

use crate::asked_in_haste;
use crate::asking::Question;
use crate::server::{Answer, http};
use std::thread;
use std::time::Duration;

/// A byte in time each time, so that no pause is too long.
fn drip(start: &'static [u8]) -> Answer {
    let drops = std::iter::repeat_with(|| {
        thread::sleep(Duration::from_millis(400));
        b" ".to_vec()
    });
    Box::new([start.to_vec()].into_iter().chain(drops))
}

#[test]
fn a_body_that_drips_is_given_up() {
    // Each is a matter of waiting, so they wait together.
    thread::scope(|waiting| {
        for question in [Question::Page, Question::Json, Question::Xml, Question::Backup] {
            waiting.spawn(move || {
                let told = asked_in_haste(question, || http("text/plain", drip(b"usr_local")));
                told.says("did not finish its answer in time").within_mib(32);
            });
        }
    });
}

#[test]
fn a_frame_that_drips_is_given_up() {
    let told = asked_in_haste(Question::Bin, || drip(b"Bin\x01\0\x10\0\0"));
    told.says("did not finish its answer in time").within_mib(32);
}

#[test]
fn a_head_that_drips_is_given_up() {
    let told = asked_in_haste(Question::Json, || drip(b"HTTP/1.1 200 OK\r\nX: "));
    told.says("did not answer within").within_mib(32);
}
