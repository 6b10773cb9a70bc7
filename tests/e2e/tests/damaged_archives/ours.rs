//! Damages of an archive of ours.

use super::verifying::verify;
use super::{manifest_member, tiny_archive};
use std::path::Path;
use tempfile::TempDir;

/// The words that name the gzip member a byte lies in.
fn member_of(at: usize, boundary: usize) -> String {
    if at < boundary {
        "gzip member 1 at byte 0".to_owned()
    } else {
        format!("gzip member 2 at byte {boundary}")
    }
}

async fn refusal(archive: Vec<u8>, scratch: &Path) -> String {
    match verify(archive, scratch, None).await {
        Ok(_) => String::new(),
        Err(words) => words,
    }
}

#[tokio::test]
async fn the_archive_itself_verifies() {
    let scratch = TempDir::new().unwrap();
    let examined = verify(tiny_archive(), scratch.path(), None).await.unwrap();
    assert_eq!((examined.files.len(), examined.sealed.total, examined.sealed.unreadable), (4, 1, 0));
}

#[tokio::test]
async fn a_flipped_bit_in_any_byte_is_found_and_its_member_named() {
    let archive = tiny_archive();
    let boundary = manifest_member(&archive);
    let scratch = TempDir::new().unwrap();
    for at in 0..archive.len() {
        let mut damaged = archive.clone();
        damaged[at] ^= 1 << (at % 8);
        let words = refusal(damaged, scratch.path()).await;
        assert!(words.contains(&member_of(at, boundary)), "byte {at} of {}: {words:?}", archive.len());
    }
    assert_eq!(scratch.path().read_dir().unwrap().count(), 0, "something is left in the scratch folder");
}

#[tokio::test]
async fn every_bit_of_the_headers_is_covered() {
    let archive = tiny_archive();
    let boundary = manifest_member(&archive);
    let scratch = TempDir::new().unwrap();
    let headers = (0..25).chain(boundary - 8..boundary + 25).chain(archive.len() - 8..archive.len());
    for bit in headers.flat_map(|at| (0..8).map(move |bit| at * 8 + bit)) {
        let mut damaged = archive.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let words = refusal(damaged, scratch.path()).await;
        assert!(
            words.contains(&member_of(bit / 8, boundary)),
            "bit {} of byte {}: {words:?}",
            bit % 8,
            bit / 8
        );
    }
}

#[tokio::test]
async fn an_archive_cut_anywhere_is_refused() {
    let archive = tiny_archive();
    let boundary = manifest_member(&archive);
    let scratch = TempDir::new().unwrap();
    for length in 1..archive.len() {
        let words = refusal(archive[..length].to_vec(), scratch.path()).await;
        let wanted = match length {
            // Too little to know whose gzip it is, or that it is one at all.
            ..25 => "",
            _ if length == boundary => "ends at byte",
            _ => &member_of(length, boundary),
        };
        assert!(!words.is_empty() && words.contains(wanted), "cut to {length} bytes: {words:?}");
    }
    assert!(refusal(Vec::new(), scratch.path()).await.contains("an empty file"));
}

#[tokio::test]
async fn bytes_behind_the_end_are_refused() {
    let archive = tiny_archive();
    let boundary = manifest_member(&archive);
    let scratch = TempDir::new().unwrap();
    let long = vec![0; 100_000];
    let appended: [(&str, &[u8]); 6] = [
        ("one zero byte", b"\0"),
        ("many zero bytes", &long),
        ("text", b"\nSent from my phone\n"),
        ("its own last member once more", &archive[boundary..]),
        ("its own first member once more", &archive[..boundary]),
        ("itself once more", &archive),
    ];
    for (what, bytes) in appended {
        let words = refusal([&archive, bytes].concat(), scratch.path()).await;
        assert!(words.contains("trailing bytes"), "{what}: {words:?}");
    }
}

#[tokio::test]
async fn members_that_changed_places_or_are_missing_are_noticed() {
    let archive = tiny_archive();
    let (first, last) = archive.split_at(manifest_member(&archive));
    let scratch = TempDir::new().unwrap();
    for (parts, wanted) in [
        (vec![last, first], "trailing bytes after the end mark"),
        (vec![first, first, last], "member `state/openccu-loom.db` appears twice"),
        (vec![last], "member `state/openccu-loom.db` is listed in the manifest but missing"),
        (vec![first], "before its end mark"),
    ] {
        let words = refusal(parts.concat(), scratch.path()).await;
        assert!(words.contains(wanted), "{words:?} instead of {wanted:?}");
    }
}

#[tokio::test]
async fn regions_of_zeros_are_found() {
    let archive = tiny_archive();
    let scratch = TempDir::new().unwrap();
    for length in [4, 64, 512] {
        for from in (0..archive.len() - length).step_by(length / 2) {
            let mut damaged = archive.clone();
            damaged[from..from + length].fill(0);
            if damaged != archive {
                let words = refusal(damaged, scratch.path()).await;
                assert!(!words.is_empty(), "{length} zeros from byte {from}");
            }
        }
    }
}
