//! Opening the state at the start of the daemon: the data dir, its lock, its database, also one of a Go daemon.
//!
//! Does NOT read what is in it.

use super::StartError;
use crate::backends::{Backends, KeyBackend, StateBackend};
use crate::bootstrap::Bootstrap;
use crate::config::DaemonConfig;
use crate::key_settings::wrappings;
use crate::state_backups::FolderPlace;
use crate::{CreateError, CreateJob, Destination, SystemClock, recover_key_switch};
use loom_adapter_archive::{InstanceLock, LockError, Role, foreign_holder};
use loom_adapter_sqlite::{Adopted, OpenError, SqliteStateStore, adopt_go_database};
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::{Clock, Recovery, Silent, TargetError};
use loom_domain::usecases::KeyRecovery;
use std::fs::DirBuilder;
use std::mem::ManuallyDrop;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// A data dir that belongs to this process until it is released, and without that until the process ends.
///
/// What is dropped, because a start is interrupted or a stop takes too long, may have threads that still write; the
/// kernel lets go of the lock when those have ended too.
pub(super) struct OwnedDataDir {
    lock: ManuallyDrop<InstanceLock>,
}

impl OwnedDataDir {
    /// Lets others have it: nothing of this process works on it any more.
    pub(super) fn release(self) {
        drop(ManuallyDrop::into_inner(self.lock));
    }
}

/// Brings an interrupted restore or undo to its end. After `RolledForward` the configuration has to be read again: its file
/// may have been replaced.
///
/// # Errors
/// `Backend`, `Recovery`.
pub async fn recover_restore(config: &DaemonConfig) -> Result<Recovery, StartError> {
    match Backends::choose(config)?.state {
        StateBackend::Memory => Ok(Recovery::NothingToDo),
        StateBackend::Sqlite => Ok(crate::recover_restore(&config.data_dir).await?),
    }
}

/// Logs what [`recover_restore`] did; that comes before the log is set up.
pub fn log_recovery(recovery: Recovery) {
    if recovery != Recovery::NothingToDo {
        tracing::warn!(outcome = ?recovery, "an interrupted restore was brought to its end");
    }
}

/// Makes the data dir where there is none, takes the lock, and ends a change of the key that was interrupted.
pub(super) async fn own(config: &DaemonConfig) -> Result<OwnedDataDir, StartError> {
    let owned = lock(&config.data_dir).await?;
    let wrappings = wrappings(&config.keys, &config.environment);
    match recover_key_switch(&config.data_dir, &wrappings).await {
        Ok(KeyRecovery::NothingToDo) => Ok(owned),
        Ok(recovery) => {
            tracing::warn!(outcome = ?recovery, "an interrupted change of the master key was brought to its end");
            Ok(owned)
        }
        Err(error) => {
            owned.release();
            Err(StartError::KeySwitch(Box::new(error)))
        }
    }
}

async fn lock(data_dir: &Path) -> Result<OwnedDataDir, StartError> {
    let shown = || data_dir.display().to_string();
    let unusable = |source| StartError::DataDir { path: shown(), source };
    let created = DirBuilder::new().recursive(true).mode(0o700).create(data_dir);
    created.map_err(unusable)?;
    // Whoever started this looked after it before the configuration was read; that one may be the replaced one now.
    if crate::recover_restore(data_dir).await? == Recovery::RolledForward {
        return Err(TargetError::BroughtToEnd(shown()).into());
    }
    if let Some(note) = crate::restore_leftover(data_dir) {
        tracing::warn!(note, "an interrupted restore could not be cleared away");
    }
    let lock = InstanceLock::acquire(data_dir, Role::Daemon).map_err(|error| match error {
        LockError::Busy { by } => StartError::Busy { path: shown(), by },
        LockError::Io(source) => unusable(source),
    })?;
    Ok(OwnedDataDir { lock: ManuallyDrop::new(lock) })
}

/// Opens the database of an owned data dir: made or migrated where needed, and adopted if it is one of a Go daemon.
pub(super) async fn open(config: &DaemonConfig) -> Result<SqliteStateStore, StartError> {
    let path = config.data_dir.join(MAIN_DATABASE);
    match open_as_ours(&path).await {
        Err(StartError::Open(OpenError::GoDaemon { schema_version, .. })) => {
            tracing::info!(schema_version, "the state is one of the Go daemon; it is backed up and adopted");
            adopt(config, &path).await?;
            open_as_ours(&path).await
        }
        opened => opened,
    }
}

async fn open_as_ours(path: &Path) -> Result<SqliteStateStore, StartError> {
    let path = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || SqliteStateStore::open(&path)).await;
    Ok(opened.map_err(StartError::panicked)??)
}

/// Takes a backup first: what is adopted here, the Go daemon can no longer open.
async fn adopt(config: &DaemonConfig, path: &Path) -> Result<(), StartError> {
    nobody_else_has(config, path)?;
    let no_backup = |error: CreateError| StartError::NoBackup(Box::new(error));
    let wrappings = wrappings(&config.keys, &config.environment);
    let place = FolderPlace {
        data_dir: &config.data_dir,
        folder: Some(&config.state_backups_dir),
        keys: crate::wire::key_of_data_dir(&config.data_dir, &config.environment, &wrappings),
        wrappings,
        clock: Arc::new(SystemClock),
    };
    place.open()?;
    // What is in it is as secret as what is in the archives to come.
    let order = config.sealing.resolve()?;
    let archive = free_name(&config.state_backups_dir, &config.sealing.ending());
    let bootstrap = Bootstrap {
        data_dir: config.data_dir.clone(),
        data_dir_from: "daemon",
        config_path: config.config_path.clone(),
        config_bytes: config.config_bytes.clone(),
        env_files: config.env_files.clone(),
        key_backend: KeyBackend::named(&config.backends.keys),
        keys: config.keys.clone(),
    };
    let destination = Destination::File(archive.clone());
    let progress = Arc::new(Silent);
    let job =
        CreateJob::prepare(&bootstrap, destination, order, true, None, &config.environment, progress).await;
    let taken = job.map_err(no_backup)?.run().await.map_err(no_backup)?;
    tracing::info!(archive = %archive.display(), bytes = taken.receipt.bytes, "the Go daemon's state is backed up");
    let adopted = adopt_backed_up(config, path).await;
    // Each start would try again: archives of them all fill the disk.
    if adopted.is_err()
        && is_still_of_go(path).await
        && let Err(error) = std::fs::remove_file(&archive)
    {
        tracing::warn!(%error, archive = %archive.display(), "the backup of a state that was not adopted stays");
    }
    let adopted = adopted?;
    tracing::info!(
        from = adopted.from_version,
        to = adopted.to_version,
        rows = adopted.rows.values().sum::<u64>(),
        left_out = adopted.left_out.values().sum::<u64>(),
        kept_tables = adopted.kept_tables.len(),
        "the Go daemon's state is adopted"
    );
    Ok(())
}

async fn adopt_backed_up(config: &DaemonConfig, path: &Path) -> Result<Adopted, StartError> {
    // A Go daemon may have been started while the backup was taken.
    nobody_else_has(config, path)?;
    let path = path.to_owned();
    let adopted = tokio::task::spawn_blocking(move || adopt_go_database(&path)).await;
    Ok(adopted.map_err(StartError::panicked)??)
}

/// A Go daemon takes none of our locks.
fn nobody_else_has(config: &DaemonConfig, path: &Path) -> Result<(), StartError> {
    let shown = || config.data_dir.display().to_string();
    match foreign_holder(path) {
        Ok(None) => Ok(()),
        Ok(Some(by)) => Err(StartError::Busy { path: shown(), by }),
        Err(source) => Err(StartError::DataDir { path: shown(), source }),
    }
}

/// A commit of which the disk says that it failed may have happened all the same.
async fn is_still_of_go(path: &Path) -> bool {
    matches!(open_as_ours(path).await, Err(StartError::Open(OpenError::GoDaemon { .. })))
}

/// A start that was cut off in this very second may have left an archive.
fn free_name(folder: &Path, ending: &str) -> PathBuf {
    let mut at = SystemClock.now();
    loop {
        let archive = folder.join(format!("before-adoption-{}.{ending}", at.strftime("%Y%m%dT%H%M%SZ")));
        if !archive.exists() {
            return archive;
        }
        at += Duration::from_secs(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_data_dir_that_is_dropped_stays_locked_and_one_that_is_released_does_not() {
        let dir = tempfile::tempdir().unwrap();
        lock(dir.path()).await.unwrap().release();
        {
            let _dropped = lock(dir.path()).await.unwrap();
        }
        let busy = lock(dir.path()).await.err().unwrap();
        assert!(matches!(busy, StartError::Busy { .. }), "{busy}");
    }
}
