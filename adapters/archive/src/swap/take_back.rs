//! Taking a swap back whose process lives on: a step failed, so the live files return to where they were.
//!
//! Does NOT run after a crash; recovery goes forward then, and so it does where taking back fails as well.

use super::carry_out::{carry_out, sync_touched};
use super::journal::{Journal, Move};
use super::{OLD, PREVIOUS, SwapError, UNDO, WORK, is_there, steps::Steps};
use std::path::Path;

/// Ends a swap that failed with `error` as one of two: all files are back and that error is returned, or it had
/// already replaced all of them and is completed.
pub(super) fn settle(
    dir: &Path,
    journal: &Journal,
    error: SwapError,
    steps: &Steps,
) -> Result<(), SwapError> {
    if !is_there(&Journal::path(dir))? {
        return Err(error);
    }
    let waits_for_config = match &journal.config {
        Some((new, _)) => is_there(new)?,
        None => false,
    };
    if !is_there(&dir.join(WORK).join(OLD))? && !waits_for_config {
        return carry_out(dir, journal, steps).map_err(SwapError::begun);
    }
    match take_back(dir, journal, steps) {
        Ok(()) => Err(error),
        Err(_) => Err(error.begun()),
    }
}

/// Undoes the moves, last one first. A crash meanwhile leaves the journal, and recovery makes them again.
fn take_back(dir: &Path, journal: &Journal, steps: &Steps) -> Result<(), SwapError> {
    let (undo, previous) = (dir.join(UNDO), dir.join(WORK).join(PREVIOUS));
    let old = dir.join(WORK).join(OLD);
    if !is_there(&old)? {
        steps.rename(&undo, &old)?;
    }
    if is_there(&previous)? && !is_there(&undo)? {
        steps.rename(&previous, &undo)?;
    }
    for step in journal.moves.iter().rev() {
        uninstall(dir, step, steps)?;
    }
    for step in journal.moves.iter().rev() {
        if let Some(old) = step.old.as_ref().map(|old| dir.join(old))
            && is_there(&old)?
        {
            steps.rename(&old, &dir.join(&step.live))?;
        }
    }
    sync_touched(dir, journal, steps)?;
    steps.sync_folder(dir)?;
    steps.remove_file(&Journal::path(dir))?;
    steps.sync_folder(&dir.join(WORK))
}

fn uninstall(dir: &Path, step: &Move, steps: &Steps) -> Result<(), SwapError> {
    let Some(new) = step.new.as_ref().map(|new| dir.join(new)) else { return Ok(()) };
    let live = dir.join(&step.live);
    // A live file beside a staged one is not the staged one.
    if is_there(&new)? || !is_there(&live)? {
        return Ok(());
    }
    steps.rename(&live, &new)
}
