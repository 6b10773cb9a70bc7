//! Password hashes that cost nothing: salted SHA-256 in a form of their own.
//!
//! Does NOT slow anybody down who guesses: for tests and fakes only.

use async_trait::async_trait;
use loom_domain::ports::{PasswordError, PasswordVerdict, Passwords};
use loom_domain::secret::SecretText;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};

/// Hashes as `memory$<salt>$<64 hex digits>`, the salt a number that counts up. Its work is counted, so that a test can
/// tell whether a password was looked at.
#[derive(Debug, Default)]
pub struct MemoryPasswords {
    salts: AtomicU64,
    work: AtomicU64,
}

const FORM: &str = "memory";
const OLD_FORM: &str = "memory-old";

impl MemoryPasswords {
    /// How often something was hashed or verified so far: what would have been slow.
    pub fn work(&self) -> u64 {
        self.work.load(Ordering::Relaxed)
    }

    /// A hash in the old form, for which the right password is `RightButOutdated`.
    pub fn outdated_hash(&self, password: &SecretText) -> SecretText {
        self.make(OLD_FORM, password)
    }

    fn make(&self, form: &str, password: &SecretText) -> SecretText {
        let salt = self.salts.fetch_add(1, Ordering::Relaxed).to_string();
        SecretText::new(format!("{form}${salt}${}", digest(&salt, password)))
    }
}

#[async_trait]
impl Passwords for MemoryPasswords {
    async fn hash(&self, password: &SecretText) -> Result<SecretText, PasswordError> {
        self.work.fetch_add(1, Ordering::Relaxed);
        Ok(self.make(FORM, password))
    }

    async fn verify(
        &self,
        password: &SecretText,
        stored: &SecretText,
    ) -> Result<PasswordVerdict, PasswordError> {
        self.work.fetch_add(1, Ordering::Relaxed);
        let parts: Vec<&str> = stored.reveal().split('$').collect();
        let [form, salt, hash] = parts[..] else { return Err(PasswordError::UnknownForm) };
        let right = match form {
            FORM => PasswordVerdict::Right,
            OLD_FORM => PasswordVerdict::RightButOutdated,
            _ => return Err(PasswordError::UnknownForm),
        };
        if hash.len() != 64 {
            return Err(PasswordError::UnknownForm);
        }
        Ok(if digest(salt, password) == hash { right } else { PasswordVerdict::Wrong })
    }
}

fn digest(salt: &str, password: &SecretText) -> String {
    let hash = Sha256::new().chain_update(salt).chain_update([0]).chain_update(password.reveal()).finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_old_hash_is_right_but_outdated_and_work_is_counted() {
        let passwords = MemoryPasswords::default();
        let old = passwords.outdated_hash(&SecretText::new("a"));
        assert_eq!(passwords.work(), 0);
        let right = passwords.verify(&SecretText::new("a"), &old).await.unwrap();
        let wrong = passwords.verify(&SecretText::new("b"), &old).await.unwrap();
        assert_eq!((right, wrong), (PasswordVerdict::RightButOutdated, PasswordVerdict::Wrong));
        assert_eq!(passwords.work(), 2);
    }
}
