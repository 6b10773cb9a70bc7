//! A data dir held against restores for one backup, with a private place for what is on its way.
//!
//! Does NOT keep a daemon out: a backup runs beside it, or inside it.

use super::{CreateError, KeyJobError};
use loom_adapter_archive::{LocalDataDir, LockError, ScratchFolder, SwapLock, is_full};
use loom_adapter_keys::DataDirKeys;
use loom_adapter_sqlite::SqliteSnapshots;
use loom_domain::ports::{DataDirFiles, KeyWrappings, SinkError, Snapshots, TargetError};
use loom_domain::usecases::TakeBackupError;
use std::path::Path;
use std::sync::Arc;

/// What one backup reads from. Dropping it lets the data dir go and removes what lies in scratch.
pub struct HeldDataDir {
    /// Its files.
    pub files: Arc<dyn DataDirFiles>,
    /// Snapshots of its databases.
    pub snapshots: Arc<dyn Snapshots>,
    _held: Option<(SwapLock, ScratchFolder)>,
}

impl HeldDataDir {
    /// Holds the data dir of a local folder; scratch is made in `scratch_parent`, a folder where what the data dir holds may
    /// lie in clear. Blocks the thread while leftovers of killed runs are removed there.
    ///
    /// # Errors
    /// `Target`; `NoScratch` where that folder cannot be written.
    pub fn hold(data_dir: &Path, scratch_parent: &Path) -> Result<Self, CreateError> {
        let swap_lock = SwapLock::shared(data_dir).map_err(|error| locked(data_dir, error))?;
        let scratch = ScratchFolder::create_in(scratch_parent).map_err(|source| CreateError::NoScratch {
            place: scratch_parent.display().to_string(),
            source,
        })?;
        Ok(Self {
            files: Arc::new(LocalDataDir::new(data_dir, scratch.path())),
            snapshots: Arc::new(SqliteSnapshots::new(data_dir.to_owned(), scratch.path().to_owned())),
            _held: Some((swap_lock, scratch)),
        })
    }

    /// The same for a backup: refused where a change of the key is not at its end, for the key files of the archive might
    /// not open what is sealed in it. Nobody begins one while the data dir is held.
    pub(crate) fn hold_settled(data_dir: &Path, scratch_parent: &Path) -> Result<Self, CreateError> {
        let held = Self::hold(data_dir, scratch_parent)?;
        match DataDirKeys::new(data_dir, KeyWrappings::default()).has_pending() {
            false => Ok(held),
            true => Err(Box::new(KeyJobError::Interrupted).into()),
        }
    }

    /// The same with scratch beside the archive: where that folder cannot be written, neither can the archive.
    pub(crate) fn hold_beside(data_dir: &Path, folder: &Path) -> Result<Self, CreateError> {
        Self::hold_settled(data_dir, folder).map_err(|error| match error {
            CreateError::NoScratch { source, .. } => unwritable(folder, source).into(),
            other => other,
        })
    }

    /// The same with scratch elsewhere than beside the archive, whose folder is tried first: one that cannot be written is
    /// told before databases are copied, and what killed runs left there may be what they need the room of.
    pub(crate) fn hold_apart(
        data_dir: &Path,
        folder: &Path,
        scratch_parent: &Path,
    ) -> Result<Self, CreateError> {
        ScratchFolder::create_in(folder).map_err(|source| unwritable(folder, source))?;
        Self::hold_settled(data_dir, scratch_parent)
    }

    /// A data dir that nobody can replace meanwhile and that needs no scratch.
    pub fn unlocked(files: Arc<dyn DataDirFiles>, snapshots: Arc<dyn Snapshots>) -> Self {
        Self { files, snapshots, _held: None }
    }
}

/// The error of a place that archives cannot be written to.
pub(crate) fn unwritable(path: &Path, error: std::io::Error) -> TakeBackupError {
    let location = path.display().to_string();
    TakeBackupError::Sink(match is_full(&error) {
        true => SinkError::Full(location),
        false => SinkError::Unavailable { location, source: error.into() },
    })
}

fn locked(data_dir: &Path, error: LockError) -> TargetError {
    let dir = data_dir.display().to_string();
    match error {
        LockError::Busy { by } => TargetError::Busy { dir, by },
        LockError::Io(source) => TargetError::Unavailable { dir, source: source.into() },
    }
}
