//! The swap lock of a data dir: shared while a backup is being taken, exclusive while a restore works.
//!
//! It is a `flock` on the folder itself, so it works on a read-only data dir and needs no file.
//! Does NOT keep daemons out; the instance lock does.

use super::LockError;
use std::fs::{File, TryLockError};
use std::path::Path;

/// A held swap lock; dropping it lets go.
#[derive(Debug)]
pub struct SwapLock {
    _folder: File,
}

impl SwapLock {
    /// For a backup: while it is held no restore swaps files. Any number of backups hold it at once.
    pub fn shared(dir: &Path) -> Result<Self, LockError> {
        let folder = File::open(dir)?;
        taken_by("a restore", folder.try_lock_shared())?;
        Ok(Self { _folder: folder })
    }

    /// For a restore: while it is held no backup reads files.
    pub fn exclusive(dir: &Path) -> Result<Self, LockError> {
        let folder = File::open(dir)?;
        taken_by("a backup that is being taken", folder.try_lock())?;
        Ok(Self { _folder: folder })
    }
}

fn taken_by(by: &str, tried: Result<(), TryLockError>) -> Result<(), LockError> {
    match tried {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(LockError::Busy { by: by.to_owned() }),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}
