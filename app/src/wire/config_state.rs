//! The stored configuration outside of a daemon: a copy to read from beside whoever runs, or the state itself.
//!
//! Does NOT export or import (`config_export`, `config_import`).

use super::CreateError;
use super::{HeldDataDir, KeyJobError, KeyJobErrorKind};
use loom_adapter_archive::{LocalScratch, LockError, ScratchFolder};
use loom_adapter_keys::OsRandomness;
use loom_adapter_memory::MemoryStateStore;
use loom_adapter_sqlite::{AdoptError, OpenError, SqliteStateStore, adopt_go_database};
use loom_domain::archive::MemberPath;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::ResolvedKey;
use loom_domain::ports::{
    AuditLog, BoxError, Centrals, ConfigBatches, ConfigSections, KeyError, ReadError, Resealing,
    ScratchAreas, Silent, SnapshotError, StagingArea, StagingError, StateStore, StoreError, TargetError,
    Tokens, Users,
};
use loom_domain::secret::HeldKeys;
use loom_domain::secret::sealed_store::{Plaintext, SealedStore};
use loom_domain::usecases::ImportError;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The roles that hold the configuration, opened with the key at hand.
pub(super) struct ConfigState {
    pub(super) sections: Arc<dyn ConfigSections>,
    pub(super) centrals: Arc<dyn Centrals>,
    pub(super) batches: Arc<dyn ConfigBatches>,
    pub(super) users: Arc<dyn Users>,
    pub(super) tokens: Arc<dyn Tokens>,
    pub(super) audit: Arc<dyn AuditLog>,
    pub(super) resealing: Arc<dyn Resealing>,
    /// The folder a copy lies in, if that is not the data dir.
    pub(super) beside: Option<PathBuf>,
    /// Where a copy lies; gone when dropped.
    _scratch: Option<Box<dyn StagingArea>>,
}

/// Whose databases are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lineages {
    /// A Go daemon's too: its copy is adopted.
    All,
    /// Ours alone.
    Own,
}

/// Why a configuration was neither exported nor imported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the error it is named after")]
pub enum ConfigJobError {
    #[error("data dir `{0}` does not exist\nhint: name the right one with --config or --data-dir")]
    NoDataDir(String),
    #[error(
        "data dir `{dir}` is in use by {by}\nhint: stop it first, or use `POST /api/v1/config/import` of the running daemon"
    )]
    Busy { dir: String, by: String },
    #[error("data dir `{dir}` cannot be used: {source}")]
    Unusable { dir: String, source: std::io::Error },
    #[error(
        "`{}` is the state of a Go daemon\nhint: start this daemon once, it takes the state over; then try again", .0.display()
    )]
    GoDaemon(PathBuf),
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Hold(#[from] CreateError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Scratch(#[from] StagingError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    /// A copy cannot be opened; the words speak of the database it is a copy of.
    #[error("{words}")]
    Copy { words: String, kind: ConfigJobErrorKind },
    #[error("the master key cannot be loaded: {0}")]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    KeySwitch(#[from] Box<KeyJobError>),
    #[error("`{0}` exists already\nhint: --force replaces it")]
    Exists(String),
    #[error("`{path}` cannot be written: {source}")]
    Unwritable { path: String, source: std::io::Error },
    #[error("a part of the program broke off: {0}")]
    Broken(#[source] BoxError),
}

/// What a caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigJobErrorKind {
    /// Name another data dir.
    Usage,
    /// Look after the master key.
    Key,
    /// Give way to somebody, or try again.
    Refused,
    /// Look after the machine.
    Unexpected,
}

impl ConfigJobError {
    /// What a caller can do about it.
    pub fn kind(&self) -> ConfigJobErrorKind {
        match self {
            Self::Copy { kind, .. } => *kind,
            Self::KeySwitch(error) => match error.kind() {
                KeyJobErrorKind::Usage => ConfigJobErrorKind::Usage,
                KeyJobErrorKind::Key => ConfigJobErrorKind::Key,
                KeyJobErrorKind::Refused => ConfigJobErrorKind::Refused,
                KeyJobErrorKind::Unexpected => ConfigJobErrorKind::Unexpected,
            },
            Self::NoDataDir(_)
            | Self::Snapshot(SnapshotError::Missing(_) | SnapshotError::Foreign { .. }) => {
                ConfigJobErrorKind::Usage
            }
            Self::Key(_)
            | Self::Import(ImportError::NoMasterKey(_) | ImportError::Store(StoreError::NoMasterKey(_))) => {
                ConfigJobErrorKind::Key
            }
            Self::Busy { .. }
            | Self::GoDaemon(_)
            | Self::Exists(_)
            | Self::Target(
                TargetError::Busy { .. }
                | TargetError::Blocked { .. }
                | TargetError::Waits { .. }
                | TargetError::BroughtToEnd(_),
            )
            | Self::Hold(CreateError::Target(TargetError::Busy { .. }))
            | Self::Open(OpenError::Newer { .. } | OpenError::Foreign { .. } | OpenError::GoDaemon { .. })
            | Self::Adopt(AdoptError::Newer { .. })
            | Self::Import(ImportError::Store(StoreError::Conflict { .. })) => ConfigJobErrorKind::Refused,
            _ => ConfigJobErrorKind::Unexpected,
        }
    }

    fn of_copy(self, copy: &Path, live: &Path) -> Self {
        match self {
            Self::Open(OpenError::GoDaemon { .. }) => Self::GoDaemon(live.to_owned()),
            error => {
                let (copy, live) = (copy.display().to_string(), live.display().to_string());
                Self::Copy { words: error.to_string().replace(&copy, &live), kind: error.kind() }
            }
        }
    }

    pub(super) fn locked(data_dir: &Path, error: LockError) -> Self {
        let dir = data_dir.display().to_string();
        match error {
            LockError::Busy { by } => Self::Busy { dir, by },
            LockError::Io(source) => Self::Unusable { dir, source },
        }
    }
}

impl ConfigState {
    /// A copy of the state as it is right now; the state itself is neither changed nor migrated. The copy lies in the
    /// data dir, and in `beside` only where that cannot be written.
    pub(super) async fn copy_of(
        data_dir: &Path,
        beside: Option<&Path>,
        lineages: Lineages,
        key: Option<ResolvedKey>,
    ) -> Result<Self, ConfigJobError> {
        let beside = beside.filter(|_| is_closed(data_dir));
        let scratch_parent = beside.unwrap_or(data_dir);
        let held = HeldDataDir::hold(data_dir, scratch_parent)?;
        let database = main_database()?;
        let mut snapshot = held.snapshots.take_snapshot(&database, &Silent).await?;
        let mut scratch = LocalScratch::new(scratch_parent).open_scratch(None).await?;
        scratch.begin_file(&database, snapshot.bytes).await?;
        while let Some(chunk) = snapshot.content.next_chunk().await? {
            scratch.write(chunk).await?;
        }
        let path = scratch.end_file().await?;
        drop((snapshot, held));
        let live = data_dir.join(MAIN_DATABASE);
        let store = open_copy(path.clone(), lineages).await.map_err(|error| error.of_copy(&path, &live))?;
        let beside = beside.map(Path::to_owned);
        Ok(Self { beside, _scratch: Some(scratch), ..Self::of(store, key) })
    }

    /// The state itself, created or migrated where needed. The caller holds the instance lock.
    pub(super) async fn live(data_dir: &Path, key: Option<ResolvedKey>) -> Result<Self, ConfigJobError> {
        match open(data_dir.join(MAIN_DATABASE)).await {
            Err(ConfigJobError::Open(OpenError::GoDaemon { path, .. })) => {
                Err(ConfigJobError::GoDaemon(path))
            }
            opened => Ok(Self::of(opened?, key)),
        }
    }

    /// What a data dir without a database holds.
    pub(super) fn nothing(key: Option<ResolvedKey>) -> Self {
        Self::of(MemoryStateStore::new(), key)
    }

    fn of(store: impl StateStore + 'static, key: Option<ResolvedKey>) -> Self {
        let store = Arc::new(store);
        let keys = Arc::new(HeldKeys::new(key));
        let randomness = Arc::new(OsRandomness);
        let sealed = Arc::new(SealedStore::new(Arc::clone(&store), keys, Plaintext::Refused, randomness));
        Self {
            sections: sealed.clone(),
            centrals: sealed.clone(),
            batches: sealed,
            users: store.clone(),
            tokens: store.clone(),
            audit: store.clone(),
            resealing: store,
            beside: None,
            _scratch: None,
        }
    }
}

/// Whether nothing can be put into a data dir, for want of rights. A full disk is another matter: it is told.
fn is_closed(data_dir: &Path) -> bool {
    let closed = [io::ErrorKind::PermissionDenied, io::ErrorKind::ReadOnlyFilesystem];
    ScratchFolder::create_in(data_dir).is_err_and(|error| closed.contains(&error.kind()))
}

fn main_database() -> Result<MemberPath, ConfigJobError> {
    MemberPath::parse(MAIN_DATABASE.as_bytes()).map_err(|error| ConfigJobError::Broken(error.into()))
}

async fn open_copy(path: PathBuf, lineages: Lineages) -> Result<SqliteStateStore, ConfigJobError> {
    match open(path.clone()).await {
        Err(ConfigJobError::Open(OpenError::GoDaemon { path: copy, .. })) if lineages == Lineages::All => {
            blocking(move || adopt_go_database(&copy).map_err(ConfigJobError::from)).await?;
            open(path).await
        }
        opened => opened,
    }
}

async fn open(path: PathBuf) -> Result<SqliteStateStore, ConfigJobError> {
    blocking(move || SqliteStateStore::open(&path).map_err(ConfigJobError::from)).await
}

pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ConfigJobError> + Send + 'static,
) -> Result<T, ConfigJobError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ConfigJobError::Broken(error.into()))?
}
