//! Archive shelf over a local folder: archives as the bytes they are stored as, handed out and removed.
//!
//! Does NOT follow links, and does NOT look into subfolders or into archives.

use crate::blocking::blocking;
use crate::folder_source::{archive_kind, known_kind, path_in};
use crate::range::Range;
use crate::{durable, file_identity};
use async_trait::async_trait;
use loom_domain::ports::{ArchiveId, ArchiveShelf, Content, ShelfError, StoredArchive};
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Hands out and removes the archives of one folder.
#[derive(Debug, Clone)]
pub struct FolderShelf {
    folder: PathBuf,
}

impl FolderShelf {
    /// A shelf over `folder`.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    async fn work<T: Send + 'static>(
        &self,
        id: &ArchiveId,
        work: impl FnOnce(&Path, &ArchiveId) -> Result<T, ShelfError> + Send + 'static,
    ) -> Result<T, ShelfError> {
        let (path, id) = (path_in(&self.folder, id), id.clone());
        blocking(move || work(&path, &id)).await
    }
}

#[async_trait]
impl ArchiveShelf for FolderShelf {
    async fn find(&self, id: &ArchiveId) -> Result<Option<StoredArchive>, ShelfError> {
        self.work(id, |path, id| match look_at(path, id) {
            Ok(found) => Ok(found.map(|metadata| describe(id, &metadata))),
            Err(error) => Err(unavailable(path, error)),
        })
        .await
    }

    async fn read(
        &self,
        archive: &StoredArchive,
        offset: u64,
        length: u64,
    ) -> Result<Box<dyn Content>, ShelfError> {
        let wanted = archive.clone();
        let file = self.work(&archive.id, move |path, _| open(path, &wanted)).await?;
        if offset.checked_add(length).is_none_or(|end| end > archive.bytes) {
            let (id, bytes) = (archive.id.to_string(), archive.bytes);
            return Err(ShelfError::OutOfRange { id, bytes, offset, length });
        }
        let location = path_in(&self.folder, &archive.id).display().to_string();
        match Range::new(location.clone(), file, offset, length) {
            Ok(range) => Ok(Box::new(range)),
            Err(error) => Err(ShelfError::Unavailable { location, source: error.into() }),
        }
    }

    async fn remove(&self, id: &ArchiveId) -> Result<(), ShelfError> {
        self.work(id, |path, id| {
            let failed = |error: io::Error| match error.kind() {
                io::ErrorKind::NotFound => not_found(id),
                _ => unavailable(path, error),
            };
            let is_archive = regular_file(path).map_err(failed)?.is_some()
                && known_kind(path, id).map_err(|error| unread(path, id, error))?.is_some();
            if !is_archive {
                return Err(not_found(id));
            }
            // The name itself goes, so a link that took its place meanwhile leads nowhere.
            std::fs::remove_file(path).map_err(failed)?;
            durable::sync_folder(durable::parent_of(path)).map_err(|error| unavailable(path, error))
        })
        .await
    }
}

/// What lies there, if it is an archive that the folder's listing shows and no link.
fn look_at(path: &Path, id: &ArchiveId) -> io::Result<Option<Metadata>> {
    Ok(regular_file(path)?.filter(|_| archive_kind(path, id).is_some()))
}

fn regular_file(path: &Path) -> io::Result<Option<Metadata>> {
    match path.symlink_metadata() {
        Err(error) if durable::is_absent(&error) => Ok(None),
        found => Ok(Some(found?).filter(Metadata::is_file)),
    }
}

/// Opens the archive that was found, and nothing else.
fn open(path: &Path, wanted: &StoredArchive) -> Result<File, ShelfError> {
    let id = &wanted.id;
    let found = look_at(path, id).map_err(|error| unavailable(path, error))?;
    let found = found.ok_or_else(|| not_found(id))?;
    if describe(id, &found) != *wanted {
        return Err(ShelfError::Changed(id.to_string()));
    }
    let opened =
        file_identity::open_as(path, &wanted.tag).map_err(|error| match durable::is_absent(&error) {
            true => not_found(id),
            false => unavailable(path, error),
        })?;
    opened.ok_or_else(|| ShelfError::Changed(id.to_string()))
}

fn describe(id: &ArchiveId, metadata: &Metadata) -> StoredArchive {
    let (modified_at, tag) = (file_identity::modified_at(metadata), file_identity::tag(metadata));
    StoredArchive { id: id.clone(), bytes: metadata.len(), modified_at, tag }
}

fn not_found(id: &ArchiveId) -> ShelfError {
    ShelfError::NotFound(id.to_string())
}

/// What may be anything is listed, but the operator alone may say that it can go.
fn unread(path: &Path, id: &ArchiveId, error: io::Error) -> ShelfError {
    if durable::is_absent(&error) {
        return not_found(id);
    }
    let words = format!("{error}, and its name does not say that it is an archive\nhint: remove it by hand");
    unavailable(path, io::Error::new(error.kind(), words))
}

fn unavailable(path: &Path, error: io::Error) -> ShelfError {
    ShelfError::Unavailable { location: path.display().to_string(), source: error.into() }
}

#[cfg(test)]
mod tests;
