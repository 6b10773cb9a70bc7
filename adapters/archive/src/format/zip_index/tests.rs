//! The place of the manifest in a zip file. Does NOT test what all formats promise (`folder_source::manifest`).

use std::io::Cursor;

use super::*;
use crate::format::members::Members;
use crate::format::samples::{noise, packed};
use loom_domain::archive::ArchiveFormat;

/// Whether the manifest is found, and nothing comes after it.
fn is_found(packed: &[u8]) -> bool {
    let Ok(mut members) = from_manifest(Cursor::new(packed), HopMode::Quick) else { return false };
    matches!(members.next(), Ok(Some(member)) if member.path == b"manifest.json")
        && matches!(members.next(), Ok(None))
}

#[test]
fn a_place_that_is_not_the_manifests_is_refused() {
    let archive = packed(ArchiveFormat::Zip, &[("state/", b""), ("state/a", &noise(900))], b"{}");
    assert!(is_found(&archive));
    let place = archive.len() - END_LEN + 22 + 40;
    let told = str::from_utf8(&archive[place..][..21]).unwrap();
    let offset: u64 = told.trim().parse().unwrap();
    for wrong in [0, offset - 1, offset + 1, archive.len() as u64, u64::MAX] {
        let mut forged = archive.clone();
        forged[place..][..21].copy_from_slice(format!(" {wrong:020}").as_bytes());
        assert!(!is_found(&forged), "{wrong}");
    }
}
