//! Hopping: the manifest is found, sums add up, and a checked hop misses no flipped bit. Does NOT test inflating.

use std::io::Cursor;

use super::*;
use crate::format::gzip_member::BLOCK_BYTES;
use crate::format::samples::{foreign_gzip, loom_gzip, loom_gzip_cut, noise, paramset_like};

fn hop_bytes(packed: &[u8], mode: HopMode) -> io::Result<MemberIndex> {
    hop(&mut Cursor::new(packed), mode)
}

#[test]
fn the_manifest_is_found_and_read_alone() {
    let files = paramset_like(2 * BLOCK_BYTES + 100);
    let archive = loom_gzip_cut(&files, b"manifest");
    for mode in [HopMode::Quick, HopMode::Checked] {
        let index = hop_bytes(&archive, mode).unwrap();
        let start = index.manifest.unwrap();
        assert_eq!((index.members, start.member, start.plain_offset), (4, 4, files.len() as u64));
        assert_eq!(index.plain_bytes, files.len() as u64 + 8);
        assert_eq!(index.packed_bytes, archive.len() as u64);
        let mut tail = Vec::new();
        read_from(Cursor::new(&archive), start).unwrap().read_to_end(&mut tail).unwrap();
        assert_eq!(tail, b"manifest");
    }
}

#[test]
fn a_manifest_longer_than_a_member_is_read_whole() {
    let manifest = noise(3 * BLOCK_BYTES / 2);
    let archive = loom_gzip_cut(b"files", &manifest);
    let start = hop_bytes(&archive, HopMode::Quick).unwrap().manifest.unwrap();
    let mut tail = Vec::new();
    read_from(Cursor::new(&archive), start).unwrap().read_to_end(&mut tail).unwrap();
    assert!(tail == manifest);
}

#[test]
fn an_archive_without_a_cut_has_no_manifest_start() {
    assert_eq!(hop_bytes(&loom_gzip(b"x"), HopMode::Quick).unwrap().manifest, None);
}

#[test]
fn damage_in_the_tail_names_its_place_in_the_file() {
    let mut archive = loom_gzip_cut(&noise(500), b"manifest");
    let start = hop_bytes(&archive, HopMode::Quick).unwrap().manifest.unwrap();
    let len = archive.len();
    archive[len - 9] ^= 1;
    let error = read_from(Cursor::new(&archive), start).unwrap().read_to_end(&mut Vec::new()).unwrap_err();
    let found: &GzipDamage = error.get_ref().unwrap().downcast_ref().unwrap();
    assert_eq!((found.member, found.offset), (2, start.offset));
}

#[test]
fn a_checked_hop_refuses_every_flipped_bit() {
    for archive in [loom_gzip_cut(&paramset_like(300), &noise(40)), loom_gzip(b"")] {
        hop_bytes(&archive, HopMode::Checked).unwrap();
        for bit in 0..archive.len() * 8 {
            let mut damaged = archive.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(hop_bytes(&damaged, HopMode::Checked).is_err(), "bit {bit}");
        }
    }
}

#[test]
fn both_modes_refuse_every_cut_inside_a_member() {
    let archive = loom_gzip_cut(&paramset_like(300), &noise(40));
    let border = loom_gzip(&paramset_like(300)).len();
    for len in (0..archive.len()).filter(|len| *len != border) {
        for mode in [HopMode::Quick, HopMode::Checked] {
            assert!(hop_bytes(&archive[..len], mode).is_err(), "cut at {len}");
        }
    }
}

#[test]
fn trailing_bytes_and_foreign_files_are_refused() {
    let archive = loom_gzip(&noise(100));
    for mode in [HopMode::Quick, HopMode::Checked] {
        for tail in [b"\0".as_slice(), b"12345678901234567890123456"] {
            let error = hop_bytes(&[&archive, tail].concat(), mode).unwrap_err();
            let found: &GzipDamage = error.get_ref().unwrap().downcast_ref().unwrap();
            assert_eq!((found.member, found.what), (2, GzipFault::TrailingBytes));
        }
        assert!(hop_bytes(&foreign_gzip(&noise(100)), mode).is_err());
        assert!(hop_bytes(&[], mode).is_err());
    }
}
