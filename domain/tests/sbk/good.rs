//! Good backups, and what is read from them.

use crate::court::judge;
use loom_contract::sbk_samples::{self, SbkSample, gzip};
use loom_domain::archive::hex;
use loom_domain::sbk::{FirmwareVersion, SbkFacts, SbkWarning};
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

fn inner_bytes(sample: &SbkSample) -> u64 {
    sample.inner_tar().len() as u64
}

#[test]
fn a_backup_of_a_stock_ccu_is_good() {
    let sample = SbkSample::stock("3.87.6");
    let sbk = sample.build();
    let verdict = judge(&sbk);
    assert!(verdict.is_good(), "{:?}", verdict.damages);
    assert_eq!(verdict.warnings, []);
    assert_eq!(verdict.size_bytes, sbk.len() as u64);
    assert_eq!(verdict.sha256, hex(&Sha256::digest(&sbk)));
    let facts = SbkFacts {
        firmware: FirmwareVersion::parse("3.87.6"),
        product: Some("HM-CCU3".to_owned()),
        key_index: Some(0),
        inner_files: 3,
        inner_bytes: inner_bytes(&sample),
        regadom_bytes: 560,
        has_hmip_identity: true,
    };
    assert_eq!(facts.has_user_key(), Some(false));
    assert_eq!(verdict.facts, Some(facts));
}

#[test]
fn a_backup_of_open_ccu_is_good() {
    let verdict = judge(&sbk_samples::good_sbk("3.87.6.20260101"));
    assert!(verdict.is_good(), "{:?}", verdict.damages);
    let facts = verdict.facts.unwrap();
    assert_eq!(facts.firmware.unwrap().to_string(), "3.87.6.20260101");
    assert_eq!(facts.product, None);
    assert_eq!(facts.has_user_key(), Some(true));
}

#[test]
fn names_may_begin_with_a_dot_and_a_folder_entry_may_come_first() {
    let mut sample = SbkSample::open_ccu("3.87.6.20260101");
    for (name, _) in &mut sample.members {
        *name = format!("./{name}");
    }
    let mut folder = Header::new_gnu();
    folder.set_path("./").unwrap();
    folder.set_entry_type(EntryType::Directory);
    folder.set_size(0);
    folder.set_cksum();
    let verdict = judge(&[folder.as_bytes(), sample.build().as_slice()].concat());
    assert!(verdict.is_good(), "{:?}", verdict.damages);
    assert_eq!(verdict.warnings, []);
}

#[test]
fn the_order_of_the_members_does_not_matter() {
    let mut sample = SbkSample::stock("3.87.6");
    let usr_local = gzip(&sample.inner_tar());
    sample.members.push(("usr_local.tar.gz".to_owned(), usr_local.clone()));
    // The sample always puts one first; without it the rest stands in its own order.
    let first = 512 + usr_local.len().next_multiple_of(512);
    assert!(judge(&sample.build_around(&usr_local)[first..]).is_good());
}

#[test]
fn two_gzip_streams_are_one_file() {
    let sample = SbkSample::stock("3.87.6");
    let tar = sample.inner_tar();
    let (head, tail) = tar.split_at(tar.len() / 2);
    let verdict = judge(&sample.build_around(&[gzip(head), gzip(tail)].concat()));
    assert!(verdict.is_good(), "{:?}", verdict.damages);
    assert_eq!(verdict.facts.unwrap().inner_bytes, tar.len() as u64);
}

#[test]
fn zeros_after_the_end_marker_are_fine() {
    let sample = SbkSample::stock("3.87.6");
    let mut tar = sample.inner_tar();
    tar.resize(tar.len().next_multiple_of(10_240), 0);
    let mut sbk = sample.build_around(&gzip(&tar));
    sbk.resize(sbk.len().next_multiple_of(10_240), 0);
    assert!(judge(&sbk).is_good());
}

#[test]
fn a_ccu_without_homematic_ip_gets_a_warning() {
    let verdict = judge(&sbk_samples::no_hmip_identity("3.87.6"));
    assert!(verdict.is_good());
    assert_eq!(verdict.warnings, [SbkWarning::NoHmIpIdentity]);
    assert!(
        verdict.warnings[0]
            .to_string()
            .starts_with("the backup holds no identity of HomematicIP (`.apkx`)\nhint: ")
    );
    assert_eq!(verdict.warnings[0].code(), "no_hmip_identity");
}

#[test]
fn a_signature_of_another_form_gets_a_warning() {
    let mut sample = SbkSample::stock("3.87.6");
    sample.set_member("signature", b"a new kind of signature\n");
    let verdict = judge(&sample.build());
    assert!(verdict.is_good());
    assert_eq!(verdict.warnings, [SbkWarning::OddSignature]);
    let words = "`signature` does not consist of 32 hex digits, as CCUs write it";
    assert_eq!(
        (verdict.warnings[0].code(), verdict.warnings[0].to_string().as_str()),
        ("odd_signature", words)
    );
}

#[test]
fn an_unknown_member_gets_a_warning_and_its_hash_is_checked() {
    let mut sample = SbkSample::open_ccu("3.87.6.20260101");
    sample.set_member("notes", b"x");
    let mut sbk = sample.build();
    let verdict = judge(&sbk);
    assert!(verdict.is_good());
    assert_eq!(verdict.warnings, [SbkWarning::UnknownMember("notes".to_owned())]);
    assert_eq!(verdict.warnings[0].to_string(), "the backup also holds `notes`, which is unknown here");
    assert_eq!(verdict.warnings[0].code(), "unknown_member");

    let header = sbk.windows(6).position(|window| window == b"notes\0").unwrap();
    sbk[header + 512] = b'y';
    assert_eq!(crate::court::codes(&judge(&sbk)), ["sha256_mismatch"]);
}
