//! One bit is another: it is found wherever something in the backup tells.

use crate::court::judge;
use flate2::read::GzDecoder;
use loom_contract::sbk_samples::{SbkSample, gzip};
use std::io::Read;
use std::ops::Range;

/// Where the content of a member lies.
fn content(sbk: &[u8], name: &str) -> Range<usize> {
    let mut at = 0;
    while at + 512 <= sbk.len() {
        let header = &sbk[at..at + 512];
        let size = std::str::from_utf8(&header[124..135]).unwrap();
        let size = usize::from_str_radix(size, 8).unwrap();
        let start = at + 512;
        if header.starts_with(format!("{name}\0").as_bytes()) {
            return start..start + size;
        }
        at = start + size.next_multiple_of(512);
    }
    panic!("no `{name}`")
}

/// Whether a member of these bytes is stored at the position.
fn in_content(sbk: &[u8], sample: &SbkSample, at: usize) -> bool {
    let mut names: Vec<&str> = sample.members.iter().map(|(name, _)| name.as_str()).collect();
    names.push("usr_local.tar.gz");
    if sample.with_sha256_list {
        names.push("signature.sha256");
    }
    names.into_iter().any(|name| content(sbk, name).contains(&at))
}

/// Of these bits, the ones whose change the judge called good, as byte and bit.
fn unnoticed(sbk: &[u8], bits: impl Iterator<Item = (usize, u8)>) -> Vec<(usize, u8)> {
    bits.filter(|(at, bit)| {
        let mut flipped = sbk.to_vec();
        flipped[*at] ^= 1 << bit;
        judge(&flipped).is_good()
    })
    .collect()
}

/// Whether the bit can change nothing: a blank for a zero or NUL in the field of a header's checksum, or the filling
/// between a member and the next header.
fn means_nothing(sbk: &[u8], sample: &SbkSample, (at, bit): (usize, u8)) -> bool {
    if in_content(sbk, sample, at) {
        return false;
    }
    let is_header = |at: usize| sbk[at / 512 * 512 + 257..].starts_with(b"ustar");
    if !is_header(at) {
        return at < sbk.len() - 1024;
    }
    let blank = sbk[at] ^ (1 << bit) == b' ' || sbk[at] == b' ';
    (148..156).contains(&(at % 512)) && blank
}

#[test]
fn with_hashes_every_bit_that_means_something_counts() {
    let sample = SbkSample::open_ccu("3.87.6.20260101");
    let sbk = sample.build();
    // One bit of each byte is enough where hashes cover nearly all of them.
    let bits = (0..sbk.len()).zip((0..8).cycle());
    let missed: Vec<_> =
        unnoticed(&sbk, bits).into_iter().filter(|bit| !means_nothing(&sbk, &sample, *bit)).collect();
    assert_eq!(missed, []);
}

#[test]
fn without_hashes_every_bit_counts_that_a_checksum_covers() {
    let sample = SbkSample::stock("3.87.6");
    let sbk = sample.build();
    let usr_local = content(&sbk, "usr_local.tar.gz");
    let same_inside = |(at, bit): (usize, u8)| {
        let mut flipped = sbk.clone();
        flipped[at] ^= 1 << bit;
        let mut tar = Vec::new();
        let read = GzDecoder::new(&flipped[usr_local.clone()]).read_to_end(&mut tar);
        usr_local.contains(&at) && read.is_ok() && tar == sample.inner_tar()
    };
    // What no checksum covers: the small members. In gzip data a few bits do not matter, such as a reference to one of
    // two equal places.
    let small = ["firmware_version", "key_index", "signature"].map(|name| content(&sbk, name));
    let covered = |at: usize| !small.iter().any(|range| range.contains(&at));
    let bits = (0..sbk.len()).flat_map(|at| (0..8).map(move |bit| (at, bit)));
    let missed: Vec<_> = unnoticed(&sbk, bits)
        .into_iter()
        .filter(|bit| covered(bit.0) && !same_inside(*bit) && !means_nothing(&sbk, &sample, *bit))
        .collect();
    assert_eq!(missed, []);
}

#[test]
fn a_flipped_bit_of_an_inner_header_is_found_although_the_gzip_is_whole() {
    let sample = SbkSample::stock("3.87.6");
    let tar = sample.inner_tar();
    for at in (0..512).filter(|at| !(148..156).contains(at)) {
        let mut flipped = tar.clone();
        flipped[512 + at] ^= 1;
        assert!(!judge(&sample.build_around(&gzip(&flipped))).is_good(), "byte {at}");
    }
}
