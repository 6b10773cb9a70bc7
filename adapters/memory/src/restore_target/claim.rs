//! A claimed data dir in memory.
//!
//! Does NOT move files itself (`moves`).

use super::{MemoryRestoreTarget, STAGE};
use crate::data_dir::Hold;
use crate::scratch::Staged;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{Claim, StagingArea, StagingError, TargetError};
use loom_domain::restore_plan::Swap;
use std::path::PathBuf;

pub(super) struct MemoryClaim {
    target: MemoryRestoreTarget,
    staged: Staged,
    created: bool,
    _hold: Hold,
}

impl MemoryClaim {
    pub(super) fn new(target: MemoryRestoreTarget, hold: Hold, created: bool) -> Self {
        let staged = Staged::new(target.dir.disk().clone(), target.dir.root().join(STAGE));
        Self { target, staged, created, _hold: hold }
    }

    fn step(&self) -> Result<(), StagingError> {
        let died = |error| StagingError::Unavailable { location: STAGE.to_owned(), source: Box::new(error) };
        self.target.step().map_err(died)
    }
}

impl Drop for MemoryClaim {
    fn drop(&mut self) {
        // A dead process cleans nothing up; only its lock goes with it.
        if self.target.is_dead() {
            return;
        }
        self.staged.remove();
        if self.created {
            self.target.dir.disk().remove(self.target.dir.root());
        }
    }
}

#[async_trait]
impl StagingArea for MemoryClaim {
    async fn begin_file(&mut self, path: &MemberPath, _bytes: u64) -> Result<(), StagingError> {
        self.step()?;
        self.staged.begin_file(path)
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), StagingError> {
        self.step()?;
        self.staged.write(&chunk)
    }

    async fn end_file(&mut self) -> Result<PathBuf, StagingError> {
        self.step()?;
        self.staged.end_file()
    }

    async fn folder(&mut self, path: &MemberPath) -> Result<(), StagingError> {
        self.step()?;
        self.staged.folder(path);
        Ok(())
    }
}

#[async_trait]
impl Claim for MemoryClaim {
    async fn apply(mut self: Box<Self>, swap: &Swap) -> Result<Vec<MemberPath>, TargetError> {
        self.target.step()?;
        let journal = self.target.journal_of(swap, &self.staged)?;
        let kept = journal.kept.clone();
        self.target.begin(journal)?;
        // From here on the swap is brought to its end, now or by whoever comes next.
        self.created = false;
        self.target.run_journal()?;
        Ok(kept)
    }
}
