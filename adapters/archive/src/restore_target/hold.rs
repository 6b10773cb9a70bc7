//! A data dir held for a restore or undo: nobody else runs on it, restores to it or backs it up meanwhile.
//!
//! Does NOT recover or stage.

use super::{busy, sort, sort_lock, survey, unavailable};
use crate::durable::{self, create_private_folders, parent_of, sync_folder};
use crate::lock::{InstanceLock, Role, SwapLock, foreign_holder};
use crate::swap::Steps;
use loom_domain::archive::layout::INSTANCE_LOCK;
use loom_domain::ports::TargetError;
use std::path::{Path, PathBuf};

/// The locks of a data dir. Dropping it lets go; a data dir that was created for it and is still empty goes too.
#[derive(Debug)]
pub(super) struct Hold {
    dir: PathBuf,
    created: bool,
    steps: Steps,
    instance: Option<InstanceLock>,
    _swap: SwapLock,
}

impl Hold {
    /// Holds a data dir for a restore; creates a missing one, 0700.
    pub(super) fn create(dir: &Path, steps: &Steps) -> Result<Self, TargetError> {
        let created = !durable::exists(dir).map_err(unavailable(dir))?;
        if created {
            create_private_folders(dir).map_err(unavailable(dir))?;
            sync_folder(parent_of(dir)).map_err(unavailable(dir))?;
        }
        let held = Self::existing(dir, Role::Restore);
        if held.is_err() && created {
            // Somebody else may have begun to use it, so it may not be empty; then it stays.
            _ = std::fs::remove_dir(dir);
        }
        let mut hold = held?;
        hold.created = created;
        hold.steps = steps.clone();
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
        let instance = InstanceLock::acquire(dir, role).map_err(sort_lock(dir))?;
        let swap = SwapLock::exclusive(dir).map_err(sort_lock(dir))?;
        let instance = Some(instance);
        Ok(Self { dir: dir.to_owned(), created: false, steps: Steps::default(), instance, _swap: swap })
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
        if self.created && self.is_unused() {
            if let Some(instance) = self.instance.take() {
                instance.release_and_remove();
            }
            // What cannot be removed is an empty private folder.
            _ = self.steps.remove_folder(&self.dir).map_err(sort(&self.dir));
        }
    }
}
