//! Which key each archive of a folder needs, and which old keys may go for all that archives need: looked at without a key
//! first, then sealed ones with each key at hand.
//!
//! Does NOT read archives to their end, and does NOT know which keys stored values need (`usecases::retire_keys`).

use crate::key_report::ReportedArchive;
use loom_domain::archive::{ArchiveLock, KeyAt, KnownKeys, Openers};
use loom_domain::ports::{
    ArchiveListing, KeyError, ListedArchive, OldKey, ResolvedOldKeys, SourceError, Undescribed,
};
use loom_domain::secret::{KeyFingerprint, MasterKey};
use loom_domain::usecases::{RetireKeysError, list_newest_first};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes the listing of a folder with what opens sealed archives.
pub(crate) type ListingWith = dyn Fn(Openers) -> Arc<dyn ArchiveListing> + Send + Sync;

/// The keys of a data dir, as far as they can be had.
#[derive(Default)]
pub(crate) struct KeysAtHand {
    /// The one in use.
    pub(crate) present: Option<MasterKey>,
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
            && let Some((opened, key)) = opened_by(listing, keys, archive).await?
        {
            opened_with.insert(opened.id.clone(), key);
            *archive = opened;
        }
    }
    let known = keys.known();
    let reported =
        |archive: &ListedArchive| ReportedArchive::new(archive, opened_with.get(&archive.id), &known);
    Ok(list_newest_first(listed).iter().map(reported).collect())
}

/// The archive as the first key shows it that opens it, and that key's public name.
async fn opened_by(
    listing: &(dyn Fn(Openers) -> Arc<dyn ArchiveListing> + Sync),
    keys: &KeysAtHand,
    archive: &ListedArchive,
) -> Result<Option<(ListedArchive, KeyFingerprint)>, SourceError> {
    for key in keys.present.iter().chain(keys.earlier.keys.iter().map(|earlier| &earlier.key)) {
        let opened = listing(Openers::master_key(key.clone())).describe_archive(&archive.id).await?;
        let opens = |opened: &ListedArchive| matches!(opened.manifest, Ok(_) | Err(Undescribed::Unopened(_)));
        if let Some(opened) = opened.filter(opens) {
            return Ok(Some((opened, key.fingerprint())));
        }
    }
    Ok(None)
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

/// Refuses to remove an old key that one of the archives needs, or may need: it could not be tried on them.
pub(crate) fn check_unneeded(
    archives: &[ReportedArchive],
    keys: &KeysAtHand,
    retired: &[&OldKey],
) -> Result<(), RetireKeysError> {
    for key in retired {
        let needing = archives.iter().filter(|archive| archive.old_key() == Some(&key.name));
        let needing: Vec<_> = needing.map(|archive| archive.name.as_str()).collect();
        let why = match needing.as_slice() {
            [only] => format!("the archive `{only}` opens with it"),
            [first, ..] => format!("{} archives open with it, among them `{first}`", needing.len()),
            [] => {
                let untried = keys.earlier.unresolved.get(&key.name);
                // What was read and is no key, such as a file damaged before a restore replaced it, opens nothing.
                let untried = untried.filter(|error| !matches!(error, KeyError::Malformed { .. }));
                let Some(untried) = untried else { continue };
                let Some(archive) = archives.iter().find(|archive| may_need(archive, key)) else { continue };
                let untried = untried.to_string().replace("\nhint: ", "; ");
                format!("it cannot be tried on the archive `{}`, which may need it: {untried}", archive.name)
            }
        };
        return Err(RetireKeysError::Needed { name: key.name.clone(), why });
    }
    Ok(())
}

/// Whether an old key that was not tried may be the one that an archive needs.
fn may_need(archive: &ReportedArchive, key: &OldKey) -> bool {
    let named = archive.needs.fingerprint.is_some() && key.fingerprint.is_ok();
    matches!(archive.needs.at, KeyAt::NotAtHand | KeyAt::Unknown) && !named
}

impl KeysAtHand {
    fn known(&self) -> KnownKeys {
        let old = self.old.iter().filter_map(|key| Some((key.name.clone(), key.fingerprint.clone().ok()?)));
        let present = self.present.as_ref().map(MasterKey::fingerprint);
        KnownKeys { present, old: old.collect(), ..KnownKeys::default() }
    }
}

#[cfg(test)]
mod tests;
