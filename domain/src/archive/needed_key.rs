//! Which key an archive needs before its secrets open, and whether that key is at hand.
//!
//! Goes by what a listing shows. Does NOT open archives and does NOT prove that a key opens what is inside
//! (`usecases::verify_archive`).

use super::layout::STATE_FOLDER;
use super::manifest::ListedKey;
use super::{ArchiveLock, HintedKey, KeyFileKind, KeyPlace, LockHint, Manifest};
use crate::ports::{ListedArchive, Undescribed};
use crate::secret::{KeyFingerprint, Wrapper};
use std::collections::BTreeMap;

/// What has to be at hand before an archive is restored with its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededKey {
    /// Public name of the master key, where that is known.
    pub fingerprint: Option<KeyFingerprint>,
    /// Where it is.
    pub at: KeyAt,
    /// Where the other keys are that values in it are sealed with and name, by their public names.
    pub others: BTreeMap<KeyFingerprint, KeyAt>,
}

/// Where the key is that an archive needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyAt {
    /// It needs none: nothing in it is sealed.
    NotNeeded,
    /// In the archive, which whoever can read it can restore.
    Inside,
    /// In the archive, wrapped by a key outside of it.
    Wrapped(Wrapper),
    /// It is the present key of the data dir.
    Present,
    /// It is a key the data dir had earlier, in the file of that name.
    Old(String),
    /// In the archive, which opens with the identity of a recipient.
    Identity,
    /// Elsewhere: neither the present key nor one the data dir had earlier.
    NotAtHand,
    /// The archive does not say which it needs, cannot be read, or is sealed so that nobody can tell from outside whether
    /// it carries its key.
    Unknown,
}

impl KeyAt {
    /// The word for it in output.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NotNeeded => "not-needed",
            Self::Inside => "inside",
            Self::Wrapped(_) => "wrapped-inside",
            Self::Present => "present",
            Self::Old(_) => "old",
            Self::Identity => "identity",
            Self::NotAtHand => "not-at-hand",
            Self::Unknown => "unknown",
        }
    }
}

/// The keys of a data dir by their public names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownKeys {
    /// The present one.
    pub present: Option<KeyFingerprint>,
    /// Those it had earlier, with the names of their files.
    pub old: Vec<(String, KeyFingerprint)>,
    /// Whether the daemon asks its environment alone for its key, and no file.
    pub files_unasked: bool,
}

impl KnownKeys {
    /// Where the key of that name is. Of several old copies the newest one in clear counts, else the newest.
    pub fn find(&self, fingerprint: &KeyFingerprint) -> KeyAt {
        if self.present.as_ref() == Some(fingerprint) {
            return KeyAt::Present;
        }
        let copies = self.old.iter().filter(|(_, old)| old == fingerprint);
        let old = copies.max_by_key(|(name, _)| KeyFileKind::of_old(name));
        old.map_or(KeyAt::NotAtHand, |(name, _)| KeyAt::Old(name.clone()))
    }
}

impl NeededKey {
    /// What `archive` needs. `opened_with` names the key that opened it, where it is sealed with a master key and that is
    /// known.
    pub fn of(archive: &ListedArchive, opened_with: Option<&KeyFingerprint>, known: &KnownKeys) -> Self {
        let first = Self::first_of(archive, opened_with, known);
        let Ok(Manifest { unopened, .. }) = &archive.manifest else { return first };
        let others = unopened.other_keys.iter().map(|key| (key.clone(), known.find(key))).collect();
        match unopened.unnamed {
            0 => Self { others, ..first },
            _ => Self { others, ..Self::unnamed(KeyAt::Unknown) },
        }
    }

    /// The one that opens the archive, or the values in it that its writer could open.
    fn first_of(archive: &ListedArchive, opened_with: Option<&KeyFingerprint>, known: &KnownKeys) -> Self {
        match (&archive.lock, &archive.manifest) {
            (Some(ArchiveLock::Recipients { hint, .. }), Err(_)) => Self::hinted(hint, known),
            (Some(ArchiveLock::MasterKey), Ok(manifest)) => {
                let listed = manifest.master_key.as_ref().map(|key| &key.fingerprint);
                match opened_with.or(listed) {
                    Some(fingerprint) => Self::found(fingerprint, known),
                    None => Self::unnamed(KeyAt::Unknown),
                }
            }
            (Some(ArchiveLock::MasterKey), Err(Undescribed::Unopened(_))) => match opened_with {
                Some(fingerprint) => Self::found(fingerprint, known),
                None => Self::unnamed(KeyAt::Unknown),
            },
            (Some(ArchiveLock::MasterKey), Err(Undescribed::Locked(_))) => Self::unnamed(KeyAt::NotAtHand),
            (_, Ok(manifest)) => Self::of_open(manifest, known),
            (_, Err(_)) => Self::unnamed(KeyAt::Unknown),
        }
    }

    fn hinted(hint: &LockHint, known: &KnownKeys) -> Self {
        let HintedKey::Key { fingerprint, place } = &hint.master_key else {
            let none = hint.master_key == HintedKey::NoKey;
            return Self::unnamed(if none { KeyAt::Identity } else { KeyAt::Unknown });
        };
        let inside = |at| Self::named(fingerprint, at);
        match place {
            KeyPlace::Inside => inside(KeyAt::Identity),
            KeyPlace::Wrapped(wrapper) => inside(KeyAt::Wrapped(*wrapper)),
            KeyPlace::Outside => Self::found(fingerprint, known),
        }
    }

    fn of_open(manifest: &Manifest, known: &KnownKeys) -> Self {
        match (&manifest.master_key, manifest.sealed_values) {
            (Some(key), _) if key.inside => Self::named(&key.fingerprint, KeyAt::Inside),
            (Some(ListedKey { fingerprint, wrapped_by: Some(wrapper), .. }), _) => {
                Self::named(fingerprint, KeyAt::Wrapped(*wrapper))
            }
            (_, Some(0)) => Self::unnamed(KeyAt::NotNeeded),
            (Some(key), _) => Self::found(&key.fingerprint, known),
            (None, _) => Self::unnamed(Self::listed_in(manifest).unwrap_or(KeyAt::Unknown)),
        }
    }

    /// Where an archive holds its key whose writer never says so. One that does says nothing of a file that is no key.
    fn listed_in(manifest: &Manifest) -> Option<KeyAt> {
        let members = manifest.files.keys().filter(|_| manifest.format.is_none());
        let kind = members.filter_map(|member| KeyFileKind::of(&member.strip(STATE_FOLDER)?)).min()?;
        Some(match kind {
            KeyFileKind::Clear => KeyAt::Inside,
            KeyFileKind::Wrapped(wrapper) => KeyAt::Wrapped(wrapper),
        })
    }

    fn found(fingerprint: &KeyFingerprint, known: &KnownKeys) -> Self {
        Self::named(fingerprint, known.find(fingerprint))
    }

    fn named(fingerprint: &KeyFingerprint, at: KeyAt) -> Self {
        Self { fingerprint: Some(fingerprint.clone()), at, others: BTreeMap::new() }
    }

    fn unnamed(at: KeyAt) -> Self {
        Self { fingerprint: None, at, others: BTreeMap::new() }
    }
}

#[cfg(test)]
mod tests;
