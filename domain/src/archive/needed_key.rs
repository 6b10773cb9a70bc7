//! Which key an archive needs before its secrets open, and whether that key is at hand.
//!
//! Goes by what a listing shows. Does NOT open archives and does NOT prove that a key opens what is inside
//! (`usecases::verify_archive`).

use super::manifest::ListedKey;
use super::{ArchiveLock, Manifest};
use crate::ports::{ListedArchive, Undescribed};
use crate::secret::{KeyFingerprint, Wrapper};

/// What has to be at hand before an archive is restored with its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededKey {
    /// Public name of the master key, where that is known.
    pub fingerprint: Option<KeyFingerprint>,
    /// Where it is.
    pub at: KeyAt,
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
    /// In the archive, which opens with a passphrase.
    Passphrase,
    /// Elsewhere: neither the present key nor one the data dir had earlier.
    NotAtHand,
    /// The archive does not say which it needs, or cannot be read.
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
            Self::Passphrase => "passphrase",
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
}

impl KnownKeys {
    /// Where the key of that name is.
    pub fn find(&self, fingerprint: &KeyFingerprint) -> KeyAt {
        if self.present.as_ref() == Some(fingerprint) {
            return KeyAt::Present;
        }
        let old = self.old.iter().find(|(_, old)| old == fingerprint);
        old.map_or(KeyAt::NotAtHand, |(name, _)| KeyAt::Old(name.clone()))
    }
}

impl NeededKey {
    /// What `archive` needs. `opened_with` names the key that opened it, where it is sealed with a master key and that is
    /// known.
    pub fn of(archive: &ListedArchive, opened_with: Option<&KeyFingerprint>, known: &KnownKeys) -> Self {
        match (&archive.lock, &archive.manifest) {
            (Some(ArchiveLock::Recipients { hint, .. }), _) => {
                Self { fingerprint: hint.master_key.clone(), at: KeyAt::Identity }
            }
            (Some(ArchiveLock::Passphrase), manifest) => {
                let listed = manifest.as_ref().ok().and_then(|manifest| manifest.master_key.as_ref());
                Self { fingerprint: listed.map(|key| key.fingerprint.clone()), at: KeyAt::Passphrase }
            }
            (Some(ArchiveLock::MasterKey), Ok(manifest)) => {
                let listed = manifest.master_key.as_ref().map(|key| &key.fingerprint);
                match opened_with.or(listed) {
                    Some(fingerprint) => Self::found(fingerprint, known),
                    None => Self { fingerprint: None, at: KeyAt::Unknown },
                }
            }
            (Some(ArchiveLock::MasterKey), Err(Undescribed::Unopened(_))) => match opened_with {
                Some(fingerprint) => Self::found(fingerprint, known),
                None => Self { fingerprint: None, at: KeyAt::Unknown },
            },
            (Some(ArchiveLock::MasterKey), Err(Undescribed::Locked(_))) => {
                Self { fingerprint: None, at: KeyAt::NotAtHand }
            }
            (None, Ok(manifest)) => Self::of_open(manifest, known),
            (_, Err(_)) => Self { fingerprint: None, at: KeyAt::Unknown },
        }
    }

    fn of_open(manifest: &Manifest, known: &KnownKeys) -> Self {
        match (&manifest.master_key, manifest.sealed_values) {
            (Some(key), _) if key.inside => {
                Self { fingerprint: Some(key.fingerprint.clone()), at: KeyAt::Inside }
            }
            (Some(ListedKey { fingerprint, wrapped_by: Some(wrapper), .. }), _) => {
                Self { fingerprint: Some(fingerprint.clone()), at: KeyAt::Wrapped(*wrapper) }
            }
            (_, Some(0)) => Self { fingerprint: None, at: KeyAt::NotNeeded },
            (Some(key), _) => Self::found(&key.fingerprint, known),
            (None, _) => Self { fingerprint: None, at: KeyAt::Unknown },
        }
    }

    fn found(fingerprint: &KeyFingerprint, known: &KnownKeys) -> Self {
        Self { fingerprint: Some(fingerprint.clone()), at: known.find(fingerprint) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::LockHint;
    use crate::ports::ArchiveId;
    use std::collections::BTreeMap;

    const PRESENT: &str = "0000000000000001";
    const OLD: &str = "0000000000000002";
    const STRANGER: &str = "0000000000000003";

    fn name(hex: &str) -> KeyFingerprint {
        KeyFingerprint::parse(hex).unwrap()
    }

    fn known() -> KnownKeys {
        let old = vec![("secret.key.old-20261123T120000Z".to_owned(), name(OLD))];
        KnownKeys { present: Some(name(PRESENT)), old }
    }

    fn archive(key: Option<(&str, bool)>, sealed_values: Option<u64>) -> ListedArchive {
        let manifest = Manifest {
            daemon_version: "1".to_owned(),
            format: None,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            host: None,
            files: BTreeMap::new(),
            databases: Vec::new(),
            master_key: key.map(|(hex, inside)| ListedKey {
                fingerprint: name(hex),
                inside,
                wrapped_by: None,
            }),
            sealed_values,
            left_out: Vec::new(),
        };
        let id = ArchiveId::parse("a.tar.gz").unwrap();
        ListedArchive { id, bytes: 1, lock: None, manifest: Ok(manifest) }
    }

    fn at(archive: &ListedArchive) -> KeyAt {
        NeededKey::of(archive, None, &known()).at
    }

    #[test]
    fn an_open_archive_needs_the_key_it_names_unless_that_is_inside() {
        let old = KeyAt::Old("secret.key.old-20261123T120000Z".to_owned());
        assert_eq!(at(&archive(Some((OLD, true)), Some(2))), KeyAt::Inside);
        assert_eq!(at(&archive(Some((OLD, false)), Some(2))), old);
        assert_eq!(at(&archive(Some((PRESENT, false)), Some(2))), KeyAt::Present);
        assert_eq!(at(&archive(Some((STRANGER, false)), None)), KeyAt::NotAtHand);
        assert_eq!(at(&archive(Some((STRANGER, false)), Some(0))), KeyAt::NotNeeded);
        assert_eq!(at(&archive(None, None)), KeyAt::Unknown);
    }

    #[test]
    fn an_archive_sealed_with_the_master_key_needs_the_one_that_opened_it() {
        let sealed = |archive| ListedArchive { lock: Some(ArchiveLock::MasterKey), ..archive };
        let opened = sealed(archive(None, Some(0)));
        let needed = NeededKey::of(&opened, Some(&name(PRESENT)), &known());
        assert_eq!((needed.fingerprint, needed.at), (Some(name(PRESENT)), KeyAt::Present));
        assert_eq!(at(&sealed(archive(Some((STRANGER, false)), Some(0)))), KeyAt::NotAtHand);
        let manifest = Err(Undescribed::Unopened("sealed".to_owned()));
        let begun = ListedArchive { manifest, ..opened };
        let needed = NeededKey::of(&begun, Some(&name(OLD)), &known());
        assert_eq!(needed.fingerprint, Some(name(OLD)));
        assert_eq!(at(&begun), KeyAt::Unknown);
        let manifest = Err(Undescribed::Locked("sealed".to_owned()));
        assert_eq!(at(&ListedArchive { manifest, ..begun }), KeyAt::NotAtHand);
    }

    #[test]
    fn an_archive_for_recipients_names_its_key_to_whoever_cannot_open_it() {
        let hint = LockHint { master_key: Some(name(OLD)), recipients: Vec::new() };
        let lock = ArchiveLock::Recipients { kinds: vec!["X25519".to_owned()], hint };
        let manifest = Err(Undescribed::Locked("sealed".to_owned()));
        let closed = ListedArchive { lock: Some(lock), manifest, ..archive(None, None) };
        let needed = NeededKey::of(&closed, None, &known());
        assert_eq!((needed.fingerprint, needed.at), (Some(name(OLD)), KeyAt::Identity));
        let damaged = Err(Undescribed::Damaged("it ends early".to_owned()));
        assert_eq!(at(&ListedArchive { manifest: damaged, ..archive(None, None) }), KeyAt::Unknown);
    }
}
