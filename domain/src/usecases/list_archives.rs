//! List and inspect archives: what there is, and what one of them holds.
//!
//! Does NOT judge databases or secrets (`verify_archive`).

use crate::archive::agreement::{Disagreement, FoundFile, compare_files};
use crate::archive::limits::MANIFEST_NAME;
use crate::archive::{ArchiveLock, Manifest, MemberPath, Openers, hex};
use crate::ports::{ArchiveId, ArchiveKind, ArchiveSource, Item, ListedArchive};
use crate::usecases::ExamineError;
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Orders a listing: newest first by the recorded time, damaged archives last, by name.
pub fn list_newest_first(mut archives: Vec<ListedArchive>) -> Vec<ListedArchive> {
    archives.sort_by_cached_key(|archive| {
        let taken_at = archive.manifest.as_ref().ok().map(|manifest| manifest.created_at);
        (Reverse(taken_at), archive.id.clone())
    });
    archives
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
