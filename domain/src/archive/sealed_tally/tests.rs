//! Cases of the tally: what is counted where, and which reasons are told apart.

use super::*;
use crate::ports::{KeySource, NoRandomness, Randomness};
use crate::secret::SecretText;

struct Sevens;
impl Randomness for Sevens {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        buffer.fill(7);
        Ok(())
    }
}

fn key(byte: u8) -> ResolvedKey {
    ResolvedKey { key: MasterKey::from_bytes([byte; 32]), source: KeySource::Memory }
}

fn place(name: &str) -> SecretPlace {
    SecretPlace::of_central(name, "password_plain")
}

/// `x` under key 7 and under key 9.
const V1_BY_7: &str = "enc:v1:BwcHBwcHBwcHBwcHtlp4Q2wMOt7YTIqxAHB/RSQ=";
const V1_BY_9: &str = "enc:v1:BwcHBwcHBwcHBwcHIeXAag3kt7dtAHi/2qr+A3M=";

fn of_v1(envelope: &str) -> SealedValue {
    SealedValue { place: place("a"), envelope: envelope.to_owned() }
}

fn of_v2(by: u8, table: &str) -> SealedValue {
    let place = SecretPlace::new(table, "a", "b");
    let envelope = envelope::seal(&key(by).key, &place, &SecretText::new("x"), &Sevens).unwrap();
    SealedValue { place, envelope }
}

fn tally(values: &[SealedValue], key: Option<&ResolvedKey>) -> SealedTally {
    let mut tally = SealedTally::default();
    tally.add(values, key);
    tally
}

#[test]
fn a_value_that_was_not_read_counts_as_unreadable_whatever_the_key() {
    for key in [None, Some(&key(7))] {
        let tally = tally(&[SealedValue::unread(SecretPlace::new("a", "b", "c"))], key);
        assert_eq!((tally.total, tally.unreadable), (1, 1));
        assert_eq!(tally.unreadable_places, ["a/b/c"]);
        assert_eq!(tally.tables["a"], TableTally { unreadable: 1, ..TableTally::default() });
    }
}

#[test]
fn values_are_counted_by_table_and_version() {
    let values = [
        of_v1(V1_BY_7),
        of_v1(V1_BY_9),
        of_v2(7, "centrals"),
        of_v2(7, "config_sections"),
        of_v2(9, "centrals"),
    ];
    let tally = tally(&values, Some(&key(7)));
    assert_eq!((tally.total, tally.unreadable), (5, 2));
    let expected = [
        ("centrals".to_owned(), TableTally { v1: 2, v2: 2, unreadable: 2 }),
        ("config_sections".to_owned(), TableTally { v1: 0, v2: 1, unreadable: 0 }),
    ];
    assert_eq!(tally.tables, expected.into());
}

#[test]
fn each_reason_is_told_apart_from_the_others() {
    let mut moved = of_v2(7, "centrals");
    moved.place = place("elsewhere");
    let mut cut = of_v2(7, "centrals");
    cut.envelope.truncate(30);
    let values = [of_v1(V1_BY_9), of_v1(V1_BY_9), of_v2(9, "centrals"), moved, cut];
    let with_key = tally(&values, Some(&key(7)));
    let why = WhyUnreadable { no_key: 0, wrong_key: 2, other_key: 1, changed: 1, malformed: 1 };
    assert_eq!(with_key.why, why);
    assert_eq!(with_key.unnamed, 2);
    let words = [
        "2 are sealed with another master key, or changed",
        &format!("1 is sealed with the master key {}", key(9).key.fingerprint()),
        "1 is changed, or moved from another place",
        "1 is damaged or too long",
    ];
    assert_eq!(with_key.why_in_words(), words);
    let without = tally(&values, None);
    assert_eq!(without.why, WhyUnreadable { no_key: 5, ..WhyUnreadable::default() });
    assert_eq!(without.other_keys, [key(7), key(9)].map(|key| key.key.fingerprint()).into());
}

#[test]
fn few_places_and_few_keys_are_kept_of_many() {
    let values: Vec<_> = (0..100).map(|byte| of_v2(byte, "centrals")).collect();
    let tally = tally(&values, Some(&key(200)));
    assert_eq!((tally.unreadable, tally.unreadable_places.len(), tally.other_keys.len()), (100, 10, 10));
    assert_eq!(tally.unnamed, 90);
    assert_eq!(tally.why_in_words(), ["100 are sealed with other master keys"]);
}
