//! The readers of both origins: round trips, and that no flipped bit, cut or glued file passes. Does NOT test the index.

use super::*;
use crate::format::gzip_member::{BLOCK_BYTES, GzipDamage, GzipFault, HEADER_LEN};
use crate::format::samples::{foreign_gzip, loom_gzip, loom_gzip_cut, noise, paramset_like};

fn read(packed: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    GzReader::new(packed)?.read_to_end(&mut plain)?;
    Ok(plain)
}

fn damage(packed: &[u8]) -> GzipDamage {
    let error = read(packed).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    *error.get_ref().unwrap().downcast_ref().unwrap()
}

#[test]
fn every_size_comes_back() {
    let mib = BLOCK_BYTES;
    for len in [0, 1, mib - 1, mib, mib + 1, 5 * mib, 20 * mib + 3] {
        for plain in [noise(len), paramset_like(len)] {
            assert!(read(&loom_gzip(&plain)).unwrap() == plain, "{len} bytes");
        }
    }
}

#[test]
fn every_flipped_bit_is_refused() {
    let archives = [
        loom_gzip(b""),
        loom_gzip(b"a"),
        loom_gzip(&noise(100)),
        loom_gzip(&paramset_like(900)),
        loom_gzip_cut(&paramset_like(400), b"{\"files\":[]}"),
        loom_gzip_cut(b"", b""),
    ];
    for archive in archives {
        read(&archive).unwrap();
        for bit in 0..archive.len() * 8 {
            let mut damaged = archive.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&damaged).is_err(), "bit {bit} of {} bytes", archive.len());
        }
    }
}

#[test]
fn every_ruined_byte_is_refused() {
    let archive = loom_gzip_cut(&paramset_like(400), &noise(40));
    for at in 0..archive.len() {
        for value in [0, 0xff, !archive[at], archive[at].wrapping_add(1)] {
            let mut damaged = archive.clone();
            damaged[at] = value;
            assert!(value == archive[at] || read(&damaged).is_err(), "byte {at} = {value}");
        }
    }
}

#[test]
fn every_cut_is_refused_but_the_one_between_members() {
    let archive = loom_gzip_cut(&paramset_like(400), &noise(40));
    let border = loom_gzip(&paramset_like(400)).len();
    for len in 0..archive.len() {
        assert_eq!(read(&archive[..len]).is_ok(), len == border, "cut at {len}");
    }
}

#[test]
fn damage_names_the_member_and_its_place() {
    let mut archive = loom_gzip(&noise(3 * BLOCK_BYTES));
    let third = archive.len() / 3 * 2;
    archive[third + 1000] ^= 1;
    let found = damage(&archive);
    assert_eq!((found.member, found.what), (3, GzipFault::PackedSum));
    assert_eq!(
        found.to_string(),
        format!("gzip member 3 at byte {third}: checksum of the compressed data does not match")
    );
}

#[test]
fn plaintext_before_the_damage_is_handed_out_first() {
    let plain = noise(3 * BLOCK_BYTES);
    let mut archive = loom_gzip(&plain);
    let len = archive.len();
    archive[len - 1] ^= 0x80;
    let mut reader = GzReader::new(archive.as_slice()).unwrap();
    let mut good = vec![0; 2 * BLOCK_BYTES];
    reader.read_exact(&mut good).unwrap();
    assert!(good == plain[..2 * BLOCK_BYTES]);
    assert!(reader.read(&mut good).is_err());
    assert!(reader.read(&mut good).is_err(), "an error is final");
}

#[test]
fn trailing_bytes_are_refused_in_both_origins() {
    for archive in [loom_gzip(&noise(100)), foreign_gzip(&noise(100))] {
        for tail in [b"\0".as_slice(), b"x", b"\n\n\n\n\n\n", &[0; 4096]] {
            let found = damage(&[&archive, tail].concat());
            assert_eq!((found.member, found.what), (2, GzipFault::TrailingBytes));
            assert_eq!(found.offset, archive.len() as u64);
        }
    }
}

#[test]
fn members_of_mixed_origin_are_refused() {
    let (ours, theirs) = (loom_gzip(&noise(100)), foreign_gzip(&noise(100)));
    assert_eq!(damage(&[ours.clone(), theirs.clone()].concat()).what, GzipFault::Header);
    assert_eq!(damage(&[theirs, ours].concat()).what, GzipFault::Mixed);
}

#[test]
fn a_forged_member_whose_checksum_fits_must_still_inflate() {
    for (at, xor) in [(0, 0x06), (1, 0xff)] {
        let mut archive = loom_gzip(&paramset_like(500));
        if at == 0 {
            archive[HEADER_LEN] ^= xor;
        } else {
            let crc_of_plain = archive.len() - 8;
            archive[crc_of_plain] ^= xor;
        }
        let mut sum = crc32fast::Hasher::new();
        sum.update(&archive[16..20]);
        sum.update(&archive[24..]);
        let sum = sum.finalize().to_le_bytes();
        archive[20..24].copy_from_slice(&sum);
        assert_eq!(damage(&archive).what, GzipFault::Content);
    }
}

#[test]
fn thousands_of_empty_members_are_read_in_a_loop() {
    let archive = loom_gzip(b"").repeat(20_000);
    assert_eq!(read(&archive).unwrap(), b"");
}

#[test]
fn foreign_gzip_of_several_members_is_read() {
    let (one, two) = (paramset_like(300_000), noise(200_000));
    let archive = [foreign_gzip(&one), foreign_gzip(b""), foreign_gzip(&two)].concat();
    assert!(read(&archive).unwrap() == [one, two].concat());
}

#[test]
fn foreign_gzip_is_refused_at_every_cut() {
    let archive = foreign_gzip(&paramset_like(2000));
    for len in 0..archive.len() {
        assert_eq!(damage(&archive[..len]).what, GzipFault::Truncated, "cut at {len}");
    }
}

#[test]
fn a_flipped_bit_in_foreign_content_is_refused_or_without_effect() {
    let plain = paramset_like(500);
    let archive = foreign_gzip(&plain);
    for bit in 10 * 8..archive.len() * 8 {
        let mut damaged = archive.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        // Deflate fills its last byte up with bits that mean nothing.
        let last_byte = bit / 8 == archive.len() - 9;
        match read(&damaged) {
            Ok(same) => assert!(last_byte && same == plain, "bit {bit}"),
            Err(e) => assert_eq!(e.kind(), io::ErrorKind::InvalidData),
        }
    }
}

#[test]
fn errors_of_the_file_pass_through_unchanged() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::new(io::ErrorKind::InvalidData, "cable cut"))
        }
    }
    for archive in [loom_gzip(&noise(5000)), foreign_gzip(&noise(5000))] {
        let mut reader = GzReader::new(archive[..3000].chain(Failing)).unwrap();
        let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.to_string(), "cable cut");
    }
}

#[test]
fn consumed_counts_the_whole_file_at_the_end() {
    for archive in [loom_gzip(&noise(3 * BLOCK_BYTES)), foreign_gzip(&noise(100_000))] {
        let mut reader = GzReader::new(archive.as_slice()).unwrap();
        let consumed = reader.consumed();
        io::copy(&mut reader, &mut io::sink()).unwrap();
        assert_eq!(consumed.load(std::sync::atomic::Ordering::Relaxed), archive.len() as u64);
    }
}

#[test]
fn dropping_in_the_middle_does_not_hang() {
    let archive = loom_gzip(&noise(30 * BLOCK_BYTES));
    for bytes in [0, 1, BLOCK_BYTES, 2 * BLOCK_BYTES + 1] {
        let mut reader = GzReader::new(archive.as_slice()).unwrap();
        reader.read_exact(&mut vec![0; bytes]).unwrap();
    }
}
