//! Archives of the state in a local folder: the folder itself, and the adapters on it.
//!
//! Does NOT choose the folder (the configuration does) and does NOT open the state.

use super::StateBackupPorts;
use crate::wire::{CreateError, HeldDataDir, unwritable};
use async_trait::async_trait;
use loom_adapter_archive::{FolderShelf, FolderSink, FolderSource, LocalScratch, ScratchFolder};
use loom_adapter_keys::DataDirKeys;
use loom_adapter_sqlite::SqliteJudge;
use loom_domain::archive::layout::{MAIN_DATABASE, NO_BACKUP_MARKER};
use loom_domain::archive::{ArchiveLock, FormOrder, Openers};
use loom_domain::ports::{
    ArchiveId, ArchiveListing, Clock, KeyProvider, KeyWrappings, ListedArchive, OldKeys, ScratchAreas,
    SourceError, StagingArea, StagingError,
};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where archives are kept if the configuration names no folder, in the data dir.
const DEFAULT_FOLDER: &str = "state-backups";

/// A local folder for archives of a local data dir.
pub(crate) struct FolderPlace<'a> {
    /// The data dir, which this process holds as its daemon.
    pub data_dir: &'a Path,
    /// The folder; `None` is `state-backups` in the data dir.
    pub folder: Option<&'a Path>,
    /// Knows the master key.
    pub keys: Arc<dyn KeyProvider>,
    /// Unwrap keys the data dir had earlier.
    pub wrappings: KeyWrappings,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
}

/// Why a folder cannot hold archives of the state. Fragments read after "the folder for archives cannot be used: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// It is, or holds, live state: what is handed out and removed there must be archives.
    #[error("`{0}` holds the live database")]
    LiveState(String),
    /// It is not there and cannot be made, or it is no folder.
    #[error("`{path}`: {source}")]
    Unusable {
        /// The folder.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Where the daemon of a data dir keeps archives if nobody named another folder. It makes it at its first start.
pub(crate) fn default_folder(data_dir: &Path) -> PathBuf {
    data_dir.join(DEFAULT_FOLDER)
}

impl FolderPlace<'_> {
    /// Makes the folder where there is none (0700, with a `.nobackup` in it), removes what killed runs left there and in the
    /// data dir, and wires the adapters. Blocks the thread.
    ///
    /// A folder that cannot be written is accepted: what is in it can be read, and each backup fails with its reason.
    pub(crate) fn open(self) -> Result<StateBackupPorts, FolderError> {
        let folder = self.folder.map_or_else(|| default_folder(self.data_dir), Path::to_owned);
        let unusable = |source| FolderError::Unusable { path: folder.display().to_string(), source };
        let folder = std::path::absolute(&folder).map_err(unusable)?;
        let data_dir = std::path::absolute(self.data_dir).map_err(unusable)?;
        make(&folder).map_err(unusable)?;
        if folder.join(MAIN_DATABASE).symlink_metadata().is_ok() {
            return Err(FolderError::LiveState(folder.display().to_string()));
        }
        ScratchFolder::sweep(&folder);
        ScratchFolder::sweep(&data_dir);
        // A list is asked for often, and a service that unwraps may be slow: there, keys in clear have to do.
        let in_clear = Arc::new(DataDirKeys::new(&data_dir, KeyWrappings::default()));
        Ok(StateBackupPorts {
            keys: self.keys.clone(),
            old_keys: Some(Arc::new(DataDirKeys::new(&data_dir, self.wrappings))),
            sink: Arc::new(FolderSink::new(&folder, self.clock.clone())),
            listing: Arc::new(KeyedListing { folder: folder.clone(), keys: self.keys, old_keys: in_clear }),
            source: Arc::new(FolderSource::new(&folder)),
            shelf: Arc::new(FolderShelf::new(&folder)),
            scratch: Arc::new(ScratchByLock {
                open: LocalScratch::new(&folder),
                sealed: LocalScratch::new(&data_dir),
            }),
            judge: Arc::new(SqliteJudge),
            clock: self.clock,
            hold: Arc::new(move |order| hold(&data_dir, &folder, order)),
        })
    }
}

/// Lists with the master keys of the moment. Nobody is asked for a passphrase, and no identity is at hand.
struct KeyedListing {
    folder: PathBuf,
    keys: Arc<dyn KeyProvider>,
    old_keys: Arc<dyn OldKeys>,
}

impl KeyedListing {
    async fn source(&self) -> FolderSource {
        // A key that is broken has been told of where it matters.
        let key = self.keys.resolve().await.ok().flatten();
        let old = self.old_keys.resolve_old_keys().await.unwrap_or_default();
        let keys = key.into_iter().chain(old.keys);
        let master_keys = keys.map(|held| held.key).collect();
        let openers = Openers { master_keys, ..Openers::default() };
        FolderSource::new(&self.folder).with_quick_listing().with_listing_openers(openers)
    }
}

#[async_trait]
impl ArchiveListing for KeyedListing {
    async fn list_archives(&self) -> Result<Vec<ListedArchive>, SourceError> {
        self.source().await.list_archives().await
    }

    async fn describe_archive(&self, id: &ArchiveId) -> Result<Option<ListedArchive>, SourceError> {
        self.source().await.describe_archive(id).await
    }
}

/// Unpacks beside archives, and in the data dir those that are sealed against whoever can look into their folder.
struct ScratchByLock {
    open: LocalScratch,
    sealed: LocalScratch,
}

#[async_trait]
impl ScratchAreas for ScratchByLock {
    async fn open_scratch(&self, lock: Option<&ArchiveLock>) -> Result<Box<dyn StagingArea>, StagingError> {
        let place = if lock.is_some() { &self.sealed } else { &self.open };
        place.open_scratch(lock).await
    }
}

/// Holds the data dir for one backup; the folder is made again if it was taken away. Scratch is where [`ScratchByLock`] has
/// it.
fn hold(data_dir: &Path, folder: &Path, order: &FormOrder) -> Result<HeldDataDir, CreateError> {
    make(folder).map_err(|error| unwritable(folder, error))?;
    match order.seal {
        Some(_) => HeldDataDir::hold_apart(data_dir, folder, data_dir),
        None => HeldDataDir::hold_beside(data_dir, folder),
    }
}

fn make(folder: &Path) -> io::Result<()> {
    if !folder.is_dir() {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // An archive is only as lasting as the name of its folder.
        if let Some(parent) = folder.parent() {
            File::open(parent)?.sync_all()?;
        }
    }
    let marker = folder.join(NO_BACKUP_MARKER);
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&marker) {
        Ok(_) => Ok(()),
        // Without it archives are left out of archives all the same, each by its first bytes or the ending it is given.
        Err(error) => {
            if error.kind() != io::ErrorKind::AlreadyExists {
                tracing::warn!(path = %marker.display(), %error, "the folder for archives cannot be written");
            }
            Ok(())
        }
    }
}
