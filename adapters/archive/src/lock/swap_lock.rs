//! The swap lock of a data dir: shared while a backup is being taken, exclusive while a restore or a change of the master
//! key works.
//!
//! It is a `flock` on the folder itself, so it works on a read-only data dir and needs no file.
//! Does NOT keep daemons out; the instance lock does.

use super::{InstanceLock, LockError};
use std::fs::{File, TryLockError};
use std::path::Path;

/// A held swap lock; dropping it lets go.
#[derive(Debug)]
pub struct SwapLock {
    pub(super) folder: File,
}

impl SwapLock {
    /// For a backup: while it is held no restore swaps files and no key changes. Any number of backups hold it at once.
    pub fn shared(dir: &Path) -> Result<Self, LockError> {
        let folder = File::open(dir)?;
        match folder.try_lock_shared() {
            Ok(()) => Ok(Self { folder }),
            Err(TryLockError::WouldBlock) => Err(LockError::Busy { by: who_swaps(dir) }),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// For a restore or a change of the master key: while it is held no backup reads files.
    pub fn exclusive(dir: &Path) -> Result<Self, LockError> {
        let folder = File::open(dir)?;
        match folder.try_lock() {
            Ok(()) => Ok(Self { folder }),
            Err(TryLockError::WouldBlock) => {
                // Who lets a backup in is one.
                Err(match Self::shared(dir) {
                    Err(busy @ LockError::Busy { .. }) => busy,
                    _ => LockError::Busy { by: "a backup that is being taken".to_owned() },
                })
            }
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}

impl Drop for SwapLock {
    fn drop(&mut self) {
        // Closing the folder is not enough: a process that is being started has it open as well until its program runs.
        _ = self.folder.unlock();
    }
}

/// Who holds the lock exclusively: the holder of the instance lock. A daemon never restores, but it changes its key.
fn who_swaps(dir: &Path) -> String {
    match InstanceLock::holder(dir) {
        Ok(Some(daemon)) if daemon.starts_with("a daemon") => {
            format!("a change of the master key by {daemon}")
        }
        Ok(Some(by)) => by,
        Ok(None) | Err(_) => "a restore or a change of the master key".to_owned(),
    }
}
