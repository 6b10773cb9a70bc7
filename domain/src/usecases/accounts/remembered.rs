//! Passwords that were right a moment ago, so that Basic authentication does not cost a slow hash a request.
//!
//! Does NOT hold passwords: an entry is a SHA-256 over a random salt of this process, the user, the password and the stored
//! hash. It fits no other hash, so a changed password ends it. Does NOT outlive the process, nor five minutes.

use crate::account::Subject;
use crate::ports::{NoRandomness, Randomness};
use crate::secret::SecretText;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

const MAX_AGE: SignedDuration = SignedDuration::from_mins(5);
const MAX_ENTRIES: usize = 256;

/// The name of one verified password.
pub(super) type Key = [u8; 32];

pub(super) struct Remembered {
    salt: Zeroizing<[u8; 32]>,
    verified: Mutex<HashMap<Key, Timestamp>>,
}

impl Remembered {
    pub(super) fn new(randomness: &dyn Randomness) -> Result<Self, NoRandomness> {
        let mut salt = Zeroizing::new([0; 32]);
        randomness.fill(&mut salt[..])?;
        Ok(Self { salt, verified: Mutex::default() })
    }

    pub(super) fn key(&self, subject: &Subject, password: &SecretText, stored: &SecretText) -> Key {
        let mut hash = Sha256::new_with_prefix(&self.salt[..]);
        for part in [subject.as_str(), password.reveal(), stored.reveal()] {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    pub(super) fn holds(&self, key: &Key, now: Timestamp) -> bool {
        self.lock().get(key).is_some_and(|since| is_fresh(*since, now))
    }

    pub(super) fn add(&self, key: Key, now: Timestamp) {
        let mut verified = self.lock();
        verified.retain(|_, since| is_fresh(*since, now));
        if verified.len() >= MAX_ENTRIES
            && let Some(oldest) = verified.iter().min_by_key(|(_, since)| **since).map(|(key, _)| *key)
        {
            verified.remove(&oldest);
        }
        verified.insert(key, now);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Key, Timestamp>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An entry from the future is of before the clock was set back, so its age is unknown.
fn is_fresh(since: Timestamp, now: Timestamp) -> bool {
    since <= now && now.duration_since(since) < MAX_AGE
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Zeros;

    impl Randomness for Zeros {
        fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
            buffer.fill(0);
            Ok(())
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + seconds).unwrap()
    }

    #[test]
    fn an_entry_ends_after_five_minutes_and_when_the_clock_goes_back() {
        let remembered = Remembered::new(&Zeros).unwrap();
        remembered.add([1; 32], at(0));
        assert!(remembered.holds(&[1; 32], at(0)) && remembered.holds(&[1; 32], at(299)));
        assert!(!remembered.holds(&[1; 32], at(300)) && !remembered.holds(&[1; 32], at(-1)));
        assert!(!remembered.holds(&[2; 32], at(0)));
    }

    #[test]
    fn the_oldest_makes_room() {
        let remembered = Remembered::new(&Zeros).unwrap();
        let key = |number: u16| {
            let mut key = [0; 32];
            key[..2].copy_from_slice(&number.to_le_bytes());
            key
        };
        for number in 0..300 {
            remembered.add(key(number), at(i64::from(number) / 10));
        }
        assert_eq!(remembered.lock().len(), MAX_ENTRIES);
        assert!(remembered.holds(&key(299), at(30)) && !remembered.holds(&key(0), at(30)));
    }

    #[test]
    fn another_part_is_another_key() {
        let remembered = Remembered::new(&Zeros).unwrap();
        let key = |user: &str, password: &str, stored: &str| {
            let subject = Subject::parse(user).unwrap();
            remembered.key(&subject, &SecretText::new(password), &SecretText::new(stored))
        };
        let one = key("anna", "pass", "hash");
        assert_eq!(one, key("anna", "pass", "hash"));
        for other in [key("ann", "apass", "hash"), key("anna", "passh", "ash"), key("anna", "pass", "hash2")]
        {
            assert_ne!(one, other);
        }
    }
}
