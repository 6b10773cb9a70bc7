//! A data dir held for a restore or undo: nobody else runs on it, restores to it or backs it up meanwhile.
//!
//! Does NOT recover or stage.

use super::new_folders::NewFolders;
use super::{busy, sort_lock, survey, unavailable};
use crate::lock::{InstanceLock, Role, SwapLock, foreign_holder};
use crate::swap::Steps;
use loom_domain::archive::layout::INSTANCE_LOCK;
use loom_domain::ports::TargetError;
use std::path::{Path, PathBuf};

/// The locks of a data dir. Dropping it lets go; folders that were created for it and are still empty go too.
#[derive(Debug)]
pub(super) struct Hold {
    dir: PathBuf,
    // The locks are held until the folders are gone.
    created: Option<NewFolders>,
    instance: Option<InstanceLock>,
    swap: Option<SwapLock>,
}

impl Hold {
    /// Holds a data dir for a restore; creates a missing one, 0700.
    pub(super) fn create(dir: &Path, steps: &Steps) -> Result<Self, TargetError> {
        let created = NewFolders::create(dir, steps).map_err(unavailable(dir))?;
        let hold = Self::lock(dir, Role::Restore, Some(created))?;
        hold.look_for_others()?;
        Ok(hold)
    }

    /// Holds a data dir that exists.
    pub(super) fn existing(dir: &Path, role: Role) -> Result<Self, TargetError> {
        let hold = Self::alone_or_not(dir, role)?;
        hold.look_for_others()?;
        Ok(hold)
    }

    /// Holds a data dir that exists, whoever has its databases open: for work that touches nothing live.
    pub(super) fn alone_or_not(dir: &Path, role: Role) -> Result<Self, TargetError> {
        Self::lock(dir, role, None)
    }

    fn lock(dir: &Path, role: Role, created: Option<NewFolders>) -> Result<Self, TargetError> {
        let created = created.filter(|created| !created.is_empty());
        let instance = InstanceLock::acquire(dir, role).map_err(sort_lock(dir))?;
        let mut hold = Self { instance: Some(instance), swap: None, created, dir: dir.to_owned() };
        hold.swap = Some(SwapLock::exclusive(dir).map_err(sort_lock(dir))?);
        Ok(hold)
    }

    /// Says `Busy` if another process has one of the databases open: a program that takes none of our locks.
    pub(super) fn look_for_others(&self) -> Result<(), TargetError> {
        for database in survey::databases(&self.dir)? {
            let database = self.dir.join(database.as_str());
            if let Some(by) = foreign_holder(&database).map_err(unavailable(&self.dir))? {
                return Err(busy(&self.dir, by));
            }
        }
        Ok(())
    }

    /// The data dir.
    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    fn is_unused(&self) -> bool {
        let Ok(mut entries) = self.dir.read_dir() else { return false };
        entries.all(|entry| entry.is_ok_and(|entry| entry.file_name() == INSTANCE_LOCK))
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if self.created.is_some()
            && self.is_unused()
            && let Some(instance) = self.instance.take()
        {
            instance.release_and_remove();
        }
    }
}
