//! The way straight to the manifest of the formats that end in a checksum. Does NOT test reading whole archives, or gzip.

use super::*;
use crate::format::members::Member;
use crate::format::samples::{noise, packed};
use std::io::Cursor;

const FORMATS: [ArchiveFormat; 2] = [ArchiveFormat::TarZst, ArchiveFormat::Zip];
const MODES: [HopMode; 2] = [HopMode::Quick, HopMode::Checked];

fn archive(format: ArchiveFormat) -> Vec<u8> {
    packed(format, &[("state/", b""), ("state/a", &noise(900))], b"{}")
}

/// The first member from the manifest on, once everything after it was read too.
fn manifest(packed: &[u8], format: ArchiveFormat, mode: HopMode) -> Option<Member> {
    let mut members = from_manifest(Cursor::new(packed.to_vec()), format, mode).ok()?;
    let first = members.next().ok()??;
    members.next().ok()?.is_none().then_some(first)
}

#[test]
fn the_manifest_is_the_first_member_and_the_last() {
    for (format, mode) in FORMATS.into_iter().flat_map(|format| MODES.map(|mode| (format, mode))) {
        let first = manifest(&archive(format), format, mode).unwrap();
        assert_eq!((first.path.as_slice(), first.size), (b"manifest.json".as_slice(), 2), "{format:?}");
    }
}

#[test]
fn a_checked_look_refuses_every_flipped_bit_and_both_looks_every_cut() {
    for format in FORMATS {
        let archive = archive(format);
        for bit in 0..archive.len() * 8 {
            let mut damaged = archive.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(manifest(&damaged, format, HopMode::Checked), None, "{format:?}, bit {bit}");
        }
        for len in 0..archive.len() {
            for mode in MODES {
                assert_eq!(manifest(&archive[..len], format, mode), None, "{format:?}, cut at {len}");
            }
        }
    }
}
