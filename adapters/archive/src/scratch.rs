//! Scratch folders: private places beside the data they serve, gone when their owner is, killed or not.
//!
//! Each is a `.loom-scratch-…` folder, 0700, locked (`flock` on the folder) while its owner lives. A new one first
//! removes those whose owner was killed. Does NOT sync anything: nothing in a scratch folder outlives its run.

#[cfg(test)]
mod tests;

use crate::blocking::blocking;
use crate::staged_files::StagedFiles;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{ScratchAreas, StagingArea, StagingError};
use std::fs::{File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PREFIX: &str = ".loom-scratch-";

/// Scratch areas in one folder, never in the system's temporary folder: they hold databases and keys.
pub struct LocalScratch {
    parent: PathBuf,
}

/// A private folder for a while. Dropping it removes it with all it holds.
#[derive(Debug)]
pub struct ScratchFolder {
    // Removed before the lock is let go, so nobody else removes it at the same time.
    folder: TempDir,
    _lock: File,
}

impl LocalScratch {
    /// Scratch areas in `parent`, which must exist when one is opened.
    pub fn new(parent: impl Into<PathBuf>) -> Self {
        Self { parent: parent.into() }
    }
}

#[async_trait]
impl ScratchAreas for LocalScratch {
    async fn open_scratch(&self) -> Result<Box<dyn StagingArea>, StagingError> {
        let parent = self.parent.clone();
        let location = self.parent.display().to_string();
        let folder = blocking(move || ScratchFolder::create_in(&parent))
            .await
            .map_err(|error| StagedFiles::sort(&location, &location, error))?;
        Ok(Box::new(ScratchArea { files: StagedFiles::temporary(folder.path().to_owned()), _folder: folder }))
    }
}

impl ScratchFolder {
    /// A new, empty folder in `parent`; removes first what killed processes left there.
    pub fn create_in(parent: &Path) -> io::Result<Self> {
        Self::sweep(parent);
        loop {
            let folder = tempfile::Builder::new()
                .prefix(PREFIX)
                .permissions(Permissions::from_mode(0o700))
                .tempdir_in(parent)?;
            // A sweep of another process may come between creation and lock; then there is nothing to keep.
            match lock(folder.path()) {
                Ok(Some(lock)) => return Ok(Self { folder, _lock: lock }),
                Ok(None) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Removes the scratch folders in `parent` that belong to nobody any more. What cannot be removed stays for the next
    /// sweep.
    pub fn sweep(parent: &Path) {
        let Ok(entries) = parent.read_dir() else { return };
        for entry in entries.flatten() {
            let ours = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes());
            if ours && let Ok(Some(_lock)) = lock(&entry.path()) {
                _ = std::fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Locks a folder; `None` if somebody else has it, or has removed it meanwhile.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    // A link of our name would lead the sweep elsewhere.
    if !folder.symlink_metadata()?.is_dir() {
        return Ok(None);
    }
    let file = File::open(folder)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let (locked, named) = (file.metadata()?, folder.symlink_metadata()?);
    Ok(((locked.dev(), locked.ino()) == (named.dev(), named.ino())).then_some(file))
}

/// A staging area in a scratch folder.
struct ScratchArea {
    files: StagedFiles,
    _folder: ScratchFolder,
}

#[async_trait]
impl StagingArea for ScratchArea {
    async fn begin_file(&mut self, path: &MemberPath, _bytes: u64) -> Result<(), StagingError> {
        self.files.begin_file(path).await
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), StagingError> {
        self.files.write(chunk).await
    }

    async fn end_file(&mut self) -> Result<PathBuf, StagingError> {
        self.files.end_file().await
    }

    async fn folder(&mut self, path: &MemberPath) -> Result<(), StagingError> {
        self.files.folder(path).await
    }
}
