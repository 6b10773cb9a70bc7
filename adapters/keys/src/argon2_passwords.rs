//! Passwords by Argon2id, as PHC strings; bcrypt hashes of earlier daemons verify too.
//!
//! Does NOT make bcrypt hashes, and never spends more than a fixed bound of memory and time on a stored hash.
//! Does NOT let callers queue without end.

mod bcrypt_hash;
mod phc;

use async_trait::async_trait;
use loom_domain::ports::{PasswordError, PasswordVerdict, Passwords, Randomness};
use loom_domain::secret::SecretText;
use std::sync::Arc;
use tokio::sync::{Semaphore, TryAcquireError};

/// How many hashes are worked on at once. Each of ours takes 19 MiB, and more at once than cores are no faster.
const AT_ONCE: usize = 2;
/// How many more may wait for their turn: a second or two of work.
const WAITING: usize = 64;

/// Argon2id with 19,456 KiB, 2 passes, 1 lane, a salt of 16 and an output of 32 bytes, in threads of their own.
pub struct Argon2Passwords {
    randomness: Arc<dyn Randomness>,
    /// One for each caller who waits or is worked for.
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Argon2Passwords {
    /// Salts come from `randomness`.
    pub fn new(randomness: Arc<dyn Randomness>) -> Self {
        Self {
            randomness,
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// Runs `work` off the async threads when its turn has come; `Busy` if too many wait already. Place and turn go
    /// along, so that a caller who gives up does not make room for another one before the memory is free.
    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|refused| match refused {
            TryAcquireError::NoPermits => PasswordError::Busy,
            TryAcquireError::Closed => unavailable(refused),
        })?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(unavailable)?;
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop((turn, place));
            done
        });
        working.await.map_err(unavailable)?
    }
}

#[async_trait]
impl Passwords for Argon2Passwords {
    async fn hash(&self, password: &SecretText) -> Result<SecretText, PasswordError> {
        let mut salt = [0; phc::SALT_BYTES];
        self.randomness.fill(&mut salt).map_err(unavailable)?;
        let password = password.clone();
        self.in_turn(move || phc::make(&password, salt)).await
    }

    async fn verify(
        &self,
        password: &SecretText,
        stored: &SecretText,
    ) -> Result<PasswordVerdict, PasswordError> {
        let (password, stored) = (password.clone(), stored.clone());
        if bcrypt_hash::is_one(&stored) {
            self.in_turn(move || bcrypt_hash::verify(&password, &stored)).await
        } else {
            self.in_turn(move || phc::verify(&password, &stored)).await
        }
    }
}

fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> PasswordError {
    PasswordError::Unavailable(Box::new(cause))
}

#[cfg(test)]
mod tests;
