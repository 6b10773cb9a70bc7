//! The master keys a running program holds: the one it seals with, and while they change the next one.
//!
//! Does NOT find keys and does NOT store them: they live in memory and are wiped with it.

use crate::ports::{KeyError, KeyProvider, ResolvedKey};
use crate::secret::{MasterKey, SecretPlace, SecretText, envelope};
use async_trait::async_trait;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Keys that were resolved once and are held from then on. Everything of a process that seals or opens shares one.
#[derive(Debug, Default)]
pub struct HeldKeys(RwLock<Held>);

#[derive(Debug, Default)]
struct Held {
    current: Option<ResolvedKey>,
    next: Option<MasterKey>,
}

impl HeldKeys {
    /// Holds `current`; `None` where there is no key.
    pub fn new(current: Option<ResolvedKey>) -> Self {
        Self(RwLock::new(Held { current, next: None }))
    }

    /// The key that seals.
    pub fn current(&self) -> Option<ResolvedKey> {
        self.read().current.clone()
    }

    /// Opens an envelope that stands at `place` with whichever key does.
    pub fn open(&self, place: &SecretPlace, sealed: &str) -> Option<SecretText> {
        let held = self.read();
        let keys = held.current.as_ref().map(|current| &current.key).into_iter().chain(&held.next);
        keys.into_iter().find_map(|key| envelope::open(key, place, sealed).ok())
    }

    /// Opens with `next` too from now on: it is about to become the key.
    pub fn expect(&self, next: MasterKey) {
        self.write().next = Some(next);
    }

    /// Seals with `current` from now on, and forgets all others.
    pub fn switch(&self, current: ResolvedKey) {
        *self.write() = Held { current: Some(current), next: None };
    }

    /// Nothing becomes of the expected key.
    pub fn stay(&self) {
        self.write().next = None;
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        // Each call makes one change.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyProvider for HeldKeys {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        Ok(self.current())
    }
}
