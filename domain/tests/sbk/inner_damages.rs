//! What can be wrong with `usr_local.tar.gz`: each damage with its words.

use crate::court::{codes, judge, judge_within, only, only_damage};
use loom_contract::sbk_samples::{self, APKX, REGADOM, SbkSample, gzip};
use loom_domain::sbk::SbkLimits;

fn stock() -> SbkSample {
    SbkSample::stock("3.87.6")
}

#[track_caller]
fn assert_damage(sbk: &[u8], code: &str, words: &str) {
    let damage = only_damage(sbk);
    assert_eq!((damage.code(), damage.to_string().as_str()), (code, words));
}

#[test]
fn something_else_than_gzip_is_told_as_such() {
    let sbk = stock().build_around(&stock().inner_tar());
    assert_damage(&sbk, "inner_not_gzip", "`usr_local.tar.gz` is no gzip data");
    assert_eq!(codes(&judge(&stock().build_around(b""))), ["cut_inner"]);
}

#[test]
fn a_flipped_bit_in_gzip_data_is_found_even_without_a_list_of_hashes() {
    let words = "`usr_local.tar.gz` is damaged: it does not decompress to what its checksum says\n\
                 hint: make the backup again, or take another one";
    assert_damage(&sbk_samples::damaged_inner("3.87.6"), "inner_damaged", words);
    let sbk = sbk_samples::damaged_inner("3.87.6.20260101");
    assert_damage(&sbk, "inner_damaged", words);
}

#[test]
fn a_wrong_checksum_and_a_wrong_length_are_found() {
    let usr_local = gzip(&stock().inner_tar());
    for from_end in 1..=8 {
        let mut wrong = usr_local.clone();
        wrong[usr_local.len() - from_end] ^= 1;
        assert_eq!(codes(&judge(&stock().build_around(&wrong))), ["inner_damaged"], "byte -{from_end}");
    }
}

#[test]
fn anything_after_the_end_is_refused_zeros_included() {
    let usr_local = gzip(&stock().inner_tar());
    for tail in [&b"\0"[..], &[0; 512], b"x"] {
        let sbk = stock().build_around(&[&usr_local, tail].concat());
        assert_damage(&sbk, "inner_trailing_bytes", "`usr_local.tar.gz` goes on after its end");
    }
    // The beginning of another stream that never ends.
    let sbk = stock().build_around(&[&usr_local[..], &[0x1f]].concat());
    assert_eq!(codes(&judge(&sbk)), ["cut_inner"]);
    let mut tar = stock().inner_tar();
    tar.push(1);
    assert_eq!(codes(&judge(&stock().build_around(&gzip(&tar)))), ["inner_trailing_bytes"]);
}

#[test]
fn a_second_stream_is_checked_like_the_first() {
    let tar = stock().inner_tar();
    let (head, tail) = tar.split_at(1000);
    let mut second = gzip(tail);
    let end = second.len();
    second[end - 5] ^= 1;
    let sbk = stock().build_around(&[gzip(head), second].concat());
    assert_eq!(codes(&judge(&sbk)), ["inner_damaged"]);
}

#[test]
fn a_damaged_header_of_gzip_is_found() {
    let usr_local = gzip(&stock().inner_tar());
    for at in [1, 2] {
        let mut wrong = usr_local.clone();
        wrong[at] ^= 0x40;
        assert_eq!(codes(&judge(&stock().build_around(&wrong))), ["inner_damaged"], "byte {at}");
    }
}

#[test]
fn a_bomb_is_stopped_at_the_limit() {
    let limits = SbkLimits { inner_bytes: 3 << 20, ..SbkLimits::default() };
    let verdict = judge_within(limits, &sbk_samples::bomb(40));
    assert!(verdict.facts.as_ref().unwrap().inner_bytes <= (3 << 20) + (64 << 10));
    let damage = only(verdict.damages);
    let words = "`usr_local.tar.gz` looks like an archive bomb: it unpacks to more than 3145728 bytes; do not restore this backup";
    assert_eq!((damage.code(), damage.to_string().as_str()), ("inflates_too_far", words));
    assert!(judge(&sbk_samples::bomb(40)).is_good());
}

#[test]
fn something_else_than_a_tar_inside_is_told_as_such() {
    let words = "`usr_local.tar.gz` does not unpack to a tar";
    assert_damage(&stock().build_around(&gzip(&[b'x'; 600])), "inner_not_a_tar", words);
}

#[test]
fn a_bad_header_inside_is_told_with_its_place() {
    let mut tar = stock().inner_tar();
    tar[512] ^= 1;
    let words = "`usr_local.tar.gz` is damaged: no valid tar header at byte 512 of what it unpacks to";
    assert_damage(&stock().build_around(&gzip(&tar)), "inner_bad_header", words);
}

#[test]
fn more_members_than_allowed_are_refused() {
    let limits = SbkLimits { inner_members: 6, ..SbkLimits::default() };
    let mut sample = stock();
    assert!(judge_within(limits, &sample.build()).is_good());
    sample.set_file("usr/local/one", b"more");
    let damage = only(judge_within(limits, &sample.build()).damages);
    let words = "`usr_local.tar.gz` holds more than 6 members";
    assert_eq!((damage.code(), damage.to_string().as_str()), ("inner_too_many_members", words));
}

#[test]
fn names_outside_usr_local_are_refused_and_the_first_is_named() {
    for name in [
        "/usr/local/x",
        "etc/passwd",
        "usr/local/../../etc/x",
        "usr/local/..",
        "../x",
        "usr",
        "usr/localx",
        "x/usr/local/x",
        "usr/share/x",
    ] {
        let mut sample = stock();
        sample.set_file(name, b"x");
        sample.set_file("etc/later", b"x");
        let words = format!(
            "`usr_local.tar.gz` holds `{name}`, which is not below `usr/local`; do not restore this backup"
        );
        assert_damage(&sample.build(), "inner_escapes", &words);
    }
    assert_eq!(codes(&judge(&sbk_samples::escaping("3.87.6"))), ["inner_escapes"]);
}

#[test]
fn unusual_names_below_usr_local_are_fine() {
    let mut sample = stock();
    for name in [
        "./usr/local/a",
        "usr//local//b",
        "usr/local/./c",
        "usr/local/..d",
        "usr/local/e..",
        "usr/local/T\u{fc}r",
        "usr/local/a b\n",
    ] {
        sample.set_file(name, b"x");
    }
    assert!(judge(&sample.build()).is_good());
}

#[test]
fn a_backup_without_the_rega_database_is_refused() {
    let words = "`usr_local.tar.gz` holds no `usr/local/etc/config/homematic.regadom`: names, rooms and programs would be lost\n\
                 hint: check that the CCU's WebUI works, then make a new backup";
    assert_damage(&sbk_samples::no_regadom("3.87.6"), "no_regadom", words);
}

#[test]
fn an_empty_rega_database_is_refused_also_when_it_comes_after_a_good_one() {
    let words = "`usr/local/etc/config/homematic.regadom` in `usr_local.tar.gz` is empty: names, rooms and programs would be lost\n\
                 hint: check the free space on the CCU and that its WebUI works, then make a new backup";
    let mut sample = stock();
    sample.set_file(REGADOM, b"");
    assert_damage(&sample.build(), "empty_regadom", words);
    let mut sample = stock();
    sample.files.push((REGADOM.to_owned(), Vec::new()));
    assert_eq!(only_damage(&sample.build()).code(), "empty_regadom");
}

#[test]
fn an_empty_identity_is_none() {
    let mut sample = stock();
    sample.set_file(APKX, b"");
    let verdict = judge(&sample.build());
    assert!(verdict.is_good());
    assert_eq!(verdict.warnings.len(), 1);
}
