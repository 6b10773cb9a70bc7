//! Which key each archive of a folder needs, and which old keys may go for all that archives need: looked at without a key
//! first, then sealed ones with each key at hand.
//!
//! Does NOT decide how far archives are read, which the listing it is given does, and does NOT know which keys stored values
//! need (`usecases::retire_keys`).

use crate::key_report::ReportedArchive;
use loom_domain::archive::{ArchiveLock, KeyAt, KeyFileKind, KnownKeys, NeededKey, Openers};
use loom_domain::ports::{ArchiveListing, ListedArchive, OldKey, ResolvedOldKeys, SourceError, Undescribed};
use loom_domain::secret::{KeyFingerprint, MasterKey};
use loom_domain::usecases::{RetireKeysError, list_newest_first};
use loom_domain::words::in_one_line;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Makes the listing of a folder with what opens sealed archives.
pub(crate) type ListingWith = dyn Fn(Openers) -> Arc<dyn ArchiveListing> + Send + Sync;

/// The keys of a data dir, as far as they can be had.
#[derive(Default)]
pub(crate) struct KeysAtHand {
    /// The one in use.
    pub(crate) present: Option<MasterKey>,
    /// Public names of those that lie in the places of the data dir, by the names of their files: the one in use may come
    /// from elsewhere, and be gone with the shell it was set in.
    pub(crate) in_place: BTreeMap<String, KeyFingerprint>,
    /// Those that were kept, by their public names.
    pub(crate) old: Vec<OldKey>,
    /// The same, to be tried.
    pub(crate) earlier: ResolvedOldKeys,
}

/// Looks at every archive, newest first. A folder that is not there is `NotFound`: what lay in it nobody knows.
pub(crate) async fn look(
    listing: &(dyn Fn(Openers) -> Arc<dyn ArchiveListing> + Sync),
    keys: &KeysAtHand,
) -> Result<Vec<ReportedArchive>, SourceError> {
    let mut listed = listing(Openers::default()).list_archives().await?;
    let mut opened_with = BTreeMap::new();
    for archive in &mut listed {
        if archive.lock == Some(ArchiveLock::MasterKey)
            && let Some((looked, key)) = tried(listing, keys, archive).await?
        {
            opened_with.extend(key.map(|key| (looked.id.clone(), key)));
            *archive = looked;
        }
    }
    let known = keys.known();
    let reported =
        |archive: &ListedArchive| ReportedArchive::new(archive, opened_with.get(&archive.id), &known);
    Ok(list_newest_first(listed).iter().map(reported).collect())
}

/// The archive as the first key shows it that opens it, and that key's public name; without a name if no key does, and one
/// begins to: whatever is damaged may be all that is amiss.
async fn tried(
    listing: &(dyn Fn(Openers) -> Arc<dyn ArchiveListing> + Sync),
    keys: &KeysAtHand,
    archive: &ListedArchive,
) -> Result<Option<(ListedArchive, Option<KeyFingerprint>)>, SourceError> {
    let mut begun = None;
    for key in keys.present.iter().chain(keys.earlier.keys.iter().map(|earlier| &earlier.key)) {
        let looked = listing(Openers::master_key(key.clone())).describe_archive(&archive.id).await?;
        match looked {
            Some(looked) if matches!(looked.manifest, Ok(_) | Err(Undescribed::Unopened(_))) => {
                return Ok(Some((looked, Some(key.fingerprint()))));
            }
            Some(looked) if !matches!(looked.manifest, Err(Undescribed::Locked(_))) => {
                begun = Some((looked, None));
            }
            _ => {}
        }
    }
    Ok(begun)
}

/// The old keys of these names, all of them if none is named; refused while an undo may need them, which `undo` says.
pub(crate) fn asked_for<'a>(
    old: &'a [OldKey],
    names: &[String],
    undo: Option<String>,
) -> Result<Vec<&'a OldKey>, RetireKeysError> {
    if let Some(unknown) = names.iter().find(|name| old.iter().all(|key| key.name != **name)) {
        return Err(RetireKeysError::Unknown(unknown.clone()));
    }
    let asked: Vec<_> = old.iter().filter(|key| names.is_empty() || names.contains(&key.name)).collect();
    match (asked.first(), undo) {
        (Some(first), Some(why)) => Err(RetireKeysError::Needed { name: first.name.clone(), why }),
        _ => Ok(asked),
    }
}

/// Refuses to remove an old key that one of the archives needs, or may need: what the archive needs nobody can tell, or the
/// key could not be tried on it.
pub(crate) fn check_unneeded(
    archives: &[ReportedArchive],
    keys: &KeysAtHand,
    retired: &[&OldKey],
) -> Result<(), RetireKeysError> {
    for key in retired {
        if keys.earlier.is_no_key(&key.name) || keys.stays(key, retired) {
            continue;
        }
        let needing = archives.iter().filter(|archive| needs(archive, key));
        let needing: Vec<_> = needing.map(|archive| archive.name.as_str()).collect();
        let why = match needing.as_slice() {
            [only] => format!("the archive `{only}`, or a value in it, opens with it"),
            [first, ..] => {
                format!("{} archives, or values in them, open with it, among them `{first}`", needing.len())
            }
            [] => match archives.iter().find_map(|archive| may_need(archive, key, keys)) {
                Some(why) => why,
                None => continue,
            },
        };
        return Err(RetireKeysError::Needed { name: key.name.clone(), why });
    }
    Ok(())
}

/// Refuses to remove an old key while folders in the folders that were looked into hold archives: `unseen` are those.
pub(crate) fn check_unseen(
    unseen: &[PathBuf],
    keys: &KeysAtHand,
    retired: &[&OldKey],
) -> Result<(), RetireKeysError> {
    let goes = |key: &&&OldKey| !keys.earlier.is_no_key(&key.name) && !keys.stays(key, retired);
    match (unseen.first(), retired.iter().find(goes)) {
        (Some(folder), Some(key)) => {
            let why = format!(
                "archives in the folder `{}` may need it, which is not looked into (move them into the folder above it, or elsewhere if you can do without them)",
                folder.display()
            );
            Err(RetireKeysError::Needed { name: key.name.clone(), why })
        }
        _ => Ok(()),
    }
}

/// Whether an archive needs the key, of which no copy stays that would do as well. One that it carries does, if so.
fn needs(archive: &ReportedArchive, key: &OldKey) -> bool {
    let outside = match archive.needs.at {
        KeyAt::Old(_) | KeyAt::Present => true,
        KeyAt::Wrapped(wrapper) => KeyFileKind::of_old(&key.name)
            .is_none_or(|kind| !KeyFileKind::Wrapped(wrapper).stands_in_for(kind)),
        _ => false,
    };
    let Ok(fingerprint) = &key.fingerprint else { return false };
    let NeededKey { fingerprint: first, others, .. } = &archive.needs;
    outside && first.as_ref() == Some(fingerprint) || others.contains_key(fingerprint)
}

/// Why an archive may need the key, in words.
fn may_need(archive: &ReportedArchive, key: &OldKey, keys: &KeysAtHand) -> Option<String> {
    let NeededKey { fingerprint, at, others } = &archive.needs;
    // Of what it holds nobody knows anything: values in it may be sealed with another key than it is.
    let closed = *at == KeyAt::NotAtHand && fingerprint.is_none();
    let away = *at == KeyAt::NotAtHand || others.values().any(|at| *at == KeyAt::NotAtHand);
    if away
        && (closed || key.fingerprint.is_err())
        && let Some(untried) = keys.earlier.unresolved.get(&key.name)
    {
        return Some(format!(
            "it cannot be tried on the archive `{}`, which may need it: {}",
            archive.name,
            in_one_line(untried)
        ));
    }
    let unknown = match at {
        KeyAt::Unknown => {
            archive.problem.as_deref().unwrap_or("it does not name the key of the values in it")
        }
        _ if closed => {
            "it opens with no key at hand, and values in it may be sealed with another key than it is"
        }
        _ => return None,
    };
    Some(format!(
        "the archive `{}` may need it: {} (if you can do without that archive, move it out of the folder)",
        archive.name,
        in_one_line(&unknown)
    ))
}

impl KeysAtHand {
    /// Whether the same key stays in a file that is as good, in clear or kept like this one and to be had: as the present
    /// one, or as another old one.
    fn stays(&self, key: &OldKey, retired: &[&OldKey]) -> bool {
        let Ok(fingerprint) = &key.fingerprint else { return false };
        let kept = |other: &&OldKey| {
            other.fingerprint.as_ref() == Ok(fingerprint)
                && retired.iter().all(|gone| gone.name != other.name)
        };
        let Some(kind) = KeyFileKind::of_old(&key.name) else { return false };
        let stands_in = |other: &OldKey| {
            KeyFileKind::of_old(&other.name).is_some_and(|other_kind| {
                let can_be_had = !self.earlier.unresolved.contains_key(&other.name);
                other_kind.stands_in_for(kind) && (other_kind == KeyFileKind::Clear || can_be_had)
            })
        };
        let holds_it = |place: KeyFileKind| self.in_place.get(place.file_name()) == Some(fingerprint);
        let is_present = self.present.as_ref().is_some_and(|present| present.fingerprint() == *fingerprint);
        is_present && KeyFileKind::all().any(|place| place.stands_in_for(kind) && holds_it(place))
            || self.old.iter().filter(kept).any(stands_in)
    }

    fn known(&self) -> KnownKeys {
        let old = self.old.iter().filter_map(|key| Some((key.name.clone(), key.fingerprint.clone().ok()?)));
        let present = self.present.as_ref().map(MasterKey::fingerprint);
        KnownKeys { present, old: old.collect(), ..KnownKeys::default() }
    }
}

#[cfg(test)]
mod tests;
