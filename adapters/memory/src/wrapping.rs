//! A key service in memory: wraps master keys with a key of its own, and can be told to refuse or to be away.
//!
//! Does NOT wait: what is away is away at once.

use async_trait::async_trait;
use loom_domain::ports::{KeyError, KeySource, KeyWrapping, Randomness};
use loom_domain::secret::{MasterKey, SecretPlace, SecretText, WrappedKey, Wrapper, envelope};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A key service. Clones share it.
#[derive(Clone)]
pub struct MemoryWrapping {
    own: MasterKey,
    mood: Arc<Mutex<WrappingMood>>,
    randomness: Arc<dyn Randomness>,
}

/// How a key service behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WrappingMood {
    /// It wraps and unwraps.
    #[default]
    Willing,
    /// It refuses the caller.
    Denying,
    /// Its key is gone.
    WithoutKey,
    /// It cannot be reached.
    Away,
}

const KEY_ID: &str = "memory";

impl MemoryWrapping {
    /// A willing service whose key is `own`.
    pub fn new(own: MasterKey, randomness: Arc<dyn Randomness>) -> Self {
        Self { own, mood: Arc::default(), randomness }
    }

    /// Behaves like that from now on.
    pub fn be(&self, mood: WrappingMood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    fn asked(&self) -> Result<(), KeyError> {
        let (origin, cause, mend) = (KeySource::Memory, "said the service".into(), "ask it again".to_owned());
        match *self.mood.lock().unwrap_or_else(PoisonError::into_inner) {
            WrappingMood::Willing => Ok(()),
            WrappingMood::Denying => Err(KeyError::Denied { origin, cause, mend }),
            WrappingMood::WithoutKey => Err(KeyError::NoWrappingKey { origin, cause, mend }),
            WrappingMood::Away => Err(KeyError::Unreachable { origin, cause, mend }),
        }
    }
}

/// Everything but the ciphertext, bound to it.
fn bound(wrapped: &WrappedKey) -> SecretPlace {
    let pairs = |map: &BTreeMap<String, String>| {
        map.iter().map(|(key, value)| format!("{key}={value};")).collect::<String>()
    };
    SecretPlace::new(wrapped.fingerprint.as_str(), pairs(&wrapped.settings), pairs(&wrapped.context))
}

#[async_trait]
impl KeyWrapping for MemoryWrapping {
    async fn wrap(&self, key: &MasterKey, data_dir_id: &str) -> Result<WrappedKey, KeyError> {
        self.asked()?;
        let mut wrapped = WrappedKey {
            wrapper: Wrapper::Kms,
            fingerprint: key.fingerprint(),
            settings: BTreeMap::from([("key_id".to_owned(), KEY_ID.to_owned())]),
            context: BTreeMap::from([("openccu-loom:data-dir".to_owned(), data_dir_id.to_owned())]),
            ciphertext: Vec::new(),
        };
        let text = SecretText::new(key.to_base64().as_str());
        let sealed = envelope::seal(&self.own, &bound(&wrapped), &text, self.randomness.as_ref());
        let sealed =
            sealed.map_err(|error| KeyError::NotStored { origin: KeySource::Memory, cause: error.into() })?;
        wrapped.ciphertext = sealed.into_bytes();
        Ok(wrapped)
    }

    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyError> {
        self.asked()?;
        let origin = KeySource::Wrapped {
            wrapper: wrapped.wrapper,
            path: "memory".to_owned(),
            wrapping_key: wrapped.wrapping_key(),
        };
        let opened = std::str::from_utf8(&wrapped.ciphertext)
            .ok()
            .and_then(|sealed| envelope::open(&self.own, &bound(wrapped), sealed).ok())
            .and_then(|text| MasterKey::from_base64(text.reveal()).ok());
        opened.ok_or_else(|| KeyError::NotUnwrapped { origin, cause: "it was changed".into() })
    }
}
