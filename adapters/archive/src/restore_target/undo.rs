//! Undo: the files of the undo set go back to their places, what they replace becomes the new undo set.
//!
//! Does NOT remember more than one restore.

use super::hold::Hold;
use super::replaced_keys::{self, ReplacedKeys};
use super::{sort, unavailable};
use crate::durable;
use crate::lock::Role;
use crate::swap::{self, Change, ConfigChange, Prepared, Steps, UndoSet};
use jiff::Timestamp;
use loom_domain::archive::layout::sidecars_of;
use loom_domain::archive::{KeyFileKind, MemberPath};
use loom_domain::ports::{Recovery, TargetError, Undone};
use loom_domain::restore_plan::LiveCopy;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;

/// An undo of which all but the swap is done. Dropping it removes what was prepared, unless the swap has begun.
pub(super) struct Undo {
    prepared: Prepared,
    replaced_at: Timestamp,
    not_kept: Vec<MemberPath>,
    config_stays: Option<String>,
    work: Work,
}

impl Undo {
    /// Prepares to undo the last restore, or the last undo.
    pub(super) fn prepare(dir: &Path, steps: &Steps) -> Result<Self, TargetError> {
        let nothing = || TargetError::NothingToUndo(dir.display().to_string());
        if !durable::exists(dir).map_err(unavailable(dir))? {
            return Err(nothing());
        }
        let hold = Hold::existing(dir, Role::Undo)?;
        if swap::recover(dir, steps).map_err(sort(dir))? == Recovery::RolledForward {
            return Err(TargetError::BroughtToEnd(dir.display().to_string()));
        }
        let mut before = with_rivals(UndoSet::read(dir).map_err(sort(dir))?.ok_or_else(nothing)?);
        let config_stays = forget_lost_config(&mut before).map_err(unavailable(dir))?;
        let work = Work { hold, steps: steps.clone() };
        swap::create_work_folder(dir, steps).map_err(sort(dir))?;
        let at = Timestamp::now();
        let ReplacedKeys { copies, not_kept } =
            replaced_keys::find(dir, &before, at).map_err(unavailable(dir))?;
        let prepared = change(&before, copies, at).prepare(dir, steps).map_err(sort(dir))?;
        Ok(Self { prepared, replaced_at: before.replaced_at, not_kept, config_stays, work })
    }

    /// Brings the files back, unless somebody has opened a database meanwhile.
    pub(super) fn make(self) -> Result<Undone, TargetError> {
        let Self { prepared, replaced_at, not_kept, config_stays, work } = self;
        work.hold.look_for_others()?;
        let dir = work.hold.dir();
        let set = prepared.make(dir, &work.steps).map_err(sort(dir))?;
        Ok(Undone {
            replaced_at,
            brought_back: set.installed,
            set_aside: set.replaced,
            not_kept,
            config_stays,
        })
    }
}

/// The work folder of a held data dir.
struct Work {
    hold: Hold,
    steps: Steps,
}

impl Drop for Work {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next recovery.
        _ = swap::abandon(self.hold.dir(), &self.steps);
    }
}

/// Leaves the config file out whose earlier one is gone from beside it; the state is worth bringing back without it.
fn forget_lost_config(before: &mut UndoSet) -> io::Result<Option<String>> {
    match before.config.take() {
        Some(config) if config.kept && !durable::exists(&swap::undo_beside(&config.path))? => {
            Ok(Some(config.path.display().to_string()))
        }
        config => {
            before.config = config;
            Ok(None)
        }
    }
}

/// The same, with every kind of key file among what goes if one comes back: another kind that was added since may beat it.
fn with_rivals(mut before: UndoSet) -> UndoSet {
    if before.replaced.iter().any(|path| KeyFileKind::of(path).is_some()) {
        let names = KeyFileKind::all().map(|kind| kind.file_name().as_bytes());
        before.installed.extend(names.filter_map(|name| MemberPath::parse(name).ok()));
    }
    before
}

fn change(before: &UndoSet, copies: Vec<LiveCopy>, at: Timestamp) -> Change {
    let touched = before.installed.iter().chain(&before.replaced);
    // A daemon may have run since; the sidecars of its database belong to what is set aside.
    let gone: BTreeSet<_> =
        touched.flat_map(|path| sidecars_of(path).into_iter().chain([path.clone()])).collect();
    let mut paths: BTreeMap<_, _> = gone.into_iter().map(|path| (path, None)).collect();
    for path in &before.replaced {
        paths.insert(path.clone(), Some(UndoSet::location(path)));
    }
    let config = before.config.as_ref().map(|config| ConfigChange {
        live: config.path.clone(),
        new: config.kept.then(|| swap::undo_beside(&config.path)),
    });
    Change { at, paths, folders: BTreeSet::new(), copies, config }
}
