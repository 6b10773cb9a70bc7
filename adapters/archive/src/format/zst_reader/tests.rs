//! Reading tar.zst: no flipped bit, cut, foreign file or hostile frame passes. Does NOT test the writer's own promises.

use super::*;
use crate::format::samples::{loom_zst, noise, paramset_like};
use crate::format::trailing_sum::Summing;
use std::io::Write;

fn read(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    ZstReader::new(packed)?.read_to_end(&mut plain)?;
    Ok(plain)
}

fn damage(packed: &[u8]) -> ZstDamage {
    let error = read(packed).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
    error.get_ref().unwrap().downcast_ref::<ZstDamage>().unwrap().clone()
}

/// What somebody who knows the format can make: frames of their own, and a trailer that fits.
fn forged(frames: &[&[u8]], manifest: u64) -> Vec<u8> {
    let mut out = Summing::new(Vec::new());
    frames.iter().for_each(|frame| out.write_all(frame).unwrap());
    out.write_all(&Trailer::head(manifest)).unwrap();
    let sum = out.sum();
    [out.into_inner(), sum.to_vec()].concat()
}

fn frame(plain: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(plain, 3).unwrap()
}

#[test]
fn every_size_comes_back() {
    for len in [0, 1, 100, 128 << 10, 5 << 20, (17 << 20) + 3] {
        for plain in [noise(len), paramset_like(len)] {
            let archive = loom_zst(&plain, b"manifest");
            assert!(read(&archive).unwrap() == [&plain, b"manifest".as_slice()].concat(), "{len} bytes");
        }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    for archive in [loom_zst(&paramset_like(700), b"{\"files\":[]}"), loom_zst(b"", b"m")] {
        read(&archive).unwrap();
        for bit in 0..archive.len() * 8 {
            let mut damaged = archive.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&damaged).is_err(), "bit {bit} of {} bytes", archive.len());
        }
    }
}

#[test]
fn every_cut_and_every_trailing_byte_is_refused() {
    let archive = loom_zst(&paramset_like(700), &noise(40));
    for len in 0..archive.len() {
        assert!(read(&archive[..len]).is_err(), "cut at {len}");
    }
    for tail in [b"\0".as_slice(), b"x", &archive[archive.len() - TRAILER_LEN..], &frame(b"more"), &archive] {
        assert!(read(&[&archive, tail].concat()).is_err());
    }
}

#[test]
fn a_file_of_another_program_is_refused_in_words() {
    for foreign in [frame(b""), frame(&paramset_like(500_000))] {
        assert_eq!(damage(&foreign), ZstDamage::Trailer);
    }
    let mut newer = loom_zst(b"files", b"manifest");
    let version = newer.len() - TRAILER_LEN + 15;
    newer[version] = 2;
    assert_eq!(damage(&newer), ZstDamage::Version(2));
}

#[test]
fn a_forged_archive_is_read_only_if_its_manifest_is_the_last_frame() {
    let (files, manifest) = (frame(b"files"), frame(b"manifest"));
    let place = files.len() as u64;
    assert_eq!(read(&forged(&[&files, &manifest], place)).unwrap(), b"filesmanifest");
    for wrong in [0, place - 1, place + 1, u64::MAX] {
        assert_eq!(damage(&forged(&[&files, &manifest], wrong)), ZstDamage::Manifest(wrong));
    }
    assert_eq!(damage(&forged(&[&files, &manifest, &frame(b"more")], place)), ZstDamage::Manifest(place));
}

#[test]
fn frames_that_are_no_frames_are_refused_with_their_place() {
    let files = frame(b"files");
    for hostile in [b"no frame at all".as_slice(), b"\x1e\xb5\x2f\xfdlegacy of version 1"] {
        let archive = forged(&[&files, hostile], 0);
        assert!(matches!(damage(&archive), ZstDamage::Frame { offset, .. } if offset == files.len() as u64));
    }
    let cut = &files[..files.len() - 5];
    assert_eq!(damage(&forged(&[cut], 0)), ZstDamage::Truncated(0));
    let endless_skip = [&0x184D_2A50_u32.to_le_bytes()[..], &[0xff; 4], b"short"].concat();
    assert_eq!(damage(&forged(&[&endless_skip], 0)), ZstDamage::Truncated(0));
}

#[test]
fn a_window_beyond_8_mib_is_refused() {
    let framed = |log: u32| {
        let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
        encoder.window_log(log).unwrap();
        encoder.write_all(&noise(1000)).unwrap();
        forged(&[&encoder.finish().unwrap()], 0)
    };
    assert!(read(&framed(23)).unwrap() == noise(1000));
    assert!(matches!(damage(&framed(24)), ZstDamage::Frame { offset: 0, .. }));
}

#[test]
fn an_error_is_final() {
    let mut archive = loom_zst(&noise(1000), b"manifest");
    let last = archive.len() - 1;
    archive[last] ^= 1;
    let mut reader = ZstReader::new(archive.as_slice()).unwrap();
    reader.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(reader.read(&mut [0]).unwrap_err().to_string(), ZstDamage::Sum.to_string());
}
