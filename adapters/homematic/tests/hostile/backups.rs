//! System backups that never end, or unpack to more than anybody has.

use crate::asking::Question;
use crate::{around, asked, asked_in_haste, endless, repeated};
use loom_contract::sbk_samples;
use std::sync::Arc;

const KIND: &str = "application/octet-stream";

#[test]
fn a_backup_that_never_ends_ends_with_patience() {
    let told = asked_in_haste(Question::Backup, || around(KIND, "usr_local.tar.gz", endless(b"\0"), ""));
    told.says("did not finish its answer in time").within_mib(32);
}

#[test]
fn a_bomb_in_a_backup_is_not_inflated_beyond_the_limit() {
    let bomb = Arc::new(sbk_samples::bomb(512));
    let told = asked(Question::Backup, move || {
        let bomb = bomb.to_vec();
        around(KIND, "", Box::new([bomb].into_iter()), "")
    });
    told.says("unpacks to more than").within_mib(32);
}

#[test]
fn an_error_text_without_an_end_is_told_in_few_words() {
    let told = asked(Question::Backup, || around("text/plain", "ERROR: ", endless(b"no "), ""));
    told.says("could not make the system backup: `ERROR: no no").within_mib(32);
}

#[test]
fn blanks_before_a_text_are_not_waited_out() {
    let told = asked(Question::Backup, || around(KIND, "", repeated(b"\n", 1 << 20), "ERROR: no"));
    told.says("it is no CCU backup but a text").within_mib(32);
}
