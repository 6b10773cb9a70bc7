//! The JSON API and the page with the firmware version.

use crate::asking::Question;
use crate::{around, asked, endless, repeated};

const KIND: &str = "application/json";

#[test]
fn a_json_answer_without_an_end_is_given_up() {
    let told = asked(Question::Json, || around(KIND, r#"{"result":""#, endless(b"a"), ""));
    told.says("longer than").within_mib(256);
}

#[test]
fn a_version_page_without_an_end_is_given_up() {
    let told = asked(Question::Page, || around("text/plain", "VERSION=3.87.6\n", endless(b"a\n"), ""));
    told.says("longer than 65536 bytes").within_mib(32);
}

#[test]
fn deep_json_is_refused() {
    let told = asked(Question::Json, || around(KIND, r#"{"result":"#, repeated(b"[", 100_000), "}"));
    told.says("`BidCoS_RF.isKeySet` was answered with something that is no JSON-RPC answer").within_mib(32);
    let told = asked(Question::Json, || around(KIND, r#"{"result":"#, repeated(b"{\"a\":", 100_000), "}"));
    told.says("no JSON-RPC answer").within_mib(32);
}

#[test]
fn a_fault_with_a_long_message_is_told_in_few_words() {
    let start = r#"{"error":{"code":777,"message":""#;
    let told = asked(Question::Json, move || around(KIND, start, repeated(b"no ", 3 << 20), "\"}}"));
    told.says("`BidCoS_RF.isKeySet`: `no no").within_mib(256);
}
