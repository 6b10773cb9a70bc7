//! Which key each archive of a folder needs: looked at without a key first, then sealed ones with each key at hand.
//!
//! Does NOT read archives to their end.

use crate::key_report::{OldKeyNeeded, ReportedArchive};
use loom_domain::archive::{ArchiveLock, KnownKeys, Openers};
use loom_domain::ports::{ArchiveListing, ListedArchive, SourceError, Undescribed};
use loom_domain::secret::{KeyFingerprint, MasterKey};
use loom_domain::usecases::list_newest_first;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Makes the listing of a folder with what opens sealed archives.
pub(crate) type ListingWith = dyn Fn(Openers) -> Arc<dyn ArchiveListing> + Send + Sync;

/// Looks at every archive, newest first. `keys` are tried on those sealed with a master key.
pub(crate) async fn look(
    listing: &(dyn Fn(Openers) -> Arc<dyn ArchiveListing> + Sync),
    keys: &[MasterKey],
    known: &KnownKeys,
) -> Result<Vec<ReportedArchive>, SourceError> {
    let mut listed = match listing(Openers::default()).list_archives().await {
        // The folder was removed, or nothing was ever put there.
        Err(SourceError::NotFound(_)) => Vec::new(),
        listed => listed?,
    };
    let mut opened_with = BTreeMap::new();
    for archive in &mut listed {
        if archive.lock == Some(ArchiveLock::MasterKey)
            && let Some((opened, key)) = opened_by(listing, keys, archive).await?
        {
            opened_with.insert(opened.id.clone(), key);
            *archive = opened;
        }
    }
    let reported =
        |archive: &ListedArchive| ReportedArchive::new(archive, opened_with.get(&archive.id), known);
    Ok(list_newest_first(listed).iter().map(reported).collect())
}

/// The archive as the first key shows it that opens it, and that key's public name.
async fn opened_by(
    listing: &(dyn Fn(Openers) -> Arc<dyn ArchiveListing> + Sync),
    keys: &[MasterKey],
    archive: &ListedArchive,
) -> Result<Option<(ListedArchive, KeyFingerprint)>, SourceError> {
    for key in keys {
        let opened = listing(Openers::master_key(key.clone())).describe_archive(&archive.id).await?;
        let opens = |opened: &ListedArchive| matches!(opened.manifest, Ok(_) | Err(Undescribed::Unopened(_)));
        if let Some(opened) = opened.filter(opens) {
            return Ok(Some((opened, key.fingerprint())));
        }
    }
    Ok(None)
}

/// Refuses to remove an old key that an archive needs.
pub(crate) fn check_unneeded(archives: &[ReportedArchive], retired: &[&str]) -> Result<(), OldKeyNeeded> {
    for name in retired {
        let needing = archives.iter().filter(|archive| archive.old_key() == Some(*name));
        let needing: Vec<_> = needing.map(|archive| archive.name.as_str()).collect();
        let why = match needing.as_slice() {
            [] => continue,
            [only] => format!("the archive `{only}` opens with it"),
            [first, ..] => format!("{} archives open with it, among them `{first}`", needing.len()),
        };
        return Err(OldKeyNeeded { name: (*name).to_owned(), why });
    }
    Ok(())
}
