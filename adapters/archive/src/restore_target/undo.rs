//! Undo: the files of the undo set go back to their places, what they replace becomes the new undo set.
//!
//! Does NOT remember more than one restore.

use super::hold::Hold;
use super::{sort, unavailable};
use crate::durable;
use crate::lock::Role;
use crate::swap::{self, Change, ConfigChange, Steps, UndoSet};
use jiff::Timestamp;
use loom_domain::archive::layout::sidecars_of;
use loom_domain::ports::{TargetError, Undone};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Undoes the last restore, or the last undo.
pub(super) fn undo(dir: &Path, steps: &Steps) -> Result<Undone, TargetError> {
    let nothing = || TargetError::NothingToUndo(dir.display().to_string());
    if !durable::exists(dir).map_err(unavailable(dir))? {
        return Err(nothing());
    }
    let _hold = Hold::existing(dir, Role::Undo)?;
    swap::recover(dir, steps).map_err(sort(dir))?;
    let before = UndoSet::read(dir).map_err(sort(dir))?.ok_or_else(nothing)?;
    swap::create_work_folder(dir, steps).map_err(sort(dir))?;
    let made = change(&before).make(dir, steps);
    if made.is_err() {
        // What cannot be removed now is removed by the next recovery.
        _ = swap::abandon(dir, steps);
    }
    let set = made.map_err(sort(dir))?;
    Ok(Undone { replaced_at: before.replaced_at, brought_back: set.installed, set_aside: set.replaced })
}

fn change(before: &UndoSet) -> Change {
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
    Change { at: Timestamp::now(), paths, folders: BTreeSet::new(), config }
}
