//! Heads of answers: without an end, with lies about lengths, again and again.

use crate::asking::Question;
use crate::server::Answer;
use crate::{asked, asked_in_haste, endless};

const ALL: [Question; 4] = [Question::Page, Question::Json, Question::Xml, Question::Backup];

fn then(start: &str, more: Answer) -> Answer {
    Box::new([start.as_bytes().to_vec()].into_iter().chain(more))
}

#[test]
fn a_header_without_an_end_is_given_up() {
    for question in ALL {
        let told = asked(question, || then("HTTP/1.1 200 OK\r\nX: ", endless(b"a")));
        told.says("does not speak HTTP: message head is too large").within_mib(32);
    }
}

#[test]
fn headers_without_an_end_are_given_up() {
    for question in ALL {
        let told = asked(question, || then("HTTP/1.1 200 OK\r\n", endless(b"X: a\r\n")));
        told.says("does not speak HTTP").within_mib(32);
    }
}

#[test]
fn announcements_that_only_put_off_are_given_up() {
    let told = asked_in_haste(Question::Json, || endless(b"HTTP/1.1 100 Continue\r\n\r\n"));
    told.says("did not answer within").within_mib(32);
}

#[test]
fn a_length_nobody_can_hold_is_refused_before_it_is_read() {
    for question in [Question::Page, Question::Json, Question::Xml] {
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000000000\r\n\r\n";
        asked(question, move || then(head, endless(b"a"))).says("longer than").within_mib(32);
    }
}

#[test]
fn chunks_without_an_end_are_given_up() {
    for question in [Question::Page, Question::Json, Question::Xml] {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunk = format!("400\r\n{}\r\n", "a".repeat(1024)).into_bytes();
        asked(question, move || then(head, endless(&chunk))).says("longer than").within_mib(256);
        let extended = format!("{head}1;");
        asked(question, move || then(&extended, endless(b"a"))).says("was cut off").within_mib(32);
    }
}

#[test]
fn a_redirect_is_told_in_few_words() {
    let long = format!("HTTP/1.1 302 Found\r\nLocation: http://{}/\r\n\r\n", "a".repeat(100_000));
    let told = asked(Question::Json, move || then(&long, Box::new(std::iter::empty())));
    told.says("sends questions on to another address (http://aaaa").within_mib(32);
}
