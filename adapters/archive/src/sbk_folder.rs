//! CCU backup files in a local folder: judged while they are staged, durable and public by one rename.
//!
//! Does NOT follow links, does NOT look into subfolders, and does NOT keep records.

mod growing;
mod judging;
mod publishing;
mod staging;

pub use judging::judge_sbk_file;

use crate::blocking::blocking;
use crate::range::Range;
use crate::scratch::ScratchFolder;
use crate::{durable, file_identity};
use async_trait::async_trait;
use loom_domain::archive::layout::NO_BACKUP_MARKER;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::{CcuBackupFiles, CcuBackupJudging, CcuFilesError, Content, SbkStaging, StoredSbk};
use loom_domain::sbk::SbkVerdict;
use staging::FolderStaging;
use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What follows the id in the name of a file.
const EXTENSION: &str = ".sbk";

/// CCU backups in one folder, each as `<id>.sbk`. Clones share the folder.
#[derive(Debug, Clone)]
pub struct SbkFolder {
    folder: Arc<Path>,
}

impl SbkFolder {
    /// Makes the folder where there is none (0750), marks it as left out of backups of the data dir (`.nobackup`), and
    /// removes what killed runs left there. Blocks the thread.
    ///
    /// A folder that exists but cannot be written is accepted: what is in it can be read, and each new file fails with its
    /// reason.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, CcuFilesError> {
        let folder = folder.into();
        make(&folder).map_err(|error| sort(&folder, &folder, error))?;
        ScratchFolder::sweep(&folder);
        Ok(Self { folder: folder.into() })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Does something with the file of an id, off the async threads.
    async fn at<T: Send + 'static>(
        &self,
        id: &CcuBackupId,
        work: impl FnOnce(&Path, &CcuBackupId) -> Result<T, CcuFilesError> + Send + 'static,
    ) -> Result<T, CcuFilesError> {
        let (path, id) = (path_in(&self.folder, id), id.clone());
        blocking(move || work(&path, &id)).await
    }
}

#[async_trait]
impl CcuBackupFiles for SbkFolder {
    async fn begin(&self, id: &CcuBackupId) -> Result<Box<dyn SbkStaging>, CcuFilesError> {
        let (folder, id) = (self.folder.clone(), id.clone());
        let staging = blocking(move || FolderStaging::begin(&folder, id)).await?;
        Ok(Box::new(staging))
    }

    async fn find(&self, id: &CcuBackupId) -> Result<Option<StoredSbk>, CcuFilesError> {
        self.at(id, |path, id| Ok(look_at(path)?.map(|metadata| describe(id, &metadata)))).await
    }

    async fn read(
        &self,
        file: &StoredSbk,
        offset: u64,
        length: u64,
    ) -> Result<Box<dyn Content>, CcuFilesError> {
        let wanted = file.clone();
        let range = self.at(&file.id, move |path, id| {
            let opened = open(path, &wanted)?;
            let bytes = wanted.bytes;
            if offset.checked_add(length).is_none_or(|end| end > bytes) {
                return Err(CcuFilesError::OutOfRange { id: id.clone(), bytes, offset, length });
            }
            let range = Range::new(path.display().to_string(), opened, offset, length);
            range.map_err(|error| unavailable(path, error))
        });
        Ok(Box::new(range.await?))
    }

    async fn remove(&self, id: &CcuBackupId) -> Result<(), CcuFilesError> {
        self.at(id, |path, id| {
            look_at(path)?.ok_or_else(|| CcuFilesError::NotFound(id.clone()))?;
            // The name itself goes, so a link that took its place meanwhile leads nowhere.
            std::fs::remove_file(path).map_err(|error| match durable::is_absent(&error) {
                true => CcuFilesError::NotFound(id.clone()),
                false => unavailable(path, error),
            })?;
            durable::sync_folder(durable::parent_of(path)).map_err(|error| unavailable(path, error))
        })
        .await
    }

    async fn list(&self) -> Result<Vec<StoredSbk>, CcuFilesError> {
        let folder = self.folder.clone();
        blocking(move || list(&folder).map_err(|error| unavailable(&folder, error))).await
    }
}

#[async_trait]
impl CcuBackupJudging for SbkFolder {
    async fn judge(&self, id: &CcuBackupId) -> Result<SbkVerdict, CcuFilesError> {
        judging::judge_stored(path_in(&self.folder, id), id.clone()).await
    }
}

fn make(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        DirBuilder::new().recursive(true).mode(0o750).create(folder)?;
        // A backup is only as lasting as the name of its folder.
        durable::sync_folder(durable::parent_of(folder))?;
    }
    let marker = folder.join(NO_BACKUP_MARKER);
    // Where it cannot be made, nothing else can be written either, and that is told when it matters.
    _ = OpenOptions::new().write(true).create_new(true).mode(0o640).open(marker);
    Ok(())
}

/// The path of a file in its folder. An id is a plain file name, so this leads nowhere else.
fn path_in(folder: &Path, id: &CcuBackupId) -> PathBuf {
    folder.join(format!("{id}{EXTENSION}"))
}

/// The regular file of that name, if there is one; a link is none.
fn look_at(path: &Path) -> Result<Option<Metadata>, CcuFilesError> {
    match path.symlink_metadata() {
        Ok(metadata) => Ok(metadata.is_file().then_some(metadata)),
        Err(error) if durable::is_absent(&error) => Ok(None),
        Err(error) => Err(unavailable(path, error)),
    }
}

/// Opens the file that was found, and nothing else.
fn open(path: &Path, wanted: &StoredSbk) -> Result<File, CcuFilesError> {
    let id = || wanted.id.clone();
    let found = look_at(path)?.ok_or_else(|| CcuFilesError::NotFound(id()))?;
    if describe(&wanted.id, &found) != *wanted {
        return Err(CcuFilesError::Changed(id()));
    }
    match file_identity::open_as(path, &wanted.tag) {
        Ok(opened) => opened.ok_or_else(|| CcuFilesError::Changed(id())),
        Err(error) if durable::is_absent(&error) => Err(CcuFilesError::NotFound(id())),
        Err(error) => Err(unavailable(path, error)),
    }
}

fn list(folder: &Path) -> io::Result<Vec<StoredSbk>> {
    let mut stored = Vec::new();
    for entry in folder.read_dir()? {
        let entry = entry?;
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(EXTENSION));
        let Some(id) = id.and_then(|id| CcuBackupId::parse(id).ok()) else { continue };
        match entry.path().symlink_metadata() {
            Ok(metadata) if metadata.is_file() => stored.push(describe(&id, &metadata)),
            Err(error) if !durable::is_absent(&error) => return Err(error),
            _ => {}
        }
    }
    stored.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(stored)
}

fn describe(id: &CcuBackupId, metadata: &Metadata) -> StoredSbk {
    let (modified_at, tag) = (file_identity::modified_at(metadata), file_identity::tag(metadata));
    StoredSbk { id: id.clone(), bytes: metadata.len(), modified_at, tag }
}

/// Sorts an error of writing at `path` in `folder` into what a caller can do about it.
fn sort(folder: &Path, path: &Path, error: io::Error) -> CcuFilesError {
    match durable::is_full(&error) {
        true => CcuFilesError::Full(folder.display().to_string()),
        false => unavailable(path, error),
    }
}

fn unavailable(path: &Path, error: io::Error) -> CcuFilesError {
    CcuFilesError::Unavailable { location: path.display().to_string(), source: error.into() }
}

#[cfg(test)]
mod tests;
