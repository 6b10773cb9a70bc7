//! Scratch folders: private places for what is on its way, gone when their owner ends.
//!
//! Each is a folder `.loom-scratch-<machine>-<random>`, 0700, locked (`flock` on the folder) while its owner lives. What a
//! killed one leaves is removed when the next is made there. On a folder that machines share, such a lock may be seen by one
//! of them only: so what another machine made is left alone for a day. Does NOT sync anything: nothing in a scratch folder
//! outlives its run.

#[cfg(test)]
mod tests;

mod machine;

use crate::blocking::blocking;
use crate::staged_files::StagedFiles;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::{ArchiveLock, MemberPath};
use loom_domain::ports::{ScratchAreas, StagingArea, StagingError};
use std::fs::{File, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

const PREFIX: &str = ".loom-scratch-";
/// Longer than any run takes, and than clocks of machines that share a folder differ.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Scratch areas in one folder. They hold databases and keys: whoever chooses the folder says who may come by them.
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
    async fn open_scratch(&self, _lock: Option<&ArchiveLock>) -> Result<Box<dyn StagingArea>, StagingError> {
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
        let prefix = own_prefix();
        loop {
            let folder = tempfile::Builder::new()
                .prefix(&prefix)
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

    /// Removes the scratch folders in `parent` that belong to nobody any more: of this machine those that nobody holds, of
    /// others and of earlier versions those that nobody holds and that did not change for a day. What cannot be removed
    /// stays for the next sweep.
    pub fn sweep(parent: &Path) {
        let Ok(entries) = parent.read_dir() else { return };
        let own_prefix = own_prefix();
        for entry in entries.flatten() {
            let (name, path) = (entry.file_name(), entry.path());
            let begins = |prefix: &str| name.as_encoded_bytes().starts_with(prefix.as_bytes());
            let may_go = begins(&own_prefix) || (begins(PREFIX) && is_older_than_a_day(&path));
            if may_go && let Ok(Some(_lock)) = lock(&path) {
                _ = std::fs::remove_dir_all(path);
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn own_prefix() -> String {
    format!("{PREFIX}{}-", machine::mark())
}

/// Whether nothing at this path, nor in it where it is a folder, was changed within a day; what cannot be told was.
fn is_older_than_a_day(path: &Path) -> bool {
    let all_old = || {
        let metadata = path.symlink_metadata()?;
        let mut old = metadata.modified()?.elapsed().is_ok_and(|age| age > DAY);
        if old && metadata.is_dir() {
            for entry in path.read_dir()? {
                old &= is_older_than_a_day(&entry?.path());
            }
        }
        Ok::<_, io::Error>(old)
    };
    all_old().unwrap_or(false)
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
