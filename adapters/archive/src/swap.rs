//! The journaled swap: staged files take the place of live ones as one act that survives a crash at any step.
//!
//! ```text
//! <data dir>/.loom-restore/new/…          staged files at their member path
//! <data dir>/.loom-restore/copies/…       copies of live files, staged too
//! <data dir>/.loom-restore/old/files/…    replaced files at their path; old/undo.json says what was done
//! <data dir>/.loom-restore/journal.json   the moves; once it is there the swap will be completed
//! <data dir>/.loom-undo/                  the one undo set: what `old/` was when the last swap ended
//! ```
//!
//! A step that fails takes the swap back while the process lives (`take_back`). Without a journal a crash is rolled
//! back by removing the work folder. With one it is rolled forward: each move knows from what exists whether it was
//! made, and `old/` becomes the undo set only after the last of them.
//! Does NOT lock (`lock`), stage (`staged_files`) or decide what is replaced.

mod carry_out;
mod change;
mod config_file;
mod journal;
mod steps;
mod take_back;
mod undo_set;
mod waiting;
mod way;

pub(crate) use change::{Change, ConfigChange, Prepared};
pub(crate) use config_file::undo_beside;
pub(crate) use steps::Steps;
pub(crate) use undo_set::UndoSet;

pub(crate) use loom_domain::archive::layout::RESTORE_FOLDER as WORK;
use loom_domain::archive::layout::{UNDO_FILES as FILES, UNDO_FOLDER as UNDO};

use crate::durable::exists;
use crate::owner::Owner;
use journal::Journal;
use loom_domain::ports::Recovery;
use std::io;
use std::path::{Path, PathBuf};

/// Folder of staged files in the work folder.
pub(crate) const NEW: &str = "new";
const COPIES: &str = "copies";
const OLD: &str = "old";
const PREVIOUS: &str = "previous";

/// Why a swap was not made, or not completed yet.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SwapError {
    /// Something stands where a file must go, or where one was moved away.
    #[error("`{}` is in the way: {reason}", .path.display())]
    Blocked { path: PathBuf, reason: &'static str },
    /// An interrupted swap cannot be completed before something is done about its config file.
    #[error("waits for `{}`: {reason}; {mend}", .path.display())]
    Waits { path: PathBuf, reason: String, mend: String },
    /// A step failed and nothing live was touched, or all of it is back.
    #[error("`{}`: {source}", .path.display())]
    Failed { path: PathBuf, source: io::Error },
    /// A step failed after the journal was written, and taking back failed too: the next recovery goes on from there.
    #[error("files are partly replaced, and the next restore or undo completes that: `{}`: {source}", .path.display())]
    Begun { path: PathBuf, source: io::Error },
}

/// Creates a fresh work folder; there must be none.
pub(crate) fn create_work_folder(dir: &Path, steps: &Steps) -> Result<PathBuf, SwapError> {
    let work = dir.join(WORK);
    let owner = owner_in(dir)?;
    for folder in [&work, &work.join(NEW)] {
        steps.create_folder(folder)?;
        adopt(owner, folder)?;
    }
    Ok(work.join(NEW))
}

/// Brings an interrupted swap to its end.
pub(crate) fn recover(dir: &Path, steps: &Steps) -> Result<Recovery, SwapError> {
    match Journal::read(dir)? {
        Some(journal) => {
            let done = waiting::check(&journal).and_then(|()| carry_out::carry_out(dir, &journal, steps));
            done.map(|()| Recovery::RolledForward).map_err(|error| waiting::explain(dir, &journal, error))
        }
        None => roll_back(dir, steps),
    }
}

/// Removes what an interrupted restore staged; does nothing once there is a journal.
pub(crate) fn abandon(dir: &Path, steps: &Steps) -> Result<Recovery, SwapError> {
    if has_begun(dir)? { Ok(Recovery::NothingToDo) } else { roll_back(dir, steps) }
}

/// Whether there is a journal: a swap has begun and will be completed.
pub(crate) fn has_begun(dir: &Path) -> Result<bool, SwapError> {
    is_there(&Journal::path(dir))
}

/// Whether a work folder is there that may be removed, as far as can be seen.
pub(crate) fn has_leftover(dir: &Path) -> bool {
    dir.join(WORK).symlink_metadata().is_ok()
}

/// What there is to remove of an interrupted restore without a journal: copies of config files, or the work folder
/// where that is all.
pub(crate) fn leftover(dir: &Path) -> Result<Vec<PathBuf>, SwapError> {
    if !has_leftover(dir) || has_begun(dir)? {
        return Ok(Vec::new());
    }
    let work = dir.join(WORK);
    let mut copies = config_file::noted(&work).unwrap_or_default();
    copies.retain(|copy| copy.symlink_metadata().is_ok());
    Ok(if copies.is_empty() { vec![work] } else { copies })
}

fn owner_in(dir: &Path) -> Result<Owner, SwapError> {
    Owner::of_new_files(dir).map_err(|error| SwapError::failed(dir, error))
}

fn adopt(owner: Owner, path: &Path) -> Result<(), SwapError> {
    owner.adopt(path).map_err(|error| SwapError::failed(path, error))
}

fn is_there(path: &Path) -> Result<bool, SwapError> {
    exists(path).map_err(|error| SwapError::failed(path, error))
}

fn roll_back(dir: &Path, steps: &Steps) -> Result<Recovery, SwapError> {
    let work = dir.join(WORK);
    let entries = match work.read_dir() {
        Err(error) if crate::durable::is_absent(&error) => return Ok(Recovery::NothingToDo),
        entries => entries.map_err(|source| SwapError::failed(&work, source))?.count(),
    };
    if let Err(error) = config_file::remove_staged(&work, steps) {
        // The rest may hold a second copy of the state, and the note of where the copies are is enough to remove them.
        steps.remove_entries(&work, |name| name != config_file::NOTE)?;
        return Err(error);
    }
    steps.remove_tree(&work)?;
    steps.sync_folder(dir)?;
    Ok(if entries == 0 { Recovery::NothingToDo } else { Recovery::RolledBack })
}

impl SwapError {
    fn failed(path: &Path, source: io::Error) -> Self {
        Self::Failed { path: path.to_owned(), source }
    }

    fn blocked(path: &Path, reason: &'static str) -> Self {
        Self::Blocked { path: path.to_owned(), reason }
    }

    /// The same failure, after the journal was written.
    fn begun(self) -> Self {
        match self {
            Self::Failed { path, source } => Self::Begun { path, source },
            other => other,
        }
    }
}
