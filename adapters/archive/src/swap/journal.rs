//! The journal of a swap: what it moves, written before the first move.
//!
//! Does NOT say which moves were made; what exists says that.

use super::{OLD, SwapError, WORK, adopt, owner_in, steps::Steps};
use crate::durable::is_absent;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

const NAME: &str = "journal.json";
const DRAFT: &str = "journal.json.draft";
/// The newest form; a program that finds a newer one leaves the data dir alone. In form 1 a config file was replaced by
/// a move like any other.
const FORMAT: u32 = 2;

/// The moves of one swap. Paths are relative to the data dir, or absolute outside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    format: u32,
    /// In order: all files are set aside before the first one is installed.
    pub moves: Vec<Move>,
    /// Folders to create where they are missing, parents first.
    pub folders: Vec<PathBuf>,
    /// A staged config file, and the live one whose place it takes in one step once all moves are made: whoever brings
    /// the swap to its end has to read it first.
    #[serde(default)]
    pub config: Option<(PathBuf, PathBuf)>,
    /// The replaced config file or its copy, and the name it is kept under once the swap is complete.
    pub keep: Option<(PathBuf, PathBuf)>,
    /// A kept config file of the undo set before, which nothing replaces.
    pub discard: Option<PathBuf>,
}

/// What happens at one live path. At least one of `old` and `new` is given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Move {
    /// The live path.
    pub live: PathBuf,
    /// Where the live file is set aside, if there was one.
    pub old: Option<PathBuf>,
    /// Where the file lies that takes its place, if one does.
    pub new: Option<PathBuf>,
}

impl Journal {
    pub(super) fn new(moves: Vec<Move>, folders: Vec<PathBuf>) -> Self {
        Self { format: FORMAT, moves, folders, config: None, keep: None, discard: None }
    }

    /// The journal of an interrupted swap, if there is one.
    pub(super) fn read(dir: &Path) -> Result<Option<Self>, SwapError> {
        let path = Self::path(dir);
        let failed = |error| SwapError::failed(&path, error);
        let bytes = match std::fs::read(&path) {
            Err(error) if is_absent(&error) => return Ok(None),
            bytes => bytes.map_err(failed)?,
        };
        let journal: Self = serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?;
        if !(1..=FORMAT).contains(&journal.format) {
            return Err(failed(io::Error::other("it was written by a newer version; use that one")));
        }
        Ok(Some(journal))
    }

    /// Where the journal of a data dir lies.
    pub(super) fn path(dir: &Path) -> PathBuf {
        dir.join(WORK).join(NAME)
    }

    /// Writes the journal. When it returns the swap will be completed, whatever happens.
    pub(super) fn write(&self, dir: &Path, steps: &Steps) -> Result<(), SwapError> {
        let work = dir.join(WORK);
        let (draft, path) = (work.join(DRAFT), work.join(NAME));
        let json = serde_json::to_vec_pretty(self).map_err(|error| SwapError::failed(&path, error.into()))?;
        steps.write_file(&draft, &json)?;
        adopt(owner_in(dir)?, &draft)?;
        steps.rename(&draft, &path)?;
        steps.sync_folder(&work)
    }

    /// Removes the work folder of a completed swap, the journal last: until then it is completed again.
    pub(super) fn close(dir: &Path, steps: &Steps) -> Result<(), SwapError> {
        let work = dir.join(WORK);
        steps.remove_entries(&work, |name| name != NAME && name != OLD)?;
        steps.remove_file(&Self::path(dir))?;
        // Without its journal the folder means nothing: one that stays is removed by the next recovery.
        _ = steps.remove_folder(&work).and_then(|()| steps.sync_folder(dir));
        Ok(())
    }
}
