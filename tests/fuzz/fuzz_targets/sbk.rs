//! The judge of CCU backups: it never panics, and its verdict does not depend on how the bytes were cut.
//!
//! The first four bytes of an input say how the rest becomes a backup and how long its pieces are. Does NOT look for
//! backups that are judged wrongly; the tests of the domain do.

#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_contract::sbk_samples::{SbkSample, gzip};
use loom_domain::sbk::{SbkJudge, SbkLimits, SbkVerdict};

const CONTROLS: usize = 4;

/// Wrong checksums are put right first: else hardly a changed header would be read.
const MEND: u8 = 1;
/// The bytes are the tar inside.
const INSIDE: u8 = 2;
/// The bytes are the compressed tar inside.
const PACKED: u8 = 4;
/// Limits that small inputs pass.
const TIGHT: u8 = 8;

fuzz_target!(|input: &[u8]| {
    let Some((controls, bytes)) = input.split_first_chunk::<CONTROLS>() else { return };
    let backup = backup(controls[0], bytes);
    let limits = limits(controls[0]);
    let announced = (controls[3] & 1 == 1).then_some(backup.len() as u64);
    let whole = verdict(limits, [backup.as_slice()].into_iter(), announced);
    let pieces = pieces(&backup, [controls[1], controls[2], controls[3]]);
    assert_eq!(verdict(limits, pieces, announced), whole);
});

fn backup(mode: u8, bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if mode & MEND != 0 {
        bytes.chunks_exact_mut(512).for_each(mend);
    }
    match mode {
        _ if mode & INSIDE != 0 => SbkSample::stock("3.87.6").build_around(&gzip(&bytes)),
        _ if mode & PACKED != 0 => SbkSample::open_ccu("3.87.6.20260101").build_around(&bytes),
        _ => bytes,
    }
}

/// Puts the checksum of a tar header right; blocks that are none stay as they are.
fn mend(block: &mut [u8]) {
    if &block[257..262] != b"ustar" {
        return;
    }
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

fn limits(mode: u8) -> SbkLimits {
    match mode & TIGHT {
        0 => SbkLimits::default(),
        _ => {
            SbkLimits { file_bytes: 8 << 10, inner_bytes: 4 << 10, inner_members: 4, ..SbkLimits::default() }
        }
    }
}

fn verdict<'a>(
    limits: SbkLimits,
    pieces: impl Iterator<Item = &'a [u8]>,
    announced: Option<u64>,
) -> SbkVerdict {
    let mut judge = SbkJudge::new(limits);
    let mut hopeless = false;
    for piece in pieces {
        let pushed = judge.push(piece);
        assert!(!hopeless || pushed.is_err(), "damage that was told is healed");
        hopeless = pushed.is_err();
    }
    let verdict = judge.finish(announced);
    assert!(!hopeless || !verdict.is_good(), "damage that was told is not in the verdict");
    verdict
}

/// Pieces of these lengths in turn, from 0 on.
fn pieces(mut rest: &[u8], lengths: [u8; 3]) -> impl Iterator<Item = &[u8]> {
    let mut turns = lengths.into_iter().cycle();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        // One byte more than asked for would be no way to ask for nothing, none at all would never end.
        let asked = turns.next().map_or(1, usize::from);
        let length = if lengths == [0; 3] { 1 } else { asked.min(rest.len()) };
        let piece;
        (piece, rest) = rest.split_at(length);
        Some(piece)
    })
}
