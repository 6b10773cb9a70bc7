//! List and inspect archives: what there is, and what one of them holds.
//!
//! Does NOT judge databases or secrets (`verify_archive`).

use crate::archive::agreement::{Disagreement, FoundFile, compare_files};
use crate::archive::limits::MANIFEST_NAME;
use crate::archive::{ArchiveFormat, ArchiveLock, Manifest, MemberPath, Openers, hex};
use crate::ports::{ArchiveId, ArchiveKind, ArchiveSource, Item, ListedArchive, Undescribed};
use crate::usecases::ExamineError;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Orders a listing: newest first by the recorded time, or that of the name where nothing at hand opens an archive;
/// damaged ones and those that cannot be read last, by name.
pub fn list_newest_first(mut archives: Vec<ListedArchive>) -> Vec<ListedArchive> {
    archives.sort_by_cached_key(|archive| (Reverse(taken_at(archive)), archive.id.clone()));
    archives
}

/// When an archive was taken, as far as it is known: what a closed one says of itself is in its name only.
pub fn taken_at(archive: &ListedArchive) -> Option<Timestamp> {
    match &archive.manifest {
        Ok(manifest) => Some(manifest.created_at),
        Err(Undescribed::Locked(_) | Undescribed::Unopened(_)) => time_in_name(&archive.id),
        Err(Undescribed::Damaged(_) | Undescribed::Unreadable(_)) => None,
    }
}

/// The time in the name of an archive, such as `backup-pi-20260608T120000Z.tar.gz.age`.
pub fn time_in_name(id: &ArchiveId) -> Option<Timestamp> {
    let stem = id.as_str().rsplit_once("Z.").map(|(stem, _)| stem)?;
    let digits = stem.get(stem.len().checked_sub("20260608T120000".len())?..)?;
    let at = DateTime::strptime("%Y%m%dT%H%M%S", digits).ok()?;
    Some(at.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// Inspects archives of one source.
pub struct InspectArchive {
    /// Where the archives are.
    pub source: Arc<dyn ArchiveSource>,
}

/// What one archive holds.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// How it is packed.
    pub kind: ArchiveKind,
    /// For whom it was sealed, if it was.
    pub lock: Option<ArchiveLock>,
    /// Size in bytes as stored, where known.
    pub bytes: Option<u64>,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its files as found.
    pub files: BTreeMap<MemberPath, FoundFile>,
    /// Where files and manifest disagree.
    pub disagreements: Vec<Disagreement>,
}

impl InspectArchive {
    /// Reads one archive to its end. Only sealed ones need an opener.
    pub async fn run(&self, id: &ArchiveId, openers: &Openers) -> Result<Inspected, ExamineError> {
        let mut reader = self.source.open(id, openers).await?;
        let mut files = BTreeMap::new();
        let mut manifest = Vec::new();
        let mut current: Option<(MemberPath, u64, Sha256)> = None;
        loop {
            let item = reader.next().await?;
            if let Some(Item::Chunk(chunk)) = item {
                if let Some((path, bytes, hash)) = &mut current {
                    *bytes += chunk.len() as u64;
                    hash.update(&chunk);
                    if path.as_str() == MANIFEST_NAME {
                        manifest.extend_from_slice(&chunk);
                    }
                }
                continue;
            }
            if let Some((path, bytes, hash)) = current.take()
                && path.as_str() != MANIFEST_NAME
            {
                files.insert(path, FoundFile { bytes, sha256: hex(&hash.finalize()) });
            }
            match item {
                None => break,
                Some(Item::File { path, .. }) => current = Some((path, 0, Sha256::new())),
                Some(_) => {}
            }
        }
        if manifest.is_empty() {
            return Err(ExamineError::NoManifest);
        }
        let manifest = Manifest::from_json(&manifest)?;
        let disagreements = compare_files(&manifest, &files);
        Ok(Inspected {
            kind: reader.kind(),
            lock: reader.lock().cloned(),
            bytes: reader.position().1,
            manifest,
            files,
            disagreements,
        })
    }
}

/// The format in the name of an archive: what a closed one does not tell otherwise.
pub fn format_in_name(id: &ArchiveId) -> Option<ArchiveFormat> {
    ArchiveFormat::in_name(id.as_str())
}

/// One recipient of a sealed archive, as far as it shows from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenRecipient {
    /// The kind of its key, such as `X25519`.
    pub kind: Option<String>,
    /// Its short public name, as the writer told it.
    pub fingerprint: Option<String>,
}

/// The recipients a lock shows; none if it is another one.
pub fn seen_recipients(lock: &ArchiveLock) -> Vec<SeenRecipient> {
    let ArchiveLock::Recipients { kinds, hint } = lock else { return Vec::new() };
    let count = kinds.len().max(hint.recipients.len());
    let seen = |at: usize| SeenRecipient {
        kind: kinds.get(at).cloned(),
        fingerprint: hint.recipients.get(at).cloned(),
    };
    (0..count).map(seen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_a_backup_is_found_in_its_name() {
        let found = |name| time_in_name(&ArchiveId::parse(name).unwrap()).map(|at| at.to_string());
        let expected = Some("2026-06-08T12:00:00Z".to_owned());
        for name in ["backup-pi-20260608T120000Z.tar.gz", "backup-Z.pi-20260608T120000Z.tar.zst.age"] {
            assert_eq!(found(name), expected, "{name}");
        }
        assert_eq!(found("backup-pi-20260608T120000Z.zip"), expected);
        for name in ["a.tar.gz", "Z.", "backup-pi-20261308T120000Z.tar.gz", "ü0260608T120000Z.zip"] {
            assert_eq!(found(name), None, "{name}");
        }
    }

    #[test]
    fn the_format_is_found_in_the_name_also_behind_the_mark_of_a_seal() {
        let found = |name| format_in_name(&ArchiveId::parse(name).unwrap());
        assert_eq!(found("a.tar.gz"), Some(ArchiveFormat::TarGz));
        assert_eq!(found("a.tar.gz.oclbak"), Some(ArchiveFormat::TarGz));
        assert_eq!(found("a.tar.zst.age"), Some(ArchiveFormat::TarZst));
        assert_eq!(found("a.zip"), Some(ArchiveFormat::Zip));
        assert_eq!((found("a.age"), found("targz")), (None, None));
    }
}
