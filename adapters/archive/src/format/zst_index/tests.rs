//! The way straight to the manifest of a tar.zst. Does NOT test reading whole archives.

use std::io::Cursor;

use super::*;
use crate::format::members::Member;
use crate::format::samples::{noise, packed};
use loom_domain::archive::ArchiveFormat;

fn archive() -> Vec<u8> {
    packed(ArchiveFormat::TarZst, &[("state/", b""), ("state/a", &noise(900))], b"{}")
}

/// The first member from the manifest on, once everything after it was read too.
fn manifest(packed: &[u8], mode: HopMode) -> Option<Member> {
    let mut members = from_manifest(Cursor::new(packed), mode).ok()?;
    let first = members.next().ok()??;
    members.next().ok()?.is_none().then_some(first)
}

#[test]
fn the_manifest_is_the_first_member_and_the_last() {
    for mode in [HopMode::Quick, HopMode::Checked] {
        let first = manifest(&archive(), mode).unwrap();
        assert_eq!((first.path.as_slice(), first.size), (b"manifest.json".as_slice(), 2));
    }
}

#[test]
fn a_checked_look_refuses_every_flipped_bit_and_both_looks_every_cut() {
    let archive = archive();
    for bit in 0..archive.len() * 8 {
        let mut damaged = archive.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(manifest(&damaged, HopMode::Checked), None, "bit {bit}");
    }
    for len in 0..archive.len() {
        for mode in [HopMode::Quick, HopMode::Checked] {
            assert_eq!(manifest(&archive[..len], mode), None, "cut at {len}");
        }
    }
}
