//! The sealed values of databases, counted: how many there are, which of them the key at hand does not open, and why.
//!
//! Does NOT find them (`ports::database_judge`).

use super::manifest::UnopenedValues;
use crate::ports::ResolvedKey;
use crate::secret::envelope::{self, EnvelopeVersion, OpenError};
use crate::secret::{KeyFingerprint, MasterKey, SecretPlace};
use std::collections::{BTreeMap, BTreeSet};

/// One sealed value found in a database. Holds ciphertext only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// Where it stands.
    pub place: SecretPlace,
    /// The envelope; of a value that was not read, what all begin with.
    pub envelope: String,
}

impl SealedValue {
    /// A value that is too long to be worth reading. No key opens it, so it counts as unreadable and is not passed over.
    pub fn unread(place: SecretPlace) -> Self {
        Self { place, envelope: envelope::PREFIX.to_owned() }
    }
}

/// How many sealed values there are and which of them the key at hand does not open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealedTally {
    /// Sealed values in all databases.
    pub total: u64,
    /// Places of those that did not open, at most [`SealedTally::SHOWN`].
    pub unreadable_places: Vec<String>,
    /// How many did not open.
    pub unreadable: u64,
    /// Why they did not; adds up to `unreadable`.
    pub why: WhyUnreadable,
    /// The counts of each table that holds one.
    pub tables: BTreeMap<String, TableTally>,
    /// Keys that envelopes name and that are not the one at hand, at most [`SealedTally::SHOWN`].
    pub other_keys: BTreeSet<KeyFingerprint>,
    /// How many did not open and may open with a key that is not among `other_keys`.
    pub unnamed: u64,
}

/// The sealed values of one table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableTally {
    /// How many are of version 1.
    pub v1: u64,
    /// How many are of version 2.
    pub v2: u64,
    /// How many of all did not open.
    pub unreadable: u64,
}

/// Why values did not open, and how many each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WhyUnreadable {
    /// There was no key to try.
    pub no_key: u64,
    /// Of version 1: sealed with another key, or changed, which looks the same.
    pub wrong_key: u64,
    /// Of version 2: sealed with another key, which they name.
    pub other_key: u64,
    /// Of version 2: sealed with the key at hand, and changed or moved since.
    pub changed: u64,
    /// No whole envelope, or too long to be read.
    pub malformed: u64,
}

impl SealedTally {
    /// How many places and keys are named at the most.
    pub const SHOWN: usize = 10;

    /// Adds the values of one database and tries the key on each; without a key none opens.
    pub fn add(&mut self, values: &[SealedValue], key: Option<&ResolvedKey>) {
        values.iter().for_each(|value| self.add_one(value, key.map(|resolved| &resolved.key)));
    }

    /// The same as a manifest lists it.
    pub fn unopened(&self) -> UnopenedValues {
        UnopenedValues { values: self.unreadable, unnamed: self.unnamed, other_keys: self.other_keys.clone() }
    }

    /// The reasons of `why` as fragments, such as `2 are sealed with the master key 0123456789abcdef`.
    pub fn why_in_words(&self) -> Vec<String> {
        let others: Vec<_> = self.other_keys.iter().map(KeyFingerprint::as_str).collect();
        let others = match others.len() {
            0 | Self::SHOWN.. => "other master keys".to_owned(),
            1 => format!("the master key {}", others[0]),
            _ => format!("the master keys {}", others.join(", ")),
        };
        let named = if self.other_keys.is_empty() { String::new() } else { format!(", some with {others}") };
        let WhyUnreadable { no_key, wrong_key, other_key, changed, malformed } = self.why;
        let reasons = [
            (no_key, format!("sealed{named}, and there is no master key at hand")),
            (wrong_key, "sealed with another master key, or changed".to_owned()),
            (other_key, format!("sealed with {others}")),
            (changed, "changed, or moved from another place".to_owned()),
            (malformed, "damaged or too long".to_owned()),
        ];
        let told = reasons.into_iter().filter(|(count, _)| *count > 0);
        told.map(|(count, words)| format!("{count} {} {words}", if count == 1 { "is" } else { "are" }))
            .collect()
    }

    fn add_one(&mut self, SealedValue { place, envelope }: &SealedValue, key: Option<&MasterKey>) {
        self.total += 1;
        let table = self.tables.entry(place.table.clone()).or_default();
        match envelope::version(envelope) {
            Some(EnvelopeVersion::V1) => table.v1 += 1,
            Some(EnvelopeVersion::V2) => table.v2 += 1,
            None => {}
        }
        let named = envelope::named_key(envelope);
        let other = named.filter(|named| key.is_none_or(|key| key.fingerprint() != *named));
        if let Some(other) = &other
            && self.other_keys.len() < Self::SHOWN
        {
            self.other_keys.insert(other.clone());
        }
        let is_named = other.is_some_and(|other| self.other_keys.contains(&other));
        let opened = key.map(|key| envelope::open(key, place, envelope));
        let reason = match &opened {
            Some(Ok(_)) => return,
            None => &mut self.why.no_key,
            Some(Err(OpenError::WrongKey)) => &mut self.why.wrong_key,
            Some(Err(OpenError::OtherKey(_))) => &mut self.why.other_key,
            Some(Err(OpenError::Changed)) => &mut self.why.changed,
            Some(Err(OpenError::Malformed | OpenError::NotText)) => &mut self.why.malformed,
        };
        *reason += 1;
        let may_need_another =
            !matches!(opened, Some(Err(OpenError::Changed | OpenError::Malformed | OpenError::NotText)));
        self.unnamed += u64::from(may_need_another && !is_named);
        table.unreadable += 1;
        self.unreadable += 1;
        if self.unreadable_places.len() < Self::SHOWN {
            self.unreadable_places.push(place.to_string());
        }
    }
}

#[cfg(test)]
mod tests;
