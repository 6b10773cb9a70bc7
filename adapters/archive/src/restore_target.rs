//! Restore target on the local file system: a data dir surveyed, claimed, swapped and brought back.
//!
//! Does NOT move files itself (`swap`) and does NOT decide what is replaced (the domain's restore plan).

mod beside;
mod claim;
mod hold;
mod new_folders;
mod replaced_keys;
mod survey;
#[cfg(test)]
mod tests;
mod undo;

use crate::blocking::blocking;
use crate::durable::is_full;
use crate::lock::{LockError, Role};
use crate::swap::{self, Steps, SwapError};
use async_trait::async_trait;
use claim::LocalClaim;
use hold::Hold;
use loom_domain::ports::{BoxError, Claim, Recovery, RestoreTarget, StagingError, TargetError, Undone};
use loom_domain::restore_plan::Survey;
use std::io;
use std::path::{Path, PathBuf};
use undo::Undo;

/// A data dir in a local folder, and the config file a restore may write.
///
/// Files are staged in `<data dir>/.loom-restore`; what a restore replaces is kept in `<data dir>/.loom-undo`, and a
/// replaced config file beside itself as `.loom-undo-<name>`. Restored files are 0600, folders 0700; where root
/// restores they belong to the owner of the data dir.
#[derive(Debug, Clone)]
pub struct LocalRestoreTarget {
    dir: PathBuf,
    config: Option<PathBuf>,
    steps: Steps,
}

impl LocalRestoreTarget {
    /// The data dir `dir`, which need not exist; `config` is where the archive's config file goes, if anywhere.
    pub fn new(dir: impl Into<PathBuf>, config: Option<PathBuf>) -> Self {
        Self { dir: dir.into(), config, steps: Steps::default() }
    }

    /// What an interrupted restore left that this user could not remove, once it was [recovered](RestoreTarget::recover):
    /// paths, absolute where the data dir's is. None while somebody holds the data dir, or where it cannot be told.
    pub fn leftover(&self) -> Vec<PathBuf> {
        if !swap::has_leftover(&self.dir) {
            return Vec::new();
        }
        // Beside somebody at work it was not tried.
        let left = Hold::alone_or_not(&self.dir, Role::Restore)
            .and_then(|hold| swap::leftover(hold.dir()).map_err(sort(&self.dir)));
        left.unwrap_or_default()
    }

    /// Removes what a restore left that was interrupted before it touched anything live.
    ///
    /// It is no harm and no archive holds it, so nobody must wait or fail for it: where it cannot be removed, or
    /// somebody is at work, it stays for the next recovery. Programs that have a database open do not matter.
    fn remove_leftover(&self) -> Recovery {
        if !swap::has_leftover(&self.dir) {
            return Recovery::NothingToDo;
        }
        let removed = Hold::alone_or_not(&self.dir, Role::Restore)
            .and_then(|hold| swap::abandon(hold.dir(), &self.steps).map_err(sort(&self.dir)));
        removed.unwrap_or(Recovery::NothingToDo)
    }

    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(Self) -> Result<T, TargetError> + Send + 'static,
    ) -> Result<T, TargetError> {
        let target = self.clone();
        blocking(move || work(target)).await
    }
}

#[async_trait]
impl RestoreTarget for LocalRestoreTarget {
    async fn survey(&self) -> Result<Survey, TargetError> {
        self.work(|target| survey::survey(&target.dir, target.config.as_deref())).await
    }

    async fn claim(&self) -> Result<Box<dyn Claim>, TargetError> {
        let claim = self.work(|target| {
            let hold = Hold::create(&target.dir, &target.steps)?;
            swap::recover(&target.dir, &target.steps).map_err(sort(&target.dir))?;
            LocalClaim::open(hold, target.config, target.steps)
        });
        Ok(Box::new(claim.await?))
    }

    async fn recover(&self) -> Result<Recovery, TargetError> {
        self.work(|target| {
            let dir = &target.dir;
            if !swap::has_begun(dir).map_err(sort(dir))? {
                return Ok(target.remove_leftover());
            }
            let _hold = Hold::existing(dir, Role::Restore)?;
            swap::recover(dir, &target.steps).map_err(sort(dir))
        })
        .await
    }

    async fn undo(&self) -> Result<Undone, TargetError> {
        self.work(|target| Undo::prepare(&target.dir, &target.steps)?.make()).await
    }
}

/// Sorts what went wrong in a swap into what a caller can do about it.
fn sort(dir: &Path) -> impl Fn(SwapError) -> TargetError {
    move |error| match error {
        SwapError::Blocked { path, reason } => {
            TargetError::Blocked { path: path.display().to_string(), reason: reason.to_owned() }
        }
        SwapError::Waits { path, reason, mend } => {
            TargetError::Waits { path: path.display().to_string(), reason, mend }
        }
        SwapError::Failed { path, source } if is_full(&source) => {
            let place = if path.starts_with(dir) { dir } else { crate::durable::parent_of(&path) };
            StagingError::Full(place.display().to_string()).into()
        }
        other => unavailable(dir)(other),
    }
}

fn unavailable<E: Into<BoxError>>(dir: &Path) -> impl Fn(E) -> TargetError {
    move |error| TargetError::Unavailable { dir: dir.display().to_string(), source: error.into() }
}

fn busy(dir: &Path, by: String) -> TargetError {
    TargetError::Busy { dir: dir.display().to_string(), by }
}

fn sort_lock(dir: &Path) -> impl Fn(LockError) -> TargetError {
    move |error| match error {
        LockError::Busy { by } => busy(dir, by),
        LockError::Io(error) if is_full(&error) => StagingError::Full(dir.display().to_string()).into(),
        LockError::Io(error) => unavailable::<io::Error>(dir)(error),
    }
}
