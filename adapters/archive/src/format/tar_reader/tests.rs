//! The tar reader: every dialect that is accepted, every hostile entry that is not. Does NOT judge names.

use proptest::prelude::*;

use super::*;
use crate::format::tar_writer::TarWriter;

const END: [u8; 2 * BLOCK] = [0; 2 * BLOCK];

fn header(kind: u8, name: &[u8], size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.as_old_mut().linkflag = [kind];
    header.set_size(size);
    header.set_mode(0o640);
    header.set_cksum();
    header
}

fn entry(kind: u8, name: &[u8], body: &[u8]) -> Vec<u8> {
    let mut bytes = header(kind, name, body.len() as u64).as_bytes().to_vec();
    bytes.extend_from_slice(body);
    bytes.resize(bytes.len() + padding(body.len() as u64), 0);
    bytes
}

fn read(tar: &[u8]) -> Result<Vec<(Member, Vec<u8>)>, TarDamage> {
    let mut reader = TarReader::new(tar);
    let mut members = Vec::new();
    while let Some(member) = reader.next()? {
        let (mut body, mut buf) = (Vec::new(), [0; 100]);
        loop {
            match reader.read_chunk(&mut buf)? {
                0 => break,
                n => body.extend_from_slice(&buf[..n]),
            }
        }
        members.push((member, body));
    }
    Ok(members)
}

fn whole(entries: &[Vec<u8>]) -> Vec<u8> {
    [&entries.concat()[..], &END].concat()
}

fn only_name(entries: &[Vec<u8>]) -> Vec<u8> {
    let [(member, _)] = read(&whole(entries)).unwrap().try_into().unwrap();
    member.path
}

fn refusal(entries: &[Vec<u8>]) -> String {
    read(&whole(entries)).unwrap_err().to_string()
}

fn pax(key: &str, value: &[u8]) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let len = (rest..).find(|len| len.to_string().len() + rest == *len).unwrap();
    [format!("{len} {key}=").as_bytes(), value, b"\n"].concat()
}

#[test]
fn what_the_writer_wrote_comes_back() {
    let long = format!("state/{}Küche", "o/".repeat(150));
    let mut tar = TarWriter::new(Vec::new());
    tar.directory("state/", 0o755, 1).unwrap();
    for (path, len) in [("a", 0), (&long, 511), ("b", 512), ("c", 513)] {
        tar.begin_file(path, len, 0o600, 1).unwrap();
        tar.write(&vec![b'x'; usize::try_from(len).unwrap()]).unwrap();
        tar.end_file().unwrap();
    }
    let found = read(&tar.finish().unwrap()).unwrap();
    let names: Vec<_> =
        found.iter().map(|(m, body)| (m.path.as_slice(), m.size, m.mode, body.len())).collect();
    let wanted: [(&[u8], u64, u32, usize); 5] = [
        (b"state/", 0, 0o755, 0),
        (b"a", 0, 0o600, 0),
        (long.as_bytes(), 511, 0o600, 511),
        (b"b", 512, 0o600, 512),
        (b"c", 513, 0o600, 513),
    ];
    assert_eq!(names, wanted);
    assert_eq!(found[0].0.kind, MemberKind::Directory);
}

#[test]
fn content_that_is_not_wanted_is_skipped() {
    let tar = whole(&[entry(b'0', b"a", &[1; 200_000]), entry(b'0', b"b", b"x")]);
    let mut reader = TarReader::new(tar.as_slice());
    assert_eq!(reader.next().unwrap().unwrap().path, b"a");
    reader.read_chunk(&mut [0; 10]).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().path, b"b");
    assert_eq!(reader.next().unwrap(), None);
    assert_eq!(reader.next().unwrap(), None);
}

#[test]
fn names_of_every_dialect_are_read() {
    let mut ustar = Header::new_ustar();
    ustar.as_ustar_mut().unwrap().name[..4].copy_from_slice(b"file");
    ustar.as_ustar_mut().unwrap().prefix[..6].copy_from_slice(b"prefix");
    ustar.set_entry_type(EntryType::Regular);
    ustar.set_size(0);
    ustar.set_mode(0o644);
    ustar.set_cksum();
    assert_eq!(only_name(&[ustar.as_bytes().to_vec()]), b"prefix/file");

    let long = [b'n'; 300];
    assert_eq!(only_name(&[entry(b'L', b"l", &[&long[..], b"\0"].concat()), entry(b'0', b"s", b"")]), long);
    let umlaut = "state/Küche".as_bytes();
    let go = pax("path", umlaut);
    assert_eq!(only_name(&[entry(b'x', b"PaxHeaders.0/K", &go), entry(b'0', b"s", b"")]), umlaut);
    assert_eq!(only_name(&[entry(b'g', b"g", &pax("comment", b"x")), entry(b'0', b"s", b"")]), b"s");
}

#[test]
fn names_reach_the_domain_as_they_are() {
    for name in [b"../../etc/passwd".as_slice(), b"/etc/passwd", b"a\xff\xfe", b"."] {
        assert_eq!(only_name(&[entry(b'0', name, b"")]), name);
    }
    for name in [b"a\0b".as_slice(), &[b'x'; 4096]] {
        assert_eq!(only_name(&[entry(b'x', b"p", &pax("path", name)), entry(b'0', b"s", b"")]), name);
        assert_eq!(only_name(&[entry(b'L', b"l", &[name, b"\0"].concat()), entry(b'0', b"s", b"")]), name);
    }
}

#[test]
fn old_files_and_old_folders_are_read() {
    let found = read(&whole(&[entry(0, b"file", b"x"), entry(0, b"folder/", b"")])).unwrap();
    assert_eq!((found[0].0.kind, found[1].0.kind), (MemberKind::File, MemberKind::Directory));
}

#[test]
fn a_pax_size_replaces_that_of_the_header() {
    let mut tar = entry(b'x', b"p", &pax("size", b"600"));
    tar.extend_from_slice(header(b'0', b"big", 0).as_bytes());
    tar.extend_from_slice(&[b'z'; 600]);
    tar.resize(tar.len() + padding(600), 0);
    let found = read(&whole(&[tar])).unwrap();
    assert_eq!((found[0].0.size, found[0].1.len()), (600, 600));
}

#[test]
fn everything_but_files_and_folders_is_refused_by_name_and_kind() {
    let kinds = [
        (b'1', "hard link"),
        (b'2', "symbolic link"),
        (b'3', "character device"),
        (b'4', "block device"),
        (b'5' + 1, "named pipe"),
        (b'7', "contiguous file"),
        (b'S', "sparse file"),
        (b'K', "link with a long target"),
        (b'M', "part of a multi-volume archive"),
        (b'V', "volume label"),
        (b'D', "folder dump"),
        (b'Z', "member of unknown kind"),
        (0xff, "member of unknown kind"),
    ];
    for (byte, kind) in kinds {
        let wanted = format!("member `state/x` is a {kind}; only files and folders are accepted");
        assert_eq!(refusal(&[entry(byte, b"state/x", b"")]), wanted);
    }
    let sparse = entry(b'x', b"p", &pax("GNU.sparse.major", b"1"));
    assert_eq!(
        refusal(&[sparse, entry(b'0', b"s\x1b[2J", b"")]),
        "member `s\\u{1b}[2J` is a sparse file; only files and folders are accepted"
    );
}

#[test]
fn a_folder_with_content_is_refused() {
    assert_eq!(refusal(&[entry(b'5', b"d/", b"hidden")]), "member `d/` is a folder with 6 bytes of content");
}

#[test]
fn extension_headers_cannot_fill_the_memory() {
    for kind in [b'L', b'x', b'g'] {
        let head = header(kind, b"e", 8193).as_bytes().to_vec();
        assert!(matches!(read(&head), Err(TarDamage::ExtensionTooLong { offset: 0, size: 8193, .. })));
    }
}

#[test]
fn extension_headers_out_of_order_are_refused() {
    let (file, name) = (entry(b'0', b"s", b""), entry(b'L', b"l", b"long\0"));
    let (path, global) = (entry(b'x', b"p", &pax("path", b"a")), entry(b'g', b"g", &pax("comment", b"x")));
    let out_of_order: [&[&Vec<u8>]; 6] = [
        &[&name, &name, &file],
        &[&path, &path, &file],
        &[&global, &global, &file],
        &[&name, &path, &file],
        &[&name],
        &[&path],
    ];
    for entries in out_of_order {
        let entries: Vec<_> = entries.iter().copied().cloned().collect();
        assert!(refusal(&entries).ends_with("is out of order"));
    }
}

#[test]
fn a_global_header_that_renames_members_is_refused() {
    for (key, value) in [("path", b"a".as_slice()), ("size", b"1"), ("GNU.sparse.major", b"1")] {
        let entries = [entry(b'g', b"g", &pax(key, value)), entry(b'0', b"s", b"")];
        assert_eq!(refusal(&entries), "extension header at byte 0 is damaged or not acceptable");
    }
}

#[test]
fn negative_and_overlarge_sizes_are_refused() {
    let sizes: [[u8; 12]; 5] = [
        [0xff; 12],
        [0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1],
        [0x80, 0, 0, 0, 0xff, 0, 0, 0, 0, 0, 0, 1],
        *b"-0000000001\0",
        *b"00000000009\0",
    ];
    for size in sizes {
        let mut head = header(b'0', b"s", 0);
        head.as_old_mut().size = size;
        head.set_cksum();
        assert_eq!(
            refusal(&[head.as_bytes().to_vec()]),
            "tar header at byte 0 is damaged: its size is no usable number"
        );
    }
    let entries = [entry(b'x', b"p", &pax("size", b"9223372036854775807")), entry(b'0', b"s", b"")];
    assert!(refusal(&entries).ends_with("its size is no usable number"));
}

#[test]
fn every_flipped_bit_of_a_header_is_refused_or_without_effect() {
    let tar = whole(&[entry(b'0', b"a", b"x"), entry(b'0', b"b", b"y")]);
    let good = read(&tar).unwrap();
    for bit in 0..BLOCK * 8 {
        let mut damaged = tar.clone();
        damaged[1024 + bit / 8] ^= 1 << (bit % 8);
        // A leading zero of the checksum itself may turn into a space.
        let checksum = (148..156).contains(&(bit / 8));
        match read(&damaged) {
            Ok(same) => assert!(checksum && same == good, "bit {bit}"),
            Err(e) => assert!(matches!(e, TarDamage::Checksum { offset: 1024 }), "bit {bit}: {e}"),
        }
    }
}

#[test]
fn every_cut_is_refused() {
    let tar = whole(&[entry(b'5', b"d/", b""), entry(b'L', b"l", b"long\0"), entry(b'0', b"a", &[1; 700])]);
    for len in 0..tar.len() {
        let error = read(&tar[..len]).unwrap_err();
        assert!(matches!(error, TarDamage::Truncated { offset } if offset == len as u64), "cut at {len}");
    }
}

#[test]
fn only_zeros_may_follow_the_end_mark() {
    let tar = whole(&[entry(b'0', b"a", b"x")]);
    assert_eq!(read(&[&tar[..], &[0; 10_240]].concat()).unwrap().len(), 1);
    let glued = [&tar[..], &[0; 100_000], b"x"].concat();
    let at = tar.len() + 100_000;
    assert!(matches!(read(&glued), Err(TarDamage::TrailingBytes { offset }) if offset == at as u64));
    let hidden = [&tar[..tar.len() - BLOCK], &entry(b'0', b"hidden", b"x")[..], &END].concat();
    assert!(matches!(read(&hidden), Err(TarDamage::EndMark { offset: 1024 })));
}

#[test]
fn zeros_without_end_are_refused() {
    let tar = whole(&[entry(b'0', b"a", b"x")]);
    let endless = std::io::Cursor::new(tar).chain(std::io::repeat(0));
    let mut reader = TarReader::new(endless);
    assert!(reader.next().unwrap().is_some());
    assert!(matches!(reader.next(), Err(TarDamage::TrailingBytes { .. })));
}

#[test]
fn errors_of_the_stream_below_keep_their_finding() {
    let mut archive = crate::format::samples::loom_gzip(&whole(&[entry(b'0', b"a", &[1; 5000])]));
    archive[40] ^= 1;
    let gunzip = crate::format::gzip_reader::GzReader::new(archive.as_slice()).unwrap();
    let error = TarReader::new(gunzip).next().unwrap_err();
    assert_eq!(error.to_string(), "gzip member 1 at byte 0: checksum of the compressed data does not match");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn arbitrary_pax_bodies_never_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&whole(&[entry(b'x', b"p", &body), entry(b'0', b"s", b"")]));
    }
}
