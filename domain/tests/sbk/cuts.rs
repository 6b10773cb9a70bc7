//! Backups that end too early: none of them is ever called good.

use crate::court::{codes, judge};
use loom_contract::sbk_samples::{self, SbkSample, gzip};
use loom_domain::sbk::{SbkDamage, SbkJudge, SbkLimits};

#[test]
fn a_backup_cut_anywhere_is_not_good() {
    for firmware in ["3.87.6", "3.87.6.20260101"] {
        let sbk = sbk_samples::good_sbk(firmware);
        for at in 0..sbk.len() {
            let verdict = judge(&sbk[..at]);
            let wanted = if at == 0 { "empty" } else { "cut_outer" };
            assert_eq!(codes(&verdict), [wanted], "cut at {at}");
        }
    }
}

#[test]
fn an_inner_file_cut_anywhere_is_not_good() {
    let sample = SbkSample::open_ccu("3.87.6.20260101");
    let usr_local = gzip(&sample.inner_tar());
    for at in 0..usr_local.len() {
        let verdict = judge(&sample.build_around(&usr_local[..at]));
        assert_eq!(codes(&verdict), ["cut_inner"], "cut at {at}");
    }
}

#[test]
fn an_inner_tar_cut_before_it_was_packed_is_not_good() {
    let sample = SbkSample::stock("3.87.6");
    let tar = sample.inner_tar();
    for at in 0..tar.len() {
        let verdict = judge(&sample.build_around(&gzip(&tar[..at])));
        assert_eq!(codes(&verdict), ["cut_inner"], "cut at {at}");
    }
}

#[test]
fn zeros_in_place_of_the_end_are_not_good() {
    let sbk = sbk_samples::good_sbk("3.87.6");
    // The content of the last member, `signature`, comes right before the end marker.
    for at in (0..=sbk.len() - 1536).step_by(256) {
        let mut torn = sbk.clone();
        torn[at..].fill(0);
        assert!(!judge(&torn).is_good(), "zeros from {at}");
    }
}

#[test]
fn the_words_name_the_place_and_the_member() {
    let sbk = sbk_samples::good_sbk("3.87.6");
    let words = |at: usize| judge(&sbk[..at]).damages[0].to_string();
    let wanted = "the backup is cut off at byte 600, in the middle of `usr_local.tar.gz`\n\
                  hint: the connection broke; make the backup again";
    assert_eq!(words(600), wanted);
    let end = sbk.len() - 512;
    let wanted =
        format!("the backup is cut off at byte {end}\nhint: the connection broke; make the backup again");
    assert_eq!(words(end), wanted);
}

#[test]
fn the_words_on_an_inner_cut_say_that_space_ran_out() {
    let sample = SbkSample::stock("3.87.6");
    let damage = &judge(&sample.build_around(&gzip(&sample.inner_tar()[..2000]))).damages[0];
    let wanted = "`usr_local.tar.gz` was cut off on the CCU after 2000 unpacked bytes, before the backup was signed\n\
                  hint: the CCU ran out of space in `/tmp` while packing; take large files out of `/usr/local`, \
                  then make a new backup";
    assert_eq!(damage.to_string(), wanted);
    assert_eq!(codes(&judge(&sbk_samples::cut_inner("3.87.6"))), ["cut_inner"]);
    assert_eq!(codes(&judge(&sbk_samples::cut_outer("3.87.6"))), ["cut_outer"]);
}

#[test]
fn another_size_than_announced_is_told_first() {
    let sbk = sbk_samples::good_sbk("3.87.6");
    let finish = |bytes: &[u8], announced: u64| {
        let mut judge = SbkJudge::new(SbkLimits::default());
        let _ = judge.push(bytes);
        judge.finish(Some(announced))
    };
    let size = sbk.len() as u64;
    assert!(finish(&sbk, size).is_good());
    let verdict = finish(&sbk, size + 1);
    assert_eq!(verdict.damages, [SbkDamage::SizeMismatch { announced: size + 1, got: size }]);
    let wanted = format!(
        "the backup has {size} bytes, the CCU announced {}\nhint: the connection broke; make the backup again",
        size + 1
    );
    assert_eq!(verdict.damages[0].to_string(), wanted);
    assert_eq!(codes(&finish(&sbk[..600], size)), ["size_mismatch", "cut_outer"]);
    assert_eq!(codes(&finish(b"", size)), ["empty", "size_mismatch"]);
}
