//! What can be wrong with the outer tar and its small members: each damage with its words.

use crate::court::{codes, judge, judge_within, only_damage};
use loom_contract::sbk_samples::{self, SbkSample};
use loom_domain::sbk::SbkLimits;
use tar::{Builder, EntryType, Header};

fn open_ccu() -> SbkSample {
    SbkSample::open_ccu("3.87.6.20260101")
}

fn stock() -> SbkSample {
    SbkSample::stock("3.87.6")
}

/// The backup with another member in front.
fn with_first(name: &str, kind: EntryType, size: u64) -> Vec<u8> {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_cksum();
    let mut sbk = header.as_bytes().to_vec();
    sbk.resize(512 + usize::try_from(size).unwrap().next_multiple_of(512), 0);
    [sbk, stock().build()].concat()
}

#[track_caller]
fn assert_damage(sbk: &[u8], code: &str, words: &str) {
    let damage = only_damage(sbk);
    assert_eq!((damage.code(), damage.to_string().as_str()), (code, words));
}

#[test]
fn a_bad_header_is_told_with_its_place() {
    let mut sbk = stock().build();
    sbk[0] ^= 1;
    let words = "the backup is damaged: no valid tar header at byte 0\nhint: make the backup again, or take another one";
    assert_damage(&sbk, "bad_header", words);
}

#[test]
fn bytes_after_the_end_are_told_with_their_place() {
    let mut sbk = stock().build();
    let end = sbk.len();
    sbk.extend([0, 0, 0, 7]);
    assert_damage(&sbk, "trailing_bytes", &format!("the backup goes on at byte {}, after its end", end + 3));
}

#[test]
fn a_header_after_a_lone_block_of_zeros_is_bad() {
    let sbk = [stock().build(), stock().build()].concat();
    assert_eq!(codes(&judge(&sbk)), ["trailing_bytes"]);
    let one = stock().build();
    let sbk = [&one[..one.len() - 512], &one].concat();
    assert_eq!(codes(&judge(&sbk)), ["bad_header"]);
}

#[test]
fn each_needed_member_is_missed() {
    for name in ["firmware_version", "key_index", "signature"] {
        let mut sample = stock();
        sample.members.retain(|(other, _)| other != name);
        assert_damage(&sample.build(), "missing_member", &format!("the backup holds no `{name}`"));
    }
    let sbk = Builder::new(Vec::new()).into_inner().unwrap();
    assert_eq!(codes(&judge(&sbk)), ["missing_member"; 4]);
}

#[test]
fn a_member_that_comes_twice_is_refused() {
    let mut sample = stock();
    sample.members.push(("./key_index".to_owned(), b"2\n".to_vec()));
    assert_damage(&sample.build(), "duplicate_member", "the backup holds `key_index` twice");
}

#[test]
fn members_that_are_no_regular_files_are_refused() {
    for (name, kind) in
        [("notes", EntryType::Symlink), ("folder/", EntryType::Directory), ("pipe", EntryType::Fifo)]
    {
        let shown = name.trim_end_matches('/');
        let words = format!("member `{shown}` of the backup is no regular file; do not restore this backup");
        assert_damage(&with_first(name, kind, 0), "not_a_regular_file", &words);
    }
    // One of the needed ones counts as there, and then as there twice.
    let sbk = with_first("signature", EntryType::Link, 0);
    assert_eq!(codes(&judge(&sbk)), ["not_a_regular_file", "duplicate_member"]);
}

#[test]
fn members_outside_the_folder_are_refused() {
    for name in ["/etc/passwd", "../key_index", "a/../../key_index", "usr/local/x", "..", "/"] {
        let words =
            format!("member `{name}` of the backup leads out of its folder; do not restore this backup");
        assert_damage(&with_first(name, EntryType::Regular, 0), "outer_escapes", &words);
    }
}

#[test]
fn names_are_escaped_in_messages() {
    let damage = only_damage(&with_first("a/\u{1b}[31m`\n", EntryType::Regular, 0)).to_string();
    assert!(damage.starts_with("member `a/\\u{1b}[31m`\\n` of"), "{damage}");
}

#[test]
fn a_small_member_that_is_large_is_refused_before_it_is_held() {
    let mut sample = stock();
    sample.set_member("signature", &[b'a'; 4097]);
    let words = "member `signature` of the backup has 4097 bytes, 4096 are allowed";
    assert_damage(&sample.build(), "member_too_large", words);
    let mut sample = stock();
    sample.set_member("signature.sha256", &[b'a'; 65_537]);
    let words = "member `signature.sha256` of the backup has 65537 bytes, 65536 are allowed";
    assert_damage(&sample.build(), "member_too_large", words);
}

#[test]
fn a_larger_file_than_allowed_is_refused() {
    let sbk = stock().build();
    let size = sbk.len() as u64;
    let within = |file_bytes| judge_within(SbkLimits { file_bytes, ..SbkLimits::default() }, &sbk);
    assert!(within(size).is_good());
    let verdict = within(size - 1);
    assert_eq!(codes(&verdict), ["too_large"]);
    assert_eq!(verdict.size_bytes, size);
    let words = format!(
        "the backup is larger than {} bytes\nhint: take large files out of `/usr/local` on the CCU",
        size - 1
    );
    assert_eq!(verdict.damages[0].to_string(), words);
}

#[test]
fn more_members_than_any_ccu_writes_are_refused() {
    let mut sample = stock();
    for n in 0..60 {
        sample.set_member(&format!("file{n}"), b"");
    }
    assert!(judge(&sample.build()).is_good());
    for n in 60..80 {
        sample.set_member(&format!("file{n}"), b"");
    }
    assert_damage(&sample.build(), "too_many_members", "the backup holds more than 64 members");
}

#[test]
fn a_key_index_must_be_a_number() {
    for (content, good) in [
        (&b"0\n"[..], true),
        (b"12", true),
        (b"", false),
        (b"-1\n", false),
        (b"1 2", false),
        (b"0x1", false),
        (b"99999999999999999999", false),
    ] {
        let mut sample = stock();
        sample.set_member("key_index", content);
        let sbk = sample.build();
        if good {
            assert!(judge(&sbk).is_good());
        } else {
            let words = "`key_index` holds no decimal number; a CCU would refuse this backup";
            assert_damage(&sbk, "bad_key_index", words);
        }
    }
}

#[test]
fn an_empty_signature_is_refused() {
    for content in ["", "\n", " \n"] {
        let mut sample = stock();
        sample.set_member("signature", content.as_bytes());
        assert_damage(
            &sample.build(),
            "empty_signature",
            "`signature` is empty; a CCU would refuse this backup",
        );
    }
}

#[test]
fn a_member_that_is_not_what_the_list_says_is_refused() {
    let words = "sha256 mismatch: `signature` is not what `signature.sha256` says\n\
                 hint: make the backup again, or take another one";
    assert_damage(&sbk_samples::bad_sha256(), "sha256_mismatch", words);
}

#[test]
fn a_member_that_is_listed_but_not_there_is_refused() {
    let sbk = open_ccu().build();
    let list = sbk.windows(11).rposition(|window| window == b"./key_index").unwrap();
    let mut longer = stock();
    let start = list - 66;
    let list = String::from_utf8_lossy(&sbk[start..list + 11]).replace("key_index", "nothing");
    longer.set_member("signature.sha256", list.as_bytes());
    let verdict = judge(&longer.build());
    assert_eq!(codes(&verdict), [vec!["sha256_mismatch"], vec!["sha256_unlisted"; 4]].concat());
    assert_eq!(verdict.damages[1].to_string(), "`signature.sha256` does not list `usr_local.tar.gz`");
}

#[test]
fn a_list_of_something_else_is_refused_with_its_line() {
    let hash = "0".repeat(64);
    for (list, line) in [
        (String::new(), 1),
        ("nothing\n".to_owned(), 1),
        (format!("{hash}  ./signature\n\n"), 2),
        (format!("{hash}  ./signature\n{hash} signature\n"), 2),
        (format!("{}  ./signature\n", "A".repeat(64)), 1),
        (format!("{hash}  ./\n"), 1),
        ("ü".repeat(40), 1),
    ] {
        let mut sample = stock();
        sample.set_member("signature.sha256", list.as_bytes());
        let words = format!("line {line} of `signature.sha256` is no SHA-256 and a file name");
        assert_damage(&sample.build(), "sha256_list_unreadable", &words);
    }
}

#[test]
fn damages_come_in_the_order_of_the_checks() {
    let mut sample = open_ccu();
    sample.set_member("firmware_version", b"");
    sample.set_member("key_index", b"");
    sample.set_member("signature", b"");
    sample.set_member("a/b", b"");
    let verdict = judge(&sample.build_around(b"no gzip"));
    let wanted = [
        "outer_escapes",
        "bad_firmware_version",
        "empty_signature",
        "bad_key_index",
        "sha256_mismatch",
        "inner_not_gzip",
    ];
    assert_eq!(codes(&verdict), wanted);
}
