//! The forms of tar: long names of GNU and pax, prefixes of ustar, large sizes, sparse files.

use crate::court::{codes, judge};
use loom_contract::sbk_samples::{SbkSample, gzip};
use tar::{Builder, EntryType, Header};

fn verdict_codes(tar: &[u8]) -> Vec<&'static str> {
    codes(&judge(&SbkSample::stock("3.87.6").build_around(&gzip(tar))))
}

/// A tar that begins with these blocks and goes on as a good one does.
fn before_good(blocks: &[u8]) -> Vec<u8> {
    [blocks, &SbkSample::stock("3.87.6").inner_tar()].concat()
}

fn header(name: &[u8], kind: u8, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(EntryType::new(kind));
    header.set_size(size);
    header.set_cksum();
    header
}

/// A header with its content, filled up.
fn member(name: &[u8], kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(name, kind, content.len() as u64).as_bytes().to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn long_names_of_gnu_are_judged() {
    let mut builder = Builder::new(Vec::new());
    let long = format!("usr/local/{}", "long/".repeat(60));
    for (name, wanted) in [(long.clone() + "x", vec![]), (format!("etc/{long}x"), vec!["inner_escapes"])] {
        let mut header = Header::new_gnu();
        header.set_size(1);
        builder.append_data(&mut header, &name, &b"x"[..]).unwrap();
        let tar = builder.get_ref().clone();
        assert_eq!(verdict_codes(&before_good(&tar)), wanted, "{name}");
    }
}

#[test]
fn names_of_pax_are_judged_and_count_before_the_header() {
    let record = |path: &str| {
        let rest = format!(" path={path}\n");
        let length = (1..).find(|length| length.to_string().len() + rest.len() == *length).unwrap();
        format!("{length}{rest}")
    };
    let tar = |records: &str, name: &str| {
        [member(b"PaxHeaders/x", b'x', records.as_bytes()), member(name.as_bytes(), b'0', b"content")]
            .concat()
    };
    let good = record(&format!("usr/local/{}", "ü".repeat(300)));
    assert_eq!(verdict_codes(&before_good(&tar(&good, "usr/local/x"))), Vec::<&str>::new());
    let bad = record("etc/passwd");
    assert_eq!(verdict_codes(&before_good(&tar(&bad, "usr/local/x"))), ["inner_escapes"]);
    let nul = record("usr/local/x\0/../..");
    assert_eq!(verdict_codes(&before_good(&tar(&nul, "usr/local/x"))), ["inner_escapes"]);
    assert_eq!(
        verdict_codes(&before_good(&tar(&("18 mtime=123456.7\n".to_owned() + &good), "x"))),
        Vec::<&str>::new()
    );
}

#[test]
fn records_of_pax_that_are_none_are_bad() {
    for records in [
        "x",
        "5 a=b",
        "0 a=b\n",
        "6 a=b\n6 a=",
        "99 a=b\n",
        "6 size\n",
        "10 size=x\n",
        " a=b\n",
        "99999999999999999999 a=b\n",
        "2 \n",
    ] {
        let tar = [member(b"p", b'x', records.as_bytes()), member(b"usr/local/x", b'0', b"")].concat();
        assert_eq!(verdict_codes(&before_good(&tar)), ["inner_bad_header"], "{records:?}");
    }
}

#[test]
fn a_size_of_pax_counts_before_the_header() {
    let mut tar = member(b"p", b'x', b"12 size=700\n");
    tar.extend(header(b"usr/local/x", b'0', 1).as_bytes());
    tar.resize(tar.len() + 1024, b'x');
    assert_eq!(verdict_codes(&before_good(&tar)), Vec::<&str>::new());
}

#[test]
fn a_long_name_for_no_member_is_bad() {
    let mut tar = SbkSample::stock("3.87.6").inner_tar();
    tar.truncate(tar.len() - 1024);
    tar.extend(member(b"././@LongLink", b'L', b"usr/local/x\0"));
    tar.resize(tar.len() + 1024, 0);
    assert_eq!(verdict_codes(&tar), ["inner_bad_header"]);
}

#[test]
fn extensions_that_are_too_long_or_empty_are_bad() {
    for kind in [b'L', b'K', b'x', b'g'] {
        assert_eq!(
            verdict_codes(&before_good(&member(b"x", kind, &vec![b'a'; (64 << 10) + 1]))),
            ["inner_bad_header"]
        );
        assert_eq!(verdict_codes(&before_good(&member(b"x", kind, b""))), ["inner_bad_header"]);
    }
}

#[test]
fn a_prefix_of_ustar_belongs_to_the_name() {
    for (prefix, wanted) in [("usr/local/deep", vec![]), ("etc", vec!["inner_escapes"])] {
        let mut header = Header::new_ustar();
        header.as_mut_bytes()[..11].copy_from_slice(b"usr/local/x");
        header.as_mut_bytes()[345..345 + prefix.len()].copy_from_slice(prefix.as_bytes());
        header.set_size(0);
        header.set_cksum();
        assert_eq!(verdict_codes(&before_good(header.as_bytes())), wanted, "{prefix}");
    }
}

#[test]
fn binary_sizes_are_read_and_absurd_ones_do_no_harm() {
    let mut small = header(b"usr/local/x", b'0', 0);
    small.as_mut_bytes()[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
    small.set_cksum();
    let mut tar = small.as_bytes().to_vec();
    tar.extend([b'x'; 512]);
    assert_eq!(verdict_codes(&before_good(&tar)), Vec::<&str>::new());

    let size = |bytes: [u8; 12]| {
        let mut header = header(b"usr/local/x", b'0', 0);
        header.as_mut_bytes()[124..136].copy_from_slice(&bytes);
        header.set_cksum();
        verdict_codes(&before_good(header.as_bytes()))
    };
    // Sixteen exabytes that never come.
    assert_eq!(size([0x80, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]), ["cut_inner"]);
    assert_eq!(size([0x80, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]), ["inner_bad_header"]);
    assert_eq!(size([255; 12]), ["inner_bad_header"]);
    assert_eq!(size(*b"           \0"), ["inner_bad_header"]);
    assert_eq!(size(*b"0000000000x\0"), ["inner_bad_header"]);
}

#[test]
fn the_map_of_a_sparse_file_is_no_content() {
    let mut sparse = header(b"usr/local/sparse", b'S', 600);
    sparse.as_mut_bytes()[482] = 1;
    sparse.set_cksum();
    let mut tar = sparse.as_bytes().to_vec();
    let mut map = [b'7'; 512];
    map[504] = 1;
    tar.extend(map);
    map[504] = 0;
    tar.extend(map);
    tar.extend([b'x'; 1024]);
    assert_eq!(verdict_codes(&before_good(&tar)), Vec::<&str>::new());
}

#[test]
fn links_devices_and_pipes_are_fine_inside_and_hard_links_have_no_content() {
    let mut tar = header(b"usr/local/link", b'1', 5000).as_bytes().to_vec();
    for kind in [b'2', b'3', b'4', b'6', b'V'] {
        tar.extend(header(b"usr/local/other", kind, 0).as_bytes());
    }
    assert_eq!(verdict_codes(&before_good(&tar)), Vec::<&str>::new());
}
