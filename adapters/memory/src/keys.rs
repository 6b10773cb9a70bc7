//! A master key in memory.
//!
//! Does NOT outlive its process: what was sealed with a key created here opens only while the key is held.

use async_trait::async_trait;
use loom_domain::ports::{KeyError, KeyProvider, KeySource, KeyVault, Randomness, ResolvedKey};
use loom_domain::secret::{MasterKey, SecretText};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A place for one key in its text form; clones share it.
#[derive(Clone)]
pub struct MemoryKey {
    text: Arc<Mutex<Option<SecretText>>>,
    randomness: Arc<dyn Randomness>,
}

impl MemoryKey {
    /// A place without a key; `randomness` gives the bytes of one that is created.
    pub fn new(randomness: Arc<dyn Randomness>) -> Self {
        Self { text: Arc::default(), randomness }
    }

    /// Configures a text that should be a key, in place of what is configured.
    pub fn configure(&self, text: &str) {
        *self.lock() = Some(SecretText::new(text));
    }

    /// Whether nothing is configured.
    pub fn is_empty(&self) -> bool {
        self.lock().is_none()
    }

    fn lock(&self) -> MutexGuard<'_, Option<SecretText>> {
        self.text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyProvider for MemoryKey {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        let text = self.lock();
        let key = text.as_ref().map(|text| MasterKey::from_base64(text.reveal())).transpose();
        match key {
            Ok(key) => Ok(key.map(|key| ResolvedKey { key, source: KeySource::Memory })),
            Err(reason) => Err(KeyError::Malformed { origin: KeySource::Memory, reason }),
        }
    }
}

#[async_trait]
impl KeyVault for MemoryKey {
    async fn create(&self) -> Result<ResolvedKey, KeyError> {
        let mut text = self.lock();
        if text.is_some() {
            return Err(KeyError::AlreadyExists(KeySource::Memory));
        }
        let mut bytes = [0; 32];
        let filled = self.randomness.fill(&mut bytes);
        filled.map_err(|error| KeyError::NotStored { origin: KeySource::Memory, cause: Box::new(error) })?;
        let key = MasterKey::from_bytes(bytes);
        *text = Some(SecretText::new(key.to_base64().as_str()));
        Ok(ResolvedKey { key, source: KeySource::Memory })
    }
}
