//! Age files sealed here and by the rules, opened, closed, cut, changed and put together anew.

use super::super::age_keys::{new_identity, recipient_of};
use super::super::age_writer::AgeSeal;
use super::*;
use loom_domain::archive::{HintedKey, KeyPlace};
use loom_domain::secret::KeyFingerprint;
use std::io::Write;

/// Rounds for passphrases in tests: none that would take time.
const WORK: u8 = 2;
const STORED_CHUNK: usize = (64 << 10) + 16;

fn sealed(seal: AgeSeal, plain: &[u8]) -> Vec<u8> {
    let mut writer = seal.wrap(Vec::new()).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap()
}

fn for_recipients(identities: &[&Identity], plain: &[u8]) -> Vec<u8> {
    let recipients: Vec<_> = identities.iter().map(|identity| recipient_of(identity).unwrap()).collect();
    let fingerprint = KeyFingerprint::parse("0123456789abcdef").unwrap();
    let key = HintedKey::Key { fingerprint, place: KeyPlace::Outside };
    sealed(AgeSeal::for_recipients(&recipients, key).unwrap(), plain)
}

fn for_passphrase(passphrase: &str, plain: &[u8]) -> Vec<u8> {
    sealed(AgeSeal::for_passphrase(&SecretText::new(passphrase), WORK).unwrap(), plain)
}

fn open(stored: &[u8], identities: &[Identity]) -> Result<Vec<u8>, AgeClosed> {
    let mut plain = Vec::new();
    ClosedAge::read(stored)?.open(identities)?.read_to_end(&mut plain)?;
    Ok(plain)
}

fn open_with(stored: &[u8], passphrase: &str) -> Result<Vec<u8>, AgeClosed> {
    let mut plain = Vec::new();
    ClosedAge::read(stored)?.open_with_passphrase(&SecretText::new(passphrase))?.read_to_end(&mut plain)?;
    Ok(plain)
}

fn damage(opened: Result<Vec<u8>, AgeClosed>) -> AgeDamage {
    match opened.unwrap_err() {
        AgeClosed::Io(error) => *error.get_ref().unwrap().downcast_ref().unwrap(),
        other => panic!("{other}"),
    }
}

/// Where the first chunk begins.
fn chunks_at(stored: &[u8]) -> usize {
    let mut rest = stored;
    AgeHeader::read(&mut rest).unwrap().text().len() + 16
}

#[test]
fn each_of_the_recipients_opens_it_and_nobody_else() {
    let [one, two, other] = std::array::from_fn(|_| new_identity().unwrap());
    for len in [0, 1, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 200_000] {
        let plain: Vec<u8> = (0..len).map(|at: u32| at.to_le_bytes()[1]).collect();
        let stored = for_recipients(&[&one, &two], &plain);
        for identities in [vec![one.clone()], vec![two.clone()], vec![other.clone(), two.clone()]] {
            assert!(open(&stored, &identities).unwrap() == plain, "{len} bytes");
        }
        for identities in [vec![], vec![other.clone()]] {
            assert!(matches!(open(&stored, &identities), Err(AgeClosed::NoIdentity)));
        }
        assert!(plain.len() < 16 || !stored.windows(16).any(|window| window == &plain[..16]));
    }
}

#[test]
fn the_passphrase_opens_it_and_no_other() {
    let stored = for_passphrase("correct horse", b"plain");
    assert_eq!(open_with(&stored, "correct horse").unwrap(), b"plain");
    for other in ["", "correct hors", "correct horse "] {
        assert!(matches!(open_with(&stored, other), Err(AgeClosed::WrongPassphrase)), "{other}");
    }
    let closed = ClosedAge::read(stored.as_slice()).unwrap();
    assert_eq!(closed.lock(), ArchiveLock::Passphrase);
}

#[test]
fn the_hint_names_recipients_and_master_key_to_everybody() {
    let identity = new_identity().unwrap();
    let closed = ClosedAge::read(io::Cursor::new(for_recipients(&[&identity], b""))).unwrap();
    let ArchiveLock::Recipients { kinds, hint } = closed.lock() else { panic!("recipients") };
    assert_eq!(kinds, ["X25519"]);
    assert_eq!(hint.recipients, [recipient_of(&identity).unwrap().fingerprint()]);
    assert_eq!(hint.master_key.fingerprint(), KeyFingerprint::parse("0123456789abcdef").as_ref());
}

#[test]
fn every_flipped_bit_and_every_cut_is_damage_to_whoever_has_the_identity() {
    let identities = [new_identity().unwrap()];
    let stored = for_recipients(&[&identities[0]], b"a small archive");
    open(&stored, &identities).unwrap();
    for bit in 0..stored.len() * 8 {
        let mut flipped = stored.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        damage(open(&flipped, &identities));
    }
    for len in 0..stored.len() {
        damage(open(&stored[..len], &identities));
    }
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed_by_whoever_has_the_passphrase() {
    let stored = for_passphrase("p", b"a small archive");
    let header = chunks_at(&stored) - 16;
    for bit in 0..stored.len() * 8 {
        let mut flipped = stored.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let closed = open_with(&flipped, "p").unwrap_err();
        assert!(bit / 8 < header || matches!(closed, AgeClosed::Io(_)), "bit {bit}: {closed}");
    }
    for len in 0..stored.len() {
        damage(open_with(&stored[..len], "p"));
    }
}

#[test]
fn chunks_that_are_missing_swapped_repeated_or_foreign_are_damage() {
    let identities = [new_identity().unwrap()];
    let plain: Vec<u8> = (0..200_000_u32).map(|at| at.to_le_bytes()[1]).collect();
    let stored = for_recipients(&[&identities[0]], &plain);
    let (head, chunks) = stored.split_at(chunks_at(&stored));
    let chunks: Vec<_> = chunks.chunks(STORED_CHUNK).collect();
    assert_eq!(chunks.len(), 4);
    let other = for_recipients(&[&identities[0]], &plain);
    let foreign = &other[chunks_at(&other)..][..STORED_CHUNK];
    let from = |parts: &[&[u8]]| damage(open(&[head, &parts.concat()].concat(), &identities));
    let [a, b, c, d] = [chunks[0], chunks[1], chunks[2], chunks[3]];
    assert_eq!(from(&[]), AgeDamage::Truncated(0));
    assert_eq!(from(&[a, b, c]), AgeDamage::Truncated(3));
    assert_eq!(from(&[a, b, c, &d[..100]]), AgeDamage::Chunk(3));
    assert_eq!(from(&[a, c, d]), AgeDamage::Chunk(1));
    assert_eq!(from(&[b, a, c, d]), AgeDamage::Chunk(0));
    assert_eq!(from(&[a, a, b, c, d]), AgeDamage::Chunk(1));
    assert_eq!(from(&[a, foreign, c, d]), AgeDamage::Chunk(1));
    assert_eq!(from(&[a, b, c, d, d]), AgeDamage::Chunk(3));
    assert_eq!(from(&[a, b, c, d, b"\0"]), AgeDamage::Chunk(3));
}

#[test]
fn bytes_after_a_full_final_chunk_are_damage() {
    let identities = [new_identity().unwrap()];
    let stored = for_recipients(&[&identities[0]], &[7; 64 << 10]);
    for tail in [&b"\0"[..], &[1; 20], &[0; STORED_CHUNK], &stored] {
        assert_eq!(damage(open(&[&stored, tail].concat(), &identities)), AgeDamage::Chunk(1));
    }
}

#[test]
fn a_passphrase_that_asks_for_minutes_of_work_is_refused_at_once() {
    let stored = for_passphrase("p", b"");
    let text = String::from_utf8_lossy(&stored[..chunks_at(&stored) - 16]).into_owned();
    for work in [WORK_MAX + 1, 40, 63] {
        let hostile = text.replace(&format!(" {WORK}\n"), &format!(" {work}\n"));
        let hostile = [hostile.as_bytes(), &stored[text.len()..]].concat();
        let refused = open_with(&hostile, "p").unwrap_err();
        assert!(matches!(refused, AgeClosed::TooMuchWork(asked) if asked == work), "{refused}");
    }
}

#[test]
fn an_error_is_final_and_the_end_stays_the_end() {
    let identities = [new_identity().unwrap()];
    let stored = for_recipients(&[&identities[0]], b"plain");
    let mut reader = ClosedAge::read(stored.as_slice()).unwrap().open(&identities).unwrap();
    reader.read_to_end(&mut Vec::new()).unwrap();
    assert_eq!(reader.read(&mut [0; 9]).unwrap(), 0);
    let cut = &stored[..stored.len() - 1];
    let mut reader = ClosedAge::read(cut).unwrap().open(&identities).unwrap();
    for _ in 0..3 {
        assert_eq!(reader.read(&mut [0; 9]).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
