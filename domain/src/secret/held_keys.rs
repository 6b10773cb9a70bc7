//! The master keys a running program holds: the one it seals with, and while they change the next one.
//!
//! Does NOT find keys and does NOT store them: they live in memory and are wiped with it.

use crate::ports::{KeyError, KeyProvider, ResolvedKey};
use crate::secret::{MasterKey, SecretPlace, SecretText, envelope};
use async_lock::{Mutex, MutexGuard};
use async_trait::async_trait;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Keys that were resolved once and are held from then on. Everything of a process that seals or opens shares one.
///
/// Who writes secrets does so in a turn of its own ([`HeldKeys::writing`]), and so does who changes the key
/// ([`HeldKeys::change`]): no value is sealed with the old key and stored after the change. Reading waits for nobody.
#[derive(Debug, Default)]
pub struct HeldKeys {
    held: RwLock<Held>,
    turns: Mutex<()>,
}

#[derive(Debug, Default)]
struct Held {
    current: Option<ResolvedKey>,
    next: Option<MasterKey>,
}

impl HeldKeys {
    /// Holds `current`; `None` where there is no key.
    pub fn new(current: Option<ResolvedKey>) -> Self {
        Self { held: RwLock::new(Held { current, next: None }), turns: Mutex::new(()) }
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

    /// Waits for every other writer and for a change of the key; the turn ends when it is dropped. To be held until
    /// the store took what was sealed.
    pub async fn writing(&self) -> Result<WriteTurn<'_>, ChangeBrokeOff> {
        let turn = self.turns.lock().await;
        match self.read().next {
            None => Ok(WriteTurn { _turn: turn }),
            Some(_) => Err(ChangeBrokeOff),
        }
    }

    /// Waits for every writer, and lets all others wait until the change is dropped. To be held across everything that
    /// a change of the key does to the store and to the places of the key.
    pub async fn change(&self) -> KeyChange<'_> {
        KeyChange { keys: self, _turn: self.turns.lock().await }
    }

    fn read(&self) -> RwLockReadGuard<'_, Held> {
        // Each call makes one change.
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyProvider for HeldKeys {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        Ok(self.current())
    }
}

/// The turn of one writer of secrets.
#[derive(Debug)]
#[must_use]
pub struct WriteTurn<'a> {
    _turn: MutexGuard<'a, ()>,
}

/// The turn of a change of the key.
///
/// One that is dropped after `expect` with neither `switch` nor `stay` broke off: which key the store is sealed with is
/// not known, so both open and no secret is written until another change ends.
#[derive(Debug)]
#[must_use]
pub struct KeyChange<'a> {
    keys: &'a HeldKeys,
    _turn: MutexGuard<'a, ()>,
}

impl KeyChange<'_> {
    /// Opens with `next` too from now on: it is about to become the key.
    pub fn expect(&self, next: MasterKey) {
        self.keys.write().next = Some(next);
    }

    /// Seals with `current` from now on, and forgets all others.
    pub fn switch(self, current: ResolvedKey) {
        *self.keys.write() = Held { current: Some(current), next: None };
    }

    /// Nothing becomes of the expected key.
    pub fn stay(self) {
        self.keys.write().next = None;
    }
}

/// Why no secret can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a change of the master key broke off, and it is not known which key is the one\nhint: restart the daemon, which brings the change to its end"
)]
pub struct ChangeBrokeOff;
