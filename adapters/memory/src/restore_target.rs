//! A restore to a data dir in memory: claimed, staged, and swapped as a journaled set of moves.
//!
//! Does NOT decide what is replaced; that is the domain's plan.

mod claim;
mod moves;
mod survey;

use crate::data_dir::Hold;
use crate::{MemoryDataDir, Node};
use async_trait::async_trait;
use claim::MemoryClaim;
use jiff::Timestamp;
use loom_domain::archive::MemberPath;
use loom_domain::archive::layout::{RESTORE_FOLDER as STAGE, UNDO_FOLDER as UNDO};
use loom_domain::ports::{Claim, Recovery, RestoreTarget, TargetError, Undone};
use loom_domain::restore_plan::Survey;
use moves::Journal;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// A data dir that can be restored to.
#[derive(Debug, Clone)]
pub struct MemoryRestoreTarget {
    dir: MemoryDataDir,
    config: Option<PathBuf>,
    life: Life,
}

/// A replacement under way, and the one before it.
#[derive(Debug, Default)]
pub(crate) struct Replacing {
    journal: Option<Journal>,
    undo: Option<UndoSet>,
}

/// What the last replacement touched; the files themselves lie in the undo folder.
#[derive(Debug, Clone)]
struct UndoSet {
    at: Timestamp,
    paths: BTreeSet<MemberPath>,
    config: bool,
}

/// Steps until the pretended process dies; `None` lives for ever.
#[derive(Debug, Clone, Default)]
struct Life(Option<Arc<Mutex<usize>>>);

impl MemoryRestoreTarget {
    /// Restores to `dir`, and the config file to nowhere.
    pub fn new(dir: MemoryDataDir) -> Self {
        Self { dir, config: None, life: Life::default() }
    }

    /// The same with a config file at an absolute path of the disk. A replaced one is kept beside it, its name
    /// followed by `.before-restore`.
    #[must_use]
    pub fn with_config(self, path: impl Into<PathBuf>) -> Self {
        Self { config: Some(path.into()), ..self }
    }

    /// The same as a process that dies right before its step `step`, counted from 0 over all it does, and does nothing
    /// from then on: how interrupted restores are planted.
    #[must_use]
    pub fn dying_before(self, step: usize) -> Self {
        Self { life: Life(Some(Arc::new(Mutex::new(step)))), ..self }
    }

    fn step(&self) -> Result<(), TargetError> {
        let Life(Some(left)) = &self.life else { return Ok(()) };
        let mut left = left.lock().unwrap_or_else(PoisonError::into_inner);
        match left.checked_sub(1) {
            Some(fewer) => *left = fewer,
            None => return Err(self.unavailable("the process died")),
        }
        Ok(())
    }

    fn is_dead(&self) -> bool {
        self.step().is_err()
    }

    fn hold(&self) -> Result<Hold, TargetError> {
        let by = format!("a restore (pid {})", std::process::id());
        self.dir.hold(&by).map_err(|by| TargetError::Busy { dir: self.name(), by })
    }

    /// Brings an interrupted replacement to its end; the data dir is held.
    fn finish_interrupted(&self) -> Result<Recovery, TargetError> {
        let rolled_forward = self.dir.lock().replacing.journal.is_some();
        self.run_journal()?;
        let rolled_back = self.dir.disk().remove(&self.dir.root().join(STAGE));
        Ok(match (rolled_forward, rolled_back) {
            (true, _) => Recovery::RolledForward,
            (false, true) => Recovery::RolledBack,
            (false, false) => Recovery::NothingToDo,
        })
    }

    fn name(&self) -> String {
        self.dir.root().display().to_string()
    }

    fn unavailable(&self, reason: &'static str) -> TargetError {
        TargetError::Unavailable { dir: self.name(), source: reason.into() }
    }
}

#[async_trait]
impl RestoreTarget for MemoryRestoreTarget {
    async fn survey(&self) -> Result<Survey, TargetError> {
        self.step()?;
        Ok(self.look())
    }

    async fn claim(&self) -> Result<Box<dyn Claim>, TargetError> {
        self.step()?;
        let hold = self.hold()?;
        self.finish_interrupted()?;
        let created = self.dir.disk().node(self.dir.root()).is_none();
        if created {
            self.dir.disk().put(self.dir.root(), Node::Folder);
        }
        Ok(Box::new(MemoryClaim::new(self.clone(), hold, created)))
    }

    async fn recover(&self) -> Result<Recovery, TargetError> {
        self.step()?;
        let _hold = self.hold()?;
        self.finish_interrupted()
    }

    async fn undo(&self) -> Result<Undone, TargetError> {
        self.step()?;
        let _hold = self.hold()?;
        if self.finish_interrupted()? == Recovery::RolledForward {
            return Err(TargetError::BroughtToEnd(self.name()));
        }
        self.undo_last()
    }
}
