//! Containers read back by a reader made from their layout alone, and by the one of this crate.

use super::super::sealed_reader::SealedReader;
use super::*;
use aes_gcm::aead::{Aead, Payload};
use std::io::Read;

const KEY: [u8; 32] = [7; 32];

fn sealed(plain: &[u8], pieces: usize) -> Vec<u8> {
    let mut writer = SealedWriter::new(Vec::new(), &KEY).unwrap();
    plain.chunks(pieces).for_each(|piece| writer.write_all(piece).unwrap());
    writer.finish().unwrap()
}

/// Opens a container frame by frame, and says how long each plaintext was.
fn open_by_layout(stored: &[u8]) -> (Vec<u8>, Vec<usize>) {
    let (head, mut rest) = stored.split_at(15);
    assert_eq!(&head[..7], b"OCLBAK\x01");
    let (mut plain, mut lens) = (Vec::new(), Vec::new());
    loop {
        let counter = u32::try_from(lens.len()).unwrap().to_be_bytes();
        let (flags, len) = (rest[0], u32::from_be_bytes(rest[1..5].try_into().unwrap()) as usize);
        let nonce: [u8; 12] = [&head[7..], &counter].concat().try_into().unwrap();
        let aad = [&counter[..], &[flags]].concat();
        let payload = Payload { msg: &rest[5..5 + len], aad: &aad };
        let frame = Aes256Gcm::new(&KEY.into()).decrypt(&nonce.into(), payload).unwrap();
        lens.push(frame.len());
        plain.extend(frame);
        rest = &rest[5 + len..];
        if flags == 1 {
            assert!(rest.is_empty());
            return (plain, lens);
        }
        assert_eq!(flags, 0);
    }
}

#[test]
fn a_reader_made_from_the_layout_opens_it() {
    let plain: Vec<u8> = (0..200_000_u32).map(|at| at.to_le_bytes()[1]).collect();
    for pieces in [1, 1000, 65_536, 65_537, 200_000] {
        let stored = sealed(&plain, pieces);
        assert!(open_by_layout(&stored) == (plain.clone(), vec![65_536, 65_536, 65_536, 3_392]));
    }
    for (len, frames) in [(0, vec![0]), (1, vec![1]), (65_536, vec![65_536]), (65_537, vec![65_536, 1])] {
        assert_eq!(open_by_layout(&sealed(&vec![5; len], 4096)), (vec![5; len], frames));
    }
}

#[test]
fn the_reader_of_this_crate_opens_it() {
    let plain = vec![3; 150_000];
    let (stored, mut back) = (sealed(&plain, 7777), Vec::new());
    SealedReader::new(stored.as_slice(), [&KEY]).read_to_end(&mut back).unwrap();
    assert!(back == plain);
}

#[test]
fn no_two_containers_share_a_stream_id_or_a_byte_of_sealed_text() {
    let (one, other) = (sealed(&[0; 64], 64), sealed(&[0; 64], 64));
    assert_ne!(one[7..15], other[7..15]);
    assert_ne!(one[20..], other[20..]);
}

#[test]
fn what_was_not_finished_is_refused() {
    let mut writer = SealedWriter::new(Vec::new(), &KEY).unwrap();
    writer.write_all(&[1; 100_000]).unwrap();
    let SealedWriter { inner, .. } = writer;
    let mut reader = SealedReader::new(inner.as_slice(), [&KEY]);
    assert!(reader.read_to_end(&mut Vec::new()).is_err());
}
