//! Reading zip files: no flipped bit, cut, foreign or forged file passes. Does NOT test the writer's own promises.

use super::*;
use crate::format::samples::{noise, packed, paramset_like, unpacked};
use crate::format::trailing_sum::Summing;
use crate::format::zip_layout::ending;
use loom_domain::archive::ArchiveFormat;
use std::io::{Cursor, Write};

type Content = Vec<(Member, Vec<u8>)>;

fn read(bytes: &[u8]) -> Result<Content, MemberFault> {
    unpacked(&mut ZipReader::new(bytes))
}

#[track_caller]
fn refused(bytes: &[u8], words: &str) {
    let fault = read(bytes).unwrap_err();
    assert!(matches!(fault, MemberFault::Refused(_)), "{fault:?}");
    assert!(fault.to_string().contains(words), "`{words}` is not in: {fault}");
}

#[track_caller]
fn damaged(bytes: &[u8], words: &str) {
    let fault = read(bytes).unwrap_err();
    assert!(matches!(fault, MemberFault::Damaged(_)), "{fault:?}");
    assert!(fault.to_string().contains(words), "`{words}` is not in: {fault}");
}

fn sample() -> Vec<u8> {
    packed(ArchiveFormat::Zip, &[("state/", b""), ("state/a", &paramset_like(300)), ("b", b"")], b"{}")
}

/// A file entry of such bytes, as the format has it.
fn entry(path: &str, content: &[u8], offset: u64) -> (Entry, Vec<u8>) {
    let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    deflate.write_all(content).unwrap();
    let body = deflate.finish().unwrap();
    let (size, packed) = (content.len() as u64, body.len() as u64);
    let (path, crc) = (path.as_bytes().to_vec(), crc32fast::hash(content));
    (Entry { path, kind: MemberKind::File, size, mode: 0o600, mtime: 0, offset, crc, packed }, body)
}

/// What somebody who knows the format can make: parts of their own, and a sum that fits.
fn summed(parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Summing::new(Vec::new());
    parts.iter().for_each(|part| out.write_all(part).unwrap());
    let digits = hex(&out.sum());
    [out.into_inner(), digits.into_bytes()].concat()
}

/// One file whose parts were changed by `change`: local header, body, descriptor, directory.
fn forged(change: impl FnOnce(&mut [Vec<u8>; 4])) -> Vec<u8> {
    let (entry, body) = entry("a", b"content", 0);
    let mut parts = [entry.local(), body, entry.descriptor(), entry.central()];
    change(&mut parts);
    let [local, body, descriptor, central] = parts;
    let offset = (local.len() + body.len() + descriptor.len()) as u64;
    let end = ending(1, offset, central.len() as u64, 0);
    summed(&[&local, &body, &descriptor, &central, &end])
}

#[test]
fn members_come_back_as_they_were_packed() {
    let (noise, text) = (noise(300_000), paramset_like(3 << 20));
    let members: [(&str, &[u8]); 5] =
        [("state/", b""), ("state/noise", &noise), ("state/küche", &text), ("x", b""), ("y", b"1")];
    let found = read(&packed(ArchiveFormat::Zip, &members, b"{}")).unwrap();
    assert_eq!(found.len(), 6);
    for ((member, content), (name, wanted)) in found.iter().zip(members) {
        let folder = name.ends_with('/');
        let kind = if folder { MemberKind::Directory } else { MemberKind::File };
        let mode = if folder { 0o755 } else { 0o600 };
        let size = wanted.len() as u64;
        assert_eq!(*member, Member { path: name.into(), kind, size, mode });
        assert!(content == wanted, "{name}");
    }
    assert_eq!(found[5].0.path, b"manifest.json");
}

#[test]
fn members_nobody_reads_are_checked_and_skipped() {
    let mut reader = ZipReader::new(Cursor::new(sample()));
    for _ in 0..4 {
        assert!(reader.next().unwrap().is_some());
    }
    assert!(reader.next().unwrap().is_none() && reader.next().unwrap().is_none());
}

#[test]
fn every_flipped_bit_is_refused() {
    let archive = sample();
    read(&archive).unwrap();
    for bit in 0..archive.len() * 8 {
        let mut damaged = archive.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&damaged).is_err(), "bit {bit} of {} bytes", archive.len());
    }
}

#[test]
fn every_cut_and_every_trailing_byte_is_refused() {
    let archive = sample();
    for len in 0..archive.len() {
        assert!(read(&archive[..len]).is_err(), "cut at {len}");
    }
    for tail in [b"\0".as_slice(), b"x", &[b'0'; 64], &archive] {
        assert!(read(&[&archive, tail].concat()).is_err());
    }
}

#[test]
fn a_zip_of_another_program_is_refused_in_words() {
    let options = zip::write::SimpleFileOptions::default();
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("state/a", options).unwrap();
    writer.write_all(b"content").unwrap();
    let foreign = writer.finish().unwrap().into_inner();
    refused(&foreign, "member `state/a` was not packed by this program");
}

#[test]
fn an_untouched_forgery_is_read() {
    assert_eq!(read(&forged(|_| {})).unwrap()[0].1, b"content");
}

#[test]
fn encrypted_members_links_and_unknown_methods_are_refused_by_name() {
    refused(&forged(|[local, ..]| local[6] |= 1), "member `a` is encrypted");
    refused(
        &forged(|[local, ..]| local[8] = 14),
        "member `a` is compressed by a method that is not read (number 14)",
    );
    refused(&forged(|[.., central]| central[8] |= 1), "member `a` is encrypted");
    refused(&forged(|[.., central]| central[41] = 0xa1), "member `a` is a symbolic link");
    refused(&forged(|[.., central]| central[41] = 0x61), "member `a` is neither a file nor a folder");
}

#[test]
fn a_directory_that_disagrees_with_the_members_is_refused_by_name() {
    let name = |central: &mut Vec<u8>| central[46] = b'z';
    refused(&forged(|[.., central]| name(central)), "member `z` is told of otherwise");
    // Another place, another size, another checksum, a comment.
    for at in [42, 24, 20, 16] {
        refused(&forged(|[.., central]| central[at] ^= 1), "member `a` is told of otherwise");
    }
    let comment = |central: &mut Vec<u8>| {
        central[32] = 3;
        central.extend(b"bad");
    };
    refused(&forged(|[.., central]| comment(central)), "member `a` is told of otherwise");
    let twice = |central: &mut Vec<u8>| central.extend(central.clone());
    refused(
        &forged(|[.., central]| twice(central)),
        "member `a` is listed in the directory of the zip file and is not in it",
    );
    damaged(&forged(|[.., central]| central.clear()), "no member of the zip file begins at byte");
}

#[test]
fn members_that_overlap_cannot_be_told_of() {
    let ((first, body), (second, _)) = (entry("a", b"content", 0), entry("b", b"content", 0));
    let (local, behind) = (first.local(), first.descriptor());
    let offset = (local.len() + body.len() + behind.len()) as u64;
    let directory = [first.central(), second.central()].concat();
    let end = ending(2, offset, directory.len() as u64, 0);
    let bytes = summed(&[&local, &body, &behind, &directory, &end]);
    refused(&bytes, "member `b` is listed in the directory of the zip file and is not in it");
}

#[test]
fn sizes_that_lie_are_refused_by_name() {
    let (entry, body) = entry("a", b"content", 0);
    for (size, words) in [
        (6, "member `a` of the zip file unpacks to more than its 6 bytes"),
        (8, "member `a` of the zip file unpacks to 7 bytes, 8 were announced"),
        (1 << 40, "member `a` of the zip file unpacks to 7 bytes"),
        (u64::MAX, "member `a` has an impossible size"),
    ] {
        let lying = Entry { size, ..entry.clone() };
        let bytes = summed(&[&lying.local(), &body, &entry.descriptor(), &entry.central()]);
        assert!(read(&bytes).unwrap_err().to_string().contains(words), "{words}");
    }
    damaged(
        &forged(|[_, _, descriptor, _]| descriptor[4] ^= 1),
        "member `a` of the zip file does not fit the checksum",
    );
    damaged(&forged(|[_, body, ..]| body[0] |= 6), "member `a` of the zip file does not inflate");
    damaged(&forged(|[local, ..]| local[18] = 1), "the header of member `a` at byte 0 is damaged");
    let folder = Entry { path: b"a/".to_vec(), kind: MemberKind::Directory, ..entry };
    refused(&summed(&[&folder.local()]), "member `a/` has an impossible size of 7 bytes");
}

#[test]
fn a_member_of_zip64_comes_back_and_its_lies_do_not() {
    // Announced as large, which it is not: all but the size fits.
    let (entry, body) = entry("a", b"content", 0);
    let large = Entry { size: 1 << 33, ..entry };
    let bytes = summed(&[&large.local(), &body, &large.descriptor(), &large.central()]);
    damaged(&bytes, "member `a` of the zip file unpacks to 7 bytes, 8589934592 were announced");
}

#[test]
fn the_end_may_not_tell_anything_else() {
    let (entry, body) = entry("a", b"content", 0);
    let parts = [entry.local(), body, entry.descriptor()].concat();
    let (offset, central) = (parts.len() as u64, entry.central());
    let len = central.len() as u64;
    read(&summed(&[&parts, &central, &ending(1, offset, len, 0)])).unwrap();
    for end in [
        ending(2, offset, len, 0),
        ending(1, offset + 1, len, 0),
        ending(1, offset, len - 1, 0),
        ending(1, offset, len, 1),
    ] {
        damaged(
            &summed(&[&parts, &central, &end]),
            "the directory of the zip file does not end as this program ends it",
        );
    }
}

#[test]
fn names_fit_for_no_terminal_are_shown_printable() {
    let (mut entry, _) = entry("a", b"", 0);
    entry.path = b"\x1b[31m\nred\xff".to_vec();
    let mut local = entry.local();
    local[6] |= 1;
    refused(&summed(&[&local]), "member `\\u{1b}[31m\\nred\u{fffd}` is encrypted");
}

#[test]
fn an_error_is_final() {
    let mut archive = sample();
    let last = archive.len() - 1;
    archive[last] ^= 1;
    let mut reader = ZipReader::new(archive.as_slice());
    let words = "the checksum at the end of the zip file does not match its contents";
    assert_eq!(unpacked(&mut reader).unwrap_err().to_string(), words);
    assert_eq!(reader.next().unwrap_err().to_string(), "an earlier read of the archive failed");
}
