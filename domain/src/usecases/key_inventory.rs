//! Take an inventory of the secret values of a state: how many are sealed how, and which the key at hand does not open.
//!
//! Does NOT change any, and keeps none of them.

use crate::ports::{Resealing, SecretVisitor, StoreError};
use crate::secret::envelope::{self, EnvelopeVersion};
use crate::secret::{KeyFingerprint, MasterKey, SecretPlace};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Takes inventories of one state.
pub struct TakeKeyInventory {
    /// Shows the values as they are stored.
    pub resealing: Arc<dyn Resealing>,
}

/// The secret values of a state, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyInventory {
    /// Per table; tables without secret values are left out.
    pub tables: BTreeMap<String, TableSecrets>,
    /// Keys other than the one at hand that values name, at most [`KeyInventory::SHOWN`], and how many name them.
    pub other_keys: BTreeMap<KeyFingerprint, u64>,
    /// Places of values the key at hand does not open, at most [`KeyInventory::SHOWN`].
    pub unreadable_places: Vec<String>,
    /// The key that all values were re-sealed with last, if they ever were.
    pub resealed_with: Option<KeyFingerprint>,
}

/// The secret values of one table, counted. A sealed value counts under its version whether it opens or not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableSecrets {
    /// Envelopes of version 1.
    pub v1: u64,
    /// Envelopes of version 2.
    pub v2: u64,
    /// Values in clear.
    pub clear: u64,
    /// Envelopes that the key at hand does not open; without a key, all.
    pub unreadable: u64,
}

/// Sealed values that a key which is about to be changed or moved does not open: it may be the wrong one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{count} of {total} sealed values do not open with the present key, among them {}\nhint: bring the key that opens them, or leave them as they are with --allow-unreadable-secrets", places.join(", "))]
pub struct UnreadableValues {
    /// How many.
    pub count: u64,
    /// Of how many.
    pub total: u64,
    /// Some of their places.
    pub places: Vec<String>,
}

impl KeyInventory {
    /// How many keys and places are named at the most.
    pub const SHOWN: usize = 10;

    /// All values.
    pub fn total(&self) -> u64 {
        self.v1() + self.v2() + self.clear()
    }

    /// Envelopes of version 1.
    pub fn v1(&self) -> u64 {
        self.sum(|table| table.v1)
    }

    /// Envelopes of version 2.
    pub fn v2(&self) -> u64 {
        self.sum(|table| table.v2)
    }

    /// Values in clear.
    pub fn clear(&self) -> u64 {
        self.sum(|table| table.clear)
    }

    /// Envelopes that the key at hand does not open.
    pub fn unreadable(&self) -> u64 {
        self.sum(|table| table.unreadable)
    }

    /// Refuses a key that leaves sealed values shut.
    pub fn refuse_unreadable(self) -> Result<(), UnreadableValues> {
        match self.unreadable() {
            0 => Ok(()),
            count => {
                let total = self.v1() + self.v2();
                Err(UnreadableValues { count, total, places: self.unreadable_places })
            }
        }
    }

    fn sum(&self, count: impl Fn(&TableSecrets) -> u64) -> u64 {
        self.tables.values().map(count).sum()
    }
}

impl TakeKeyInventory {
    /// Looks at every value and tries `key` on it.
    pub async fn run(&self, key: Option<&MasterKey>) -> Result<KeyInventory, StoreError> {
        let counting = Arc::new(Counting { key: key.cloned(), counted: Mutex::default() });
        self.resealing.visit_secrets(counting.clone()).await?;
        let resealed_with = self.resealing.resealed_with().await?;
        let counted = std::mem::take(&mut *counting.lock());
        Ok(KeyInventory { resealed_with, ..counted })
    }
}

struct Counting {
    key: Option<MasterKey>,
    counted: Mutex<KeyInventory>,
}

impl Counting {
    fn lock(&self) -> MutexGuard<'_, KeyInventory> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SecretVisitor for Counting {
    fn visit(&self, place: &SecretPlace, stored: &str) {
        let opens = self.key.as_ref().is_some_and(|key| envelope::open(key, place, stored).is_ok());
        let mut counted = self.lock();
        let table = counted.tables.entry(place.table.clone()).or_default();
        match envelope::version(stored) {
            Some(EnvelopeVersion::V1) => table.v1 += 1,
            Some(EnvelopeVersion::V2) => table.v2 += 1,
            None => {
                table.clear += 1;
                return;
            }
        }
        if opens {
            return;
        }
        table.unreadable += 1;
        if counted.unreadable_places.len() < KeyInventory::SHOWN {
            counted.unreadable_places.push(place.to_string());
        }
        let own = self.key.as_ref().map(MasterKey::fingerprint);
        if let Some(other) = envelope::named_key(stored).filter(|named| Some(named) != own.as_ref())
            && (counted.other_keys.contains_key(&other) || counted.other_keys.len() < KeyInventory::SHOWN)
        {
            *counted.other_keys.entry(other).or_default() += 1;
        }
    }
}
