//! Giving a judged file its public name, as long as somebody waits for it.
//!
//! A blocking call cannot be stopped, so whoever gives a commit up takes back the leave to rename instead: afterwards either
//! the file is there or it never will be. Does NOT judge.

use super::{EXTENSION, describe, path_in, sort};
use crate::durable;
use crate::scratch::ScratchFolder;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::{CcuFilesError, StoredSbk};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Leave to give a file its name, valid until the [`Waiting`] of it is dropped.
pub(super) struct Leave(Arc<Mutex<bool>>);

/// Is held by whoever waits for the file.
pub(super) struct Waiting(Arc<Mutex<bool>>);

/// A leave, and who takes it back.
pub(super) fn leave() -> (Leave, Waiting) {
    let granted = Arc::new(Mutex::new(true));
    (Leave(granted.clone()), Waiting(granted))
}

impl Leave {
    /// Runs `work` while the leave cannot be taken back, unless it was.
    fn run<T>(&self, work: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        let granted = lock(&self.0);
        if *granted { work() } else { Err(io::Error::other("nobody waits for it any more")) }
    }
}

impl Drop for Waiting {
    // Waits for a rename at most, never for a sync.
    fn drop(&mut self) {
        *lock(&self.0) = false;
    }
}

/// Makes a file and its name durable; `sync` brings its bytes to the disk. Without leave there is no file of that name.
pub(super) fn publish(
    sync: impl FnOnce(&File) -> io::Result<()>,
    folder: &Path,
    id: CcuBackupId,
    file: &File,
    scratch: &ScratchFolder,
    leave: &Leave,
) -> Result<StoredSbk, CcuFilesError> {
    let path = path_in(folder, &id);
    let synced = leave.run(|| Ok(())).and_then(|()| sync(file));
    synced.map_err(|error| sort(folder, &path, error))?;
    let rename = |from: &Path, to: &Path| leave.run(|| durable::rename_no_replace(from, to));
    match durable::publish_by(rename, &staged_in(scratch), &path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            return Err(CcuFilesError::AlreadyExists(id));
        }
        Err(error) => return Err(sort(folder, &path, error)),
    }
    let metadata = file.metadata().map_err(|error| sort(folder, &path, error))?;
    Ok(describe(&id, &metadata))
}

/// Where a file is before it has its name.
pub(super) fn staged_in(scratch: &ScratchFolder) -> PathBuf {
    scratch.path().join(format!("staged{EXTENSION}"))
}

fn lock(granted: &Mutex<bool>) -> MutexGuard<'_, bool> {
    granted.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_leave_nothing_gets_its_name_and_with_it_the_name_stays() {
        let place = tempfile::tempdir().unwrap();
        let id = CcuBackupId::parse("a").unwrap();
        for (given_up, is_published) in [("before", false), ("while it is synced", false), ("never", true)] {
            let scratch = ScratchFolder::create_in(place.path()).unwrap();
            let file = File::create(staged_in(&scratch)).unwrap();
            let (leave, waiting) = leave();
            let mut waiting = Some(waiting).filter(|_| given_up != "before");
            let sync = |_: &File| {
                waiting.take_if(|_| given_up != "never");
                Ok(())
            };
            let published = publish(sync, place.path(), id.clone(), &file, &scratch, &leave);
            drop(waiting);
            assert_eq!(published.is_ok(), is_published, "{given_up}");
            assert_eq!(path_in(place.path(), &id).exists(), is_published, "{given_up}");
        }
    }
}
