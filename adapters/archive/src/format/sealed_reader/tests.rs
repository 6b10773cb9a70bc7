//! Sealed containers built byte by byte from their layout, whole and damaged. Does NOT test what is sealed inside.

use aes_gcm::aead::{Aead, Payload};

use super::*;

const KEY: [u8; 32] = [7; 32];
const ID: [u8; 8] = *b"streamid";

/// One frame as the layout has it.
fn frame(number: u32, flags: u8, plain: &[u8]) -> Vec<u8> {
    let nonce: [u8; 12] = [&ID[..], &number.to_be_bytes()].concat().try_into().unwrap();
    let aad = [&number.to_be_bytes()[..], &[flags]].concat();
    let payload = Payload { msg: plain, aad: &aad };
    let sealed = Aes256Gcm::new(&KEY.into()).encrypt(&nonce.into(), payload).unwrap();
    let len = u32::try_from(sealed.len()).unwrap().to_be_bytes();
    [&[flags][..], &len, &sealed].concat()
}

fn container(frames: &[Vec<u8>]) -> Vec<u8> {
    [b"OCLBAK\x01", &ID[..], &frames.concat()].concat()
}

fn three_frames() -> [Vec<u8>; 3] {
    [frame(0, 0, &[1; 65_536]), frame(1, 0, b"second"), frame(2, 1, b"last")]
}

fn open(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    SealedReader::new(bytes, [&KEY]).read_to_end(&mut plain)?;
    Ok(plain)
}

fn damage(bytes: &[u8]) -> SealedDamage {
    *open(bytes).unwrap_err().get_ref().unwrap().downcast_ref().unwrap()
}

#[test]
fn frames_come_back_in_order() {
    let wanted = [&[1; 65_536][..], b"second", b"last"].concat();
    assert!(open(&container(&three_frames())).unwrap() == wanted);
}

#[test]
fn an_empty_final_frame_ends_a_stream() {
    assert_eq!(open(&container(&[frame(0, 1, b"")])).unwrap(), b"");
    assert_eq!(open(&container(&[frame(0, 0, b"x"), frame(1, 1, b"")])).unwrap(), b"x");
}

#[test]
fn a_wrong_key_is_told_apart_from_later_damage() {
    let bytes = container(&three_frames());
    let error = SealedReader::new(bytes.as_slice(), [&[8; 32]]).read(&mut [0; 10]).unwrap_err();
    assert_eq!(error.get_ref().unwrap().downcast_ref(), Some(&SealedDamage::WrongKey));
    let mut later = bytes;
    let at = later.len() - 1;
    later[at] ^= 1;
    assert_eq!(damage(&later), SealedDamage::Frame(2));
}

#[test]
fn the_key_that_opens_the_first_frame_is_found_among_others() {
    let wanted = [&[1; 65_536][..], b"second", b"last"].concat();
    for keys in [[[7; 32], [8; 32], [9; 32]], [[8; 32], [7; 32], [9; 32]], [[8; 32], [9; 32], [7; 32]]] {
        let (bytes, mut plain) = (container(&three_frames()), Vec::new());
        SealedReader::new(bytes.as_slice(), &keys).read_to_end(&mut plain).unwrap();
        assert!(plain == wanted);
    }
    let none: [[u8; 32]; 0] = [];
    assert!(SealedReader::new(container(&three_frames()).as_slice(), &none).read(&mut [0]).is_err());
}

#[test]
fn dropped_swapped_and_repeated_frames_are_refused() {
    let [a, b, c] = three_frames();
    assert_eq!(damage(&container(&[b.clone(), c.clone()])), SealedDamage::WrongKey);
    assert_eq!(damage(&container(&[a.clone(), c.clone()])), SealedDamage::Frame(1));
    assert_eq!(damage(&container(&[a.clone(), b.clone()])), SealedDamage::Truncated(2));
    assert_eq!(damage(&container(&[a.clone(), a.clone(), b.clone(), c.clone()])), SealedDamage::Frame(1));
    assert_eq!(damage(&container(&[b, a, c])), SealedDamage::WrongKey);
}

#[test]
fn a_frame_cannot_be_made_final_or_open() {
    let [a, mut b, mut c] = three_frames();
    b[0] = 1;
    assert_eq!(damage(&container(&[a.clone(), b])), SealedDamage::Frame(1));
    c[0] = 0;
    assert_eq!(damage(&container(&[a, frame(1, 0, b"second"), c])), SealedDamage::Frame(2));
}

#[test]
fn bytes_after_the_final_frame_are_refused() {
    let [a, b, c] = three_frames();
    assert_eq!(damage(&container(&[a.clone(), b.clone(), c.clone(), vec![0]])), SealedDamage::TrailingBytes);
    assert_eq!(damage(&container(&[a, b, c.clone(), c])), SealedDamage::TrailingBytes);
}

#[test]
fn every_flipped_bit_and_every_cut_of_a_small_container_is_refused() {
    let bytes = container(&[frame(0, 0, b"one"), frame(1, 1, b"two")]);
    open(&bytes).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&damaged).is_err(), "bit {bit}");
    }
    for len in 0..bytes.len() {
        assert!(open(&bytes[..len]).is_err(), "cut at {len}");
    }
}

#[test]
fn impossible_lengths_and_unknown_flags_are_refused_before_reading_on() {
    for len in [0, 15, 65_553, u32::MAX] {
        let head = [&[0][..], &len.to_be_bytes()].concat();
        assert_eq!(damage(&container(&[head])), SealedDamage::Length { frame: 0, len });
    }
    assert_eq!(damage(&container(&[frame(0, 2, b"x")])), SealedDamage::Flags { frame: 0, flags: 2 });
}

#[test]
fn an_error_is_final() {
    let mut reader = SealedReader::new(b"OCLBAK\x02".as_slice(), [&KEY]);
    for _ in 0..2 {
        let error = reader.read(&mut [0; 10]).unwrap_err();
        assert_eq!(error.to_string(), "not a sealed container of version 1");
    }
}

#[test]
fn the_end_is_not_reported_before_the_final_frame() {
    let [a, ..] = three_frames();
    let bytes = container(&[a]);
    let mut reader = SealedReader::new(bytes.as_slice(), [&KEY]);
    reader.read_exact(&mut [0; 65_536]).unwrap();
    assert!(reader.read(&mut [0; 1]).is_err());
}
