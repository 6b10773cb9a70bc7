//! Files that are no tar: the usual ways a CCU answers instead of a backup.

use crate::court::{judge, only_damage};
use loom_contract::sbk_samples;
use loom_domain::sbk::Beginning;

fn words(file: &[u8]) -> String {
    let damage = only_damage(file);
    assert_eq!(damage.code(), "not_a_tar");
    assert_eq!(judge(file).facts, None);
    damage.to_string()
}

#[test]
fn nothing_at_all_is_told_as_such() {
    let damage = only_damage(b"");
    assert_eq!(damage.code(), "empty");
    let wanted =
        "the backup is empty\nhint: the connection ended before the CCU sent anything; make the backup again";
    assert_eq!(damage.to_string(), wanted);
}

#[test]
fn the_login_page_is_told_as_such_however_long_it_is() {
    let wanted = "it is no CCU backup but a web page\n\
                  hint: the CCU showed its login page; check the password and that the user is an administrator";
    let page = sbk_samples::login_page();
    assert_eq!(words(&page), wanted);
    assert_eq!(words(&page.repeat(10)), wanted);
    assert_eq!(words(b"\n\n  <html>"), wanted);
}

#[test]
fn an_error_text_of_the_ccu_is_quoted() {
    let wanted = "it is no CCU backup but an error of the CCU, \
                  `ERROR: creating backup returned unexpected error code 2`\n\
                  hint: check the free space on the CCU, then try again";
    assert_eq!(words(&sbk_samples::error_text()), wanted);
}

#[test]
fn a_crash_of_the_ccus_page_is_told_in_a_page_and_in_a_text() {
    let wanted = Beginning::CcuError("an internal error was detected in the service software".to_owned());
    assert_eq!(Beginning::of(b"<html><body>An internal error was detected in the service software"), wanted);
    let Beginning::CcuError(text) =
        Beginning::of(b"An internal error was detected in the service software.\nx")
    else {
        panic!("it is an error of the CCU")
    };
    assert_eq!(text, "An internal error was detected in the service software.");
}

#[test]
fn other_texts_are_not_quoted() {
    assert_eq!(words(b"-----BEGIN PRIVATE KEY-----\n"), "it is no CCU backup but a text");
}

#[test]
fn gzip_and_zip_are_told_with_what_to_do() {
    let usr_local = sbk_samples::gzip(b"x");
    let wanted = "it is no CCU backup but gzip data\n\
                  hint: a `usr_local.tar.gz` taken out of a backup is not enough; the whole `.sbk` is needed";
    assert_eq!(words(&usr_local), wanted);
    let wanted = "it is no CCU backup but a ZIP file\nhint: if it holds the `.sbk`, unpack it first";
    assert_eq!(words(b"PK\x03\x04\x14\0"), wanted);
    assert_eq!(words(&[1; 600]), "it is no CCU backup but something else");
}

#[test]
fn a_long_error_text_is_shortened_and_escaped() {
    let text = format!("ERROR: \u{1b}[31m{}", "ü".repeat(300));
    // A control character makes it no text.
    assert_eq!(Beginning::of(text.as_bytes()), Beginning::Unknown);
    let Beginning::CcuError(shown) = Beginning::of(format!("ERROR `{}", "ü".repeat(300)).as_bytes()) else {
        panic!("it is an error of the CCU")
    };
    assert_eq!(shown.chars().count(), 121);
}
