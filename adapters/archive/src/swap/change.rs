//! A change of the live files, prepared until nothing but renames is left, then made.
//!
//! Does NOT know whether it is a restore or an undo.

use super::journal::{Journal, Move};
use super::undo_set::{UndoConfig, UndoSet};
use super::way::{self, Becomes};
use super::{
    COPIES, FILES, NEW, OLD, SwapError, WORK, adopt, carry_out, config_file, is_there, owner_in,
    steps::Steps, take_back,
};
use crate::owner::Owner;
use jiff::Timestamp;
use loom_domain::archive::MemberPath;
use loom_domain::restore_plan::LiveCopy;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// What is to become of the live files.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// When it was decided.
    pub at: Timestamp,
    /// Live paths that change: a file at the given path in the data dir takes its place, or nothing does.
    pub paths: BTreeMap<MemberPath, Option<PathBuf>>,
    /// Folders to create where they are missing.
    pub folders: BTreeSet<MemberPath>,
    /// Live files of which a copy is put in place as well, as they are now.
    pub copies: Vec<LiveCopy>,
    /// What is to become of the config file, if anything is.
    pub config: Option<ConfigChange>,
}

/// What is to become of the config file.
#[derive(Debug, Clone)]
pub(crate) struct ConfigChange {
    /// Its path, absolute.
    pub live: PathBuf,
    /// The file whose copy takes its place, or nothing does.
    pub new: Option<PathBuf>,
}

/// A change of which all but the renames is done and on the disk. Nothing live was touched.
#[derive(Debug)]
pub(crate) struct Prepared {
    journal: Journal,
    undo_set: UndoSet,
}

impl Prepared {
    /// Makes the change. Durable when it returns; gives the new undo set.
    pub(crate) fn make(self, dir: &Path, steps: &Steps) -> Result<UndoSet, SwapError> {
        let Self { journal, undo_set } = self;
        let made = journal.write(dir, steps).and_then(|()| carry_out::carry_out(dir, &journal, steps));
        made.or_else(|error| take_back::settle(dir, &journal, error, steps))?;
        Ok(undo_set)
    }
}

impl Change {
    /// Prepares the change in a data dir with a work folder.
    pub(crate) fn prepare(mut self, dir: &Path, steps: &Steps) -> Result<Prepared, SwapError> {
        self.stage_copies(dir, steps)?;
        self.check(dir)?;
        let moves = self.moves(dir)?;
        let undo_set = self.undo_set(&moves)?;
        let folders = self.folders.iter().map(|folder| PathBuf::from(folder.as_str())).collect();
        let mut journal = Journal::new(moves, folders);
        let work = dir.join(WORK);
        bring_to_disk(&work.join(NEW), owner_in(dir)?, steps)?;
        create_old(dir, &undo_set, steps)?;
        self.add_config(dir, &mut journal, steps)?;
        if let Some(before) = UndoSet::read(dir)?.and_then(|set| set.config).filter(|config| config.kept) {
            let kept = config_file::undo_beside(&before.path);
            let replaced = journal.keep.as_ref().is_some_and(|(_, keep)| *keep == kept);
            journal.discard = (!replaced).then_some(kept);
        }
        steps.sync_folder(dir)?;
        Ok(Prepared { journal, undo_set })
    }

    /// Copies live files, so that their copies are put in place like whatever else was staged.
    fn stage_copies(&mut self, dir: &Path, steps: &Steps) -> Result<(), SwapError> {
        let folder = Path::new(WORK).join(COPIES);
        for (number, LiveCopy { from, to }) in std::mem::take(&mut self.copies).into_iter().enumerate() {
            let (live, place) = (dir.join(from.as_str()), dir.join(to.as_str()));
            if !self.paths.contains_key(&to) && is_there(&place)? {
                return Err(SwapError::blocked(&place, "the name is needed for a key that is to be kept"));
            }
            if number == 0 {
                steps.create_folder(&dir.join(&folder))?;
            }
            let staged = folder.join(number.to_string());
            steps.copy_file(&live, &dir.join(&staged))?;
            self.paths.insert(to, Some(staged));
        }
        if is_there(&dir.join(&folder))? {
            bring_to_disk(&dir.join(&folder), owner_in(dir)?, steps)
        } else {
            Ok(())
        }
    }

    /// Refuses what cannot be carried out, and completes the folders.
    fn check(&mut self, dir: &Path) -> Result<(), SwapError> {
        for (path, new) in &self.paths {
            let live = dir.join(path.as_str());
            if let Some(new) = new {
                let new = dir.join(new);
                if !is_there(&new)? {
                    return Err(SwapError::failed(&new, io::ErrorKind::NotFound.into()));
                }
                self.folders.extend(parents(path));
            } else if !is_there(&live)? {
                continue;
            }
            way::check(dir, path, Becomes::File)?;
        }
        for folder in &self.folders {
            if self.paths.get(folder).is_some_and(Option::is_some) {
                let path = dir.join(folder.as_str());
                return Err(SwapError::blocked(&path, "it is to become a file and a folder"));
            }
            way::check(dir, folder, Becomes::Folder)?;
        }
        match &self.config {
            Some(config) => way::check_config(&config.live),
            None => Ok(()),
        }
    }

    fn moves(&self, dir: &Path) -> Result<Vec<Move>, SwapError> {
        let mut moves = Vec::new();
        for (path, new) in &self.paths {
            let live = PathBuf::from(path.as_str());
            let old = is_there(&dir.join(&live))?
                .then(|| Path::new(WORK).join(OLD).join(FILES).join(path.as_str()));
            if old.is_some() || new.is_some() {
                moves.push(Move { live, old, new: new.clone() });
            }
        }
        Ok(moves)
    }

    fn undo_set(&self, moves: &[Move]) -> Result<UndoSet, SwapError> {
        let at = |wanted: fn(&Move) -> bool| {
            let live = moves.iter().filter(|step| wanted(step)).map(|step| step.live.as_path());
            let live: BTreeSet<_> = live.collect();
            self.paths.keys().filter(|path| live.contains(Path::new(path.as_str()))).cloned().collect()
        };
        let config = match &self.config {
            None => None,
            Some(ConfigChange { live, .. }) => Some(UndoConfig { path: live.clone(), kept: is_there(live)? }),
        };
        Ok(UndoSet {
            replaced_at: self.at,
            replaced: at(|step| step.old.is_some()),
            installed: at(|step| step.new.is_some()),
            config,
        })
    }

    fn add_config(&self, dir: &Path, journal: &mut Journal, steps: &Steps) -> Result<(), SwapError> {
        let Some(ConfigChange { live, new }) = &self.config else { return Ok(()) };
        let there = is_there(live)?;
        if let Some(from) = new {
            config_file::stage(dir, &dir.join(from), live, steps)?;
        }
        let (aside, kept) = (config_file::old_beside(live), config_file::undo_beside(live));
        let staged = new.as_ref().map(|_| config_file::new_beside(live));
        match (there, staged) {
            (true, Some(staged)) => {
                config_file::copy_aside(dir, live, steps)?;
                journal.config = Some((staged, live.clone()));
            }
            (true, None) => {
                journal.moves.push(Move { live: live.clone(), old: Some(aside.clone()), new: None });
            }
            (false, Some(staged)) => {
                journal.moves.push(Move { live: live.clone(), old: None, new: Some(staged) });
            }
            (false, None) => {}
        }
        journal.keep = there.then_some((aside, kept));
        Ok(())
    }
}

/// Creates what will be the undo set: its account, and folders for the files that are set aside.
fn create_old(dir: &Path, set: &UndoSet, steps: &Steps) -> Result<(), SwapError> {
    let old = dir.join(WORK).join(OLD);
    let owner = owner_in(dir)?;
    let wanted: BTreeSet<PathBuf> = set
        .replaced
        .iter()
        .flat_map(parents)
        .map(|folder| old.join(FILES).join(folder.as_str()))
        .chain([old.clone(), old.join(FILES)])
        .collect();

    for folder in &wanted {
        steps.create_folder(folder)?;
    }
    set.write(&old, steps)?;
    bring_to_disk(&old, owner, steps)?;
    steps.sync_folder(&dir.join(WORK))
}

/// Brings a tree of private files to the disk and gives it to its owner.
fn bring_to_disk(path: &Path, owner: Owner, steps: &Steps) -> Result<(), SwapError> {
    let failed = |error| SwapError::failed(path, error);
    adopt(owner, path)?;
    if !path.symlink_metadata().map_err(failed)?.is_dir() {
        return steps.sync_file(path);
    }
    for entry in path.read_dir().map_err(failed)? {
        bring_to_disk(&entry.map_err(failed)?.path(), owner, steps)?;
    }
    steps.sync_folder(path)
}

/// The folders above a path, outermost first.
fn parents(path: &MemberPath) -> Vec<MemberPath> {
    let text = path.as_str();
    let ends = text.match_indices('/').map(|(at, _)| &text[..at]);
    ends.filter_map(|folder| MemberPath::parse(folder.as_bytes()).ok()).collect()
}
