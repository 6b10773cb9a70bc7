//! The places of a master key in memory: the file, a wrapped document, what is staged beside them, and what was kept.
//!
//! Does NOT search an environment: a key that the operator keeps is told to it.

use crate::MemoryWrapping;
use async_trait::async_trait;
use jiff::Timestamp;
use loom_domain::ports::{
    KeyError, KeyProvider, KeySource, KeySwitch, KeyTarget, KeyWrapping, OldKey, OldKeyFate, OldKeys,
    PendingSwitch, ResolvedKey, ResolvedOldKeys, SwitchOrder, Switched,
};
use loom_domain::secret::{KeyFingerprint, MasterKey, WrappedKey, Wrapper};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The places of one data dir's key. Clones share them.
#[derive(Clone)]
pub struct MemoryKeyPlaces {
    places: Arc<Mutex<Places>>,
    kms: MemoryWrapping,
}

#[derive(Default)]
struct Places {
    /// The key in each place, by the name of the file it would be.
    present: BTreeMap<&'static str, Kept>,
    staged: Option<(PendingSwitch, Kept)>,
    old: Vec<(String, Kept)>,
}

impl Places {
    /// A name for the key of that file, replaced at that instant, that no other old key has.
    fn free_name(&self, file: &str, replaced_at: Timestamp) -> String {
        let mut name = format!("{file}.old-{}", stamp(replaced_at));
        while self.old.iter().any(|(taken, _)| *taken == name) {
            name.push_str("-more");
        }
        name
    }
}

/// A key as it lies in a place.
#[derive(Clone)]
enum Kept {
    Clear(MasterKey),
    Wrapped(WrappedKey),
    /// The operator keeps it.
    Elsewhere(MasterKey),
}

impl Kept {
    fn fingerprint(&self) -> KeyFingerprint {
        match self {
            Self::Clear(key) | Self::Elsewhere(key) => key.fingerprint(),
            Self::Wrapped(wrapped) => wrapped.fingerprint.clone(),
        }
    }
}

const FILE: &str = "secret.key";
const ELSEWHERE: &str = "environment";

impl MemoryKeyPlaces {
    /// Places that hold `key` in the file, and a wrapper that stands for a key service.
    pub fn new(key: Option<MasterKey>, kms: MemoryWrapping) -> Self {
        let present = key.map(|key| (FILE, Kept::Clear(key))).into_iter().collect();
        Self { places: Arc::new(Mutex::new(Places { present, ..Places::default() })), kms }
    }

    /// How many keys, staged and kept ones included, and journals there are.
    pub fn entries(&self) -> usize {
        let places = self.lock();
        places.present.len() + places.old.len() + 2 * usize::from(places.staged.is_some())
    }

    fn lock(&self) -> MutexGuard<'_, Places> {
        // Each call makes one change.
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn resolved(&self, name: &str, kept: Kept) -> Result<ResolvedKey, KeyError> {
        let source = Self::source(&kept, name);
        let key = match kept {
            Kept::Clear(key) | Kept::Elsewhere(key) => key,
            Kept::Wrapped(wrapped) => self.kms.unwrap_key(&wrapped).await?,
        };
        Ok(ResolvedKey { key, source })
    }

    fn source(kept: &Kept, name: &str) -> KeySource {
        match kept {
            Kept::Clear(_) => KeySource::Memory,
            Kept::Elsewhere(_) => KeySource::Environment(name.to_owned()),
            Kept::Wrapped(wrapped) => KeySource::Wrapped {
                wrapper: wrapped.wrapper,
                path: name.to_owned(),
                wrapping_key: wrapped.wrapping_key(),
            },
        }
    }
}

fn place_of(target: KeyTarget) -> &'static str {
    match target {
        KeyTarget::File => FILE,
        KeyTarget::Environment => ELSEWHERE,
        KeyTarget::Wrapped(wrapper) => wrapper.file_name(),
    }
}

fn stamp(replaced_at: Timestamp) -> String {
    replaced_at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Whether it holds the old key of that switch and was replaced when that was begun.
fn is_own((name, kept): &(String, Kept), pending: &PendingSwitch) -> bool {
    name.contains(&stamp(pending.order.begun_at)) && kept.fingerprint() == pending.order.from
}

#[async_trait]
impl KeyProvider for MemoryKeyPlaces {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        let order = [ELSEWHERE, Wrapper::Kms.file_name(), FILE];
        let found = {
            let places = self.lock();
            order.into_iter().find_map(|name| Some((name, places.present.get(name)?.clone())))
        };
        let Some((name, kept)) = found else { return Ok(None) };
        Ok(Some(self.resolved(name, kept).await?))
    }
}

#[async_trait]
impl KeySwitch for MemoryKeyPlaces {
    async fn pending(&self) -> Result<Option<PendingSwitch>, KeyError> {
        Ok(self.lock().staged.as_ref().map(|(pending, _)| pending.clone()))
    }

    async fn stage(&self, key: &MasterKey, order: &SwitchOrder) -> Result<PendingSwitch, KeyError> {
        let kept = match order.target {
            KeyTarget::File => Kept::Clear(key.clone()),
            KeyTarget::Environment => Kept::Elsewhere(key.clone()),
            KeyTarget::Wrapped(Wrapper::Kms) => {
                let wrapped = self.kms.wrap(key, "memory").await?;
                if self.kms.unwrap_key(&wrapped).await? != *key {
                    let origin = KeySource::Memory;
                    return Err(KeyError::NotUnwrapped { origin, cause: "another key came back".into() });
                }
                Kept::Wrapped(wrapped)
            }
            KeyTarget::Wrapped(other) => return Err(KeyError::NotInThisProgram(other)),
        };
        let mut places = self.lock();
        if places.staged.is_some() {
            return Err(KeyError::SwitchPending);
        }
        let pending = PendingSwitch { order: order.clone(), to: key.fingerprint() };
        places.staged = Some((pending.clone(), kept));
        Ok(pending)
    }

    async fn complete(&self, pending: &PendingSwitch) -> Result<Switched, KeyError> {
        let mut places = self.lock();
        let target = place_of(pending.order.target);
        let held = |kept: &Kept| kept.fingerprint() == pending.to;
        if places.staged.is_none() && !places.present.get(target).is_some_and(held) {
            return Err(KeyError::StagedKeyGone { origin: KeySource::Memory, key: pending.to.clone() });
        }
        let mut set_aside = Vec::new();
        if places.staged.as_ref().is_some_and(|(staged, _)| staged == pending)
            && let Some((_, new)) = places.staged.take()
        {
            let before = std::mem::take(&mut places.present);
            if pending.order.old != OldKeyFate::Removed {
                // What the operator keeps leaves no file behind.
                for (name, kept) in before.into_iter().filter(|(name, _)| *name != ELSEWHERE) {
                    let name = places.free_name(name, pending.order.begun_at);
                    if kept.fingerprint() != pending.order.from {
                        set_aside.push(name.clone());
                    }
                    places.old.push((name, kept));
                }
            }
            places.present.insert(target, new);
        }
        let kept = match pending.order.old {
            OldKeyFate::Removed => Vec::new(),
            OldKeyFate::Kept | OldKeyFate::Copied => {
                places.old.iter().filter(|old| is_own(old, pending)).map(|(name, _)| name.clone()).collect()
            }
        };
        let source = places.present.get(target).map_or(KeySource::Memory, |kept| Self::source(kept, target));
        Ok(Switched { source, kept, set_aside })
    }

    async fn abandon(&self, pending: &PendingSwitch) -> Result<(), KeyError> {
        let mut places = self.lock();
        if places.staged.as_ref().is_some_and(|(staged, _)| staged == pending) {
            places.staged = None;
            if pending.order.old == OldKeyFate::Copied {
                places.old.retain(|old| !is_own(old, pending));
            }
        }
        Ok(())
    }

    async fn lie_there(&self) -> Result<BTreeMap<String, KeyFingerprint>, KeyError> {
        let places = self.lock();
        let files = places.present.iter().filter(|(name, _)| **name != ELSEWHERE);
        Ok(files.map(|(name, kept)| ((*name).to_owned(), kept.fingerprint())).collect())
    }
}

#[async_trait]
impl OldKeys for MemoryKeyPlaces {
    async fn list_old_keys(&self) -> Result<Vec<OldKey>, KeyError> {
        let describe = |(name, kept): &(String, Kept)| OldKey {
            name: name.clone(),
            fingerprint: Ok(kept.fingerprint()),
        };
        Ok(self.lock().old.iter().map(describe).collect())
    }

    async fn resolve_old_keys(&self) -> Result<ResolvedOldKeys, KeyError> {
        let kept: Vec<_> = self.lock().old.iter().rev().cloned().collect();
        let mut found = ResolvedOldKeys::default();
        for (name, kept) in kept {
            match self.resolved(&name, kept).await {
                Ok(key) => found.keys.push(key),
                Err(error) => _ = found.unresolved.insert(name, error),
            }
        }
        Ok(found)
    }

    async fn keep_old_key(&self, key: &MasterKey, replaced_at: Timestamp) -> Result<String, KeyError> {
        let mut places = self.lock();
        let name = places.free_name(FILE, replaced_at);
        places.old.push((name.clone(), Kept::Clear(key.clone())));
        Ok(name)
    }

    async fn remove_old_key(&self, name: &str) -> Result<(), KeyError> {
        self.lock().old.retain(|(kept, _)| kept != name);
        Ok(())
    }
}
