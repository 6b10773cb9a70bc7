//! Opening the state at the start of the daemon: the data dir, its lock, its database.
//!
//! Does NOT read what is in it.

use super::StartError;
use loom_adapter_archive::{InstanceLock, LocalRestoreTarget, LockError, Role};
use loom_adapter_sqlite::{OpenError, SqliteStateStore};
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::{Recovery, RestoreTarget};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// A data dir that belongs to this process until the lock is dropped.
pub(super) struct OwnedDataDir {
    _lock: InstanceLock,
}

/// Makes the data dir where there is none, ends a restore that was interrupted, and takes the lock.
pub(super) async fn own(data_dir: &Path) -> Result<OwnedDataDir, StartError> {
    let shown = || data_dir.display().to_string();
    let unusable = |source| StartError::DataDir { path: shown(), source };
    let created = DirBuilder::new().recursive(true).mode(0o700).create(data_dir);
    created.map_err(unusable)?;
    match LocalRestoreTarget::new(data_dir, None).recover().await? {
        Recovery::NothingToDo => {}
        recovery => tracing::warn!(outcome = ?recovery, "an interrupted restore was brought to its end"),
    }
    let lock = InstanceLock::acquire(data_dir, Role::Daemon).map_err(|error| match error {
        LockError::Busy { by } => StartError::Busy { path: shown(), by },
        LockError::Io(source) => unusable(source),
    })?;
    Ok(OwnedDataDir { _lock: lock })
}

/// Opens the database of an owned data dir, creating or migrating it.
pub(super) async fn open(data_dir: &Path) -> Result<SqliteStateStore, StartError> {
    let path = data_dir.join(MAIN_DATABASE);
    let opened = tokio::task::spawn_blocking(move || SqliteStateStore::open(&path)).await;
    Ok(opened.map_err(StartError::panicked)??)
}

/// Whether opening failed because the database is one of the Go daemon.
pub(super) fn is_of_go_daemon(error: &StartError) -> bool {
    matches!(error, StartError::Open(OpenError::GoDaemon { .. }))
}
