//! Files made to hurt: they cost no more than their size.

use crate::court::{codes, judge};
use loom_contract::sbk_samples::{SbkSample, gzip};
use loom_domain::sbk::{SbkJudge, SbkLimits};
use tar::{EntryType, Header};

#[test]
fn an_endless_web_page_is_refused_at_its_first_bytes() {
    let mut judge = SbkJudge::new(SbkLimits::default());
    let page = [b'<'; 4096];
    for _ in 0..100 {
        assert_eq!(judge.push(&page).unwrap_err().code(), "not_a_tar");
    }
    assert_eq!(judge.finish(None).size_bytes, 409_600);
}

#[test]
fn a_million_members_outside_make_no_million_messages() {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..7].copy_from_slice(b"../name");
    header.set_entry_type(EntryType::Regular);
    header.set_size(0);
    header.set_cksum();
    let many = header.as_bytes().repeat(1000);
    let mut judge = SbkJudge::new(SbkLimits::default());
    for _ in 0..20 {
        judge.push(&many).unwrap_err();
    }
    let verdict = judge.finish(None);
    assert!(verdict.damages.len() < 80, "{}", verdict.damages.len());
}

#[test]
fn many_empty_gzip_streams_are_read_in_reasonable_time() {
    let sample = SbkSample::stock("3.87.6");
    let mut usr_local = gzip(b"").repeat(20_000);
    usr_local.extend(gzip(&sample.inner_tar()));
    assert!(judge(&sample.build_around(&usr_local)).is_good());
}

#[test]
fn a_gzip_header_of_endless_name_is_refused() {
    let sample = SbkSample::stock("3.87.6");
    let mut usr_local = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 255];
    usr_local.resize(1 << 20, b'n');
    assert_eq!(codes(&judge(&sample.build_around(&usr_local))), ["cut_inner"]);
}
