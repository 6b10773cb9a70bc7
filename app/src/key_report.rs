//! What there is to know of a data dir's master key: where it is, what it opens, which keys there were before, and which
//! archive needs which.
//!
//! Does NOT hold a key: everything here may be shown to an admin. Does NOT find any of it out (`wire`, `key_service`).

use crate::beaten_key::BeatenKey;
use loom_domain::archive::{ArchiveFormat, ArchiveLock, KeyAt, KnownKeys, Manifest, NeededKey};
use loom_domain::ports::{
    KeyError, KeyWrappings, ListedArchive, OldKey, PendingSwitch, ResolvedKey, Undescribed,
};
use loom_domain::secret::KeyFingerprint;
use loom_domain::usecases::{KeyInventory, format_in_name};
use loom_domain::words::in_one_line;

/// How the master key of a data dir is.
#[derive(Debug, Clone, Default)]
pub struct KeyReport {
    /// The key in use.
    pub key: Option<ReportedKey>,
    /// Why there is none although one is configured, or why values could not be looked at; in words.
    pub problem: Option<String>,
    /// The places of a key that this program knows, in the order in which they are asked.
    pub places: Vec<&'static str>,
    /// The secret values.
    pub values: KeyInventory,
    /// The data dir's own key, where the one in use comes from outside and beats it. A daemon does not look for it again
    /// after its start.
    pub beaten: Option<BeatenKey>,
    /// Keys that were kept, oldest first.
    pub old_keys: Vec<ReportedOldKey>,
    /// A change of the key that has not come to its end.
    pub pending: Option<PendingSwitch>,
    /// The archives that were looked at.
    pub archives: Option<Vec<ReportedArchive>>,
}

/// A key, by its public name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedKey {
    /// Its public name.
    pub fingerprint: KeyFingerprint,
    /// Where it comes from, in words.
    pub source: String,
}

/// A key that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedOldKey {
    /// Name of its file in the data dir.
    pub name: String,
    /// Its public name, where that is known.
    pub fingerprint: Option<KeyFingerprint>,
    /// Why that is not known, or why the key cannot be tried on archives; in one line.
    pub problem: Option<String>,
}

/// An archive and the key it needs.
#[derive(Debug, Clone)]
pub struct ReportedArchive {
    /// Its name.
    pub name: String,
    /// How it is packed, as its name says.
    pub format: Option<ArchiveFormat>,
    /// For whom it is sealed, if it is.
    pub lock: Option<ArchiveLock>,
    /// The key it needs.
    pub needs: NeededKey,
    /// Why that is not known, in words.
    pub problem: Option<String>,
}

impl ReportedKey {
    pub(crate) fn of(key: &ResolvedKey) -> Self {
        Self { fingerprint: key.key.fingerprint(), source: key.source.to_string() }
    }
}

impl ReportedOldKey {
    /// An old key as it is listed. `untried` says why it could not be tried, if it could not.
    pub(crate) fn of(old: &OldKey, untried: Option<&KeyError>) -> Self {
        let problem = untried.map(ToString::to_string).or_else(|| old.fingerprint.clone().err());
        Self {
            name: old.name.clone(),
            fingerprint: old.fingerprint.clone().ok(),
            problem: problem.as_ref().map(in_one_line),
        }
    }
}

impl ReportedArchive {
    /// An archive as it is listed. `opened_with` is the master key that opened it, if one did.
    pub(crate) fn new(
        listed: &ListedArchive,
        opened_with: Option<&KeyFingerprint>,
        known: &KnownKeys,
    ) -> Self {
        let needs = NeededKey::of(listed, opened_with, known);
        let untold = needs.at == KeyAt::Unknown && matches!(listed.manifest, Err(Undescribed::Locked(_)));
        let problem = match &listed.manifest {
            Ok(Manifest { unopened, .. }) if unopened.unnamed > 0 => {
                Some(format!("{} values in it opened with no key and do not name theirs", unopened.unnamed))
            }
            _ if untold => Some("it cannot be told from outside whether it carries its key".to_owned()),
            manifest => manifest.as_ref().err().map(ToString::to_string),
        };
        Self {
            name: listed.id.to_string(),
            format: format_in_name(&listed.id),
            lock: listed.lock.clone(),
            needs,
            problem,
        }
    }

    /// Public names of the recipients, if it names any.
    pub fn recipients(&self) -> &[String] {
        match &self.lock {
            Some(ArchiveLock::Recipients { hint, .. }) => &hint.recipients,
            _ => &[],
        }
    }

    /// Public names of the other keys that values in it are sealed with.
    pub fn other_keys(&self) -> Vec<String> {
        self.needs.others.keys().map(ToString::to_string).collect()
    }

    /// The file with the old key it needs, if it needs one.
    pub fn old_key(&self) -> Option<&str> {
        match &self.needs.at {
            KeyAt::Old(name) => Some(name),
            _ => None,
        }
    }
}

/// The places of a key in the order in which they are asked, those of wrappers only where this program has them.
pub(crate) fn places(wrappings: &KeyWrappings) -> Vec<&'static str> {
    let wrappers = wrappings.known().into_iter().map(|wrapper| wrapper.as_str());
    ["environment", "credential"].into_iter().chain(wrappers).chain(["file"]).collect()
}

#[cfg(test)]
mod tests;
