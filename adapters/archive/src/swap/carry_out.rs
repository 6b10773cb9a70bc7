//! Carrying a journal out, from wherever it was left: set aside, install, publish the undo set, replace the config file,
//! close.
//!
//! Does NOT check what may be in the way beforehand (`way`); here a stranger's file only stops it.

use super::journal::{Journal, Move};
use super::{OLD, PREVIOUS, SwapError, UNDO, WORK, adopt, config_file, is_there, owner_in, steps::Steps};
use crate::durable::parent_of;
use std::collections::BTreeSet;
use std::io;
use std::path::Path;

const STRANGER: &str = "it appeared while a restore was interrupted; move it away and run the command again";

const IRREPLACEABLE: &str =
    "it cannot be replaced; it may be immutable (`lsattr` tells), or another user's in a sticky folder";

/// Completes a swap. Running it again after a crash at any step does what is left to do.
pub(super) fn carry_out(dir: &Path, journal: &Journal, steps: &Steps) -> Result<(), SwapError> {
    let old = dir.join(WORK).join(OLD);
    // While `old` is in the work folder the files may still be on their way; `.loom-undo` is then the set before.
    if is_there(&old)? {
        for step in &journal.moves {
            set_aside(dir, step, steps)?;
        }
        create_folders(dir, journal, steps)?;
        for step in &journal.moves {
            install(dir, step, steps)?;
        }
        sync_touched(dir, journal, steps)?;
        publish_undo_set(dir, &old, steps)?;
    }
    replace_config(dir, journal, steps)?;
    Journal::close(dir, steps)
}

fn set_aside(dir: &Path, step: &Move, steps: &Steps) -> Result<(), SwapError> {
    let Some(old) = step.old.as_ref().map(|old| dir.join(old)) else { return Ok(()) };
    let live = dir.join(&step.live);
    let installed = match &step.new {
        Some(new) => !is_there(&dir.join(new))?,
        None => false,
    };
    if installed || !is_there(&live)? {
        return Ok(());
    }
    if is_there(&old)? {
        return Err(SwapError::blocked(&live, STRANGER));
    }
    steps.rename(&live, &old)
}

fn install(dir: &Path, step: &Move, steps: &Steps) -> Result<(), SwapError> {
    let Some(new) = step.new.as_ref().map(|new| dir.join(new)) else { return Ok(()) };
    let live = dir.join(&step.live);
    if !is_there(&new)? {
        return Ok(());
    }
    if is_there(&live)? {
        return Err(SwapError::blocked(&live, STRANGER));
    }
    steps.rename(&new, &live)
}

fn create_folders(dir: &Path, journal: &Journal, steps: &Steps) -> Result<(), SwapError> {
    let owner = owner_in(dir)?;
    for folder in &journal.folders {
        let folder = dir.join(folder);
        if !is_there(&folder)? {
            steps.create_folder(&folder)?;
            adopt(owner, &folder)?;
        }
    }
    Ok(())
}

/// Brings every name that was moved or created to the disk, before anything says that the swap is complete.
pub(super) fn sync_touched(dir: &Path, journal: &Journal, steps: &Steps) -> Result<(), SwapError> {
    let moved = journal.moves.iter().flat_map(|step| [Some(&step.live), step.old.as_ref()]);
    let folders: BTreeSet<_> = moved
        .flatten()
        .map(|path| dir.join(path))
        .chain(journal.folders.iter().map(|folder| dir.join(folder)))
        .filter_map(|path| path.parent().map(Path::to_owned))
        .collect();
    for folder in folders {
        if is_there(&folder)? {
            steps.sync_folder(&folder)?;
        }
    }
    Ok(())
}

fn publish_undo_set(dir: &Path, old: &Path, steps: &Steps) -> Result<(), SwapError> {
    let undo = dir.join(UNDO);
    if is_there(&undo)? {
        steps.rename(&undo, &dir.join(WORK).join(PREVIOUS))?;
    }
    steps.rename(old, &undo)?;
    steps.sync_folder(dir)
}

fn replace_config(dir: &Path, journal: &Journal, steps: &Steps) -> Result<(), SwapError> {
    if let Some((new, live)) = &journal.config
        && is_there(new)?
    {
        // Somebody may have written it since, after a crash above all.
        config_file::copy_aside_again(dir, live, steps)?;
        steps.rename_over(new, live).map_err(cannot_replace)?;
    }
    if let Some((aside, kept)) = &journal.keep {
        if is_there(aside)? {
            steps.rename_over(aside, kept)?;
        }
        steps.sync_folder(parent_of(kept))?;
    }
    match &journal.discard {
        Some(kept) => steps.remove_file(kept),
        None => Ok(()),
    }
}

/// Says of a refused rename what it may be that refuses it: not its folder, which is looked at beforehand, and after a
/// crash again (`waiting`).
fn cannot_replace(error: SwapError) -> SwapError {
    match error {
        SwapError::Failed { path, source } if source.kind() == io::ErrorKind::PermissionDenied => {
            SwapError::Blocked { path, reason: IRREPLACEABLE }
        }
        other => other,
    }
}
