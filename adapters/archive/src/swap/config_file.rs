//! The config file of a swap. It may lie on another file system, so its copies lie beside it.
//!
//! ```text
//! .loom-new-config.yaml     staged; noted in the work folder, so that a roll-back finds it
//! .loom-old-config.yaml     a copy of the one it will replace, or that one where none takes its place
//! .loom-undo-config.yaml    the replaced one, once the swap is complete
//! ```
//!
//! Does NOT replace the live file; the journal does.

use super::{SwapError, WORK, adopt, is_there, owner_in, steps::Steps};
use crate::durable::{is_absent, is_closed, parent_of};
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

const STAGED: &str = ".loom-new-";
pub(super) const NOTE: &str = "staged-config";

const LEFT: &str = "an interrupted restore left it, and this user may not remove it; run the command as root, or as its folder's owner";

/// The name of a staged config file.
pub(super) fn new_beside(live: &Path) -> PathBuf {
    beside(live, "new")
}

/// The name of a config file set aside while the swap is under way.
pub(super) fn old_beside(live: &Path) -> PathBuf {
    beside(live, "old")
}

/// The name of the config file of the undo set.
pub(crate) fn undo_beside(live: &Path) -> PathBuf {
    beside(live, "undo")
}

/// Copies `from` beside the live config file. A file gets the mode and owner of the one it will replace: a config file
/// the daemon could read stays readable to it.
pub(super) fn stage(dir: &Path, from: &Path, live: &Path, steps: &Steps) -> Result<(), SwapError> {
    let staged = new_beside(live);
    let failed = |error| SwapError::failed(&staged, error);
    let Some(name) = staged.to_str() else {
        return Err(failed(io::Error::other("its name is not UTF-8")));
    };
    create_folders(dir, parent_of(live), steps)?;
    let note = dir.join(WORK).join(NOTE);
    steps.write_file(&note, name.as_bytes())?;
    adopt(owner_in(dir)?, &note)?;
    steps.sync_folder(&dir.join(WORK))?;
    // A copy that an earlier restore left when its work folder was removed by hand.
    steps.remove_file(&staged)?;
    copy(dir, from, &staged, live, steps)
}

/// Creates the folder of a config file with those above it, where they are missing.
fn create_folders(dir: &Path, folder: &Path, steps: &Steps) -> Result<(), SwapError> {
    let failed = |error| SwapError::failed(folder, error);
    let mut missing = Vec::new();
    for above in folder.ancestors() {
        if is_there(above)? {
            break;
        }
        missing.push(above);
    }
    let Some(first) = missing.last() else { return Ok(()) };
    let within = parent_of(first).canonicalize().map_err(failed)?;
    let is_ours = within.starts_with(dir.canonicalize().map_err(failed)?);
    // Elsewhere the daemon may run as another user than the one that restores; the file itself is private.
    let mode = if is_ours { 0o700 } else { 0o755 };
    // One after the other: a folder that nobody has given to the daemon's user by then is closed to it.
    for made in missing.into_iter().rev() {
        DirBuilder::new().mode(mode).create(made).map_err(failed)?;
        if is_ours {
            adopt(owner_in(dir)?, made)?;
        }
        steps.sync_folder(parent_of(made))?;
    }
    Ok(())
}

/// Copies the live config file to where it lies until the swap is complete; another one was staged before.
pub(super) fn copy_aside(dir: &Path, live: &Path, steps: &Steps) -> Result<(), SwapError> {
    copy(dir, live, &old_beside(live), live, steps)
}

/// Copies the live config file aside once more, if it is no longer the one that was copied.
pub(super) fn copy_aside_again(dir: &Path, live: &Path, steps: &Steps) -> Result<(), SwapError> {
    let aside = old_beside(live);
    if !is_there(live)? || is_there(&aside)? && content(live)? == content(&aside)? {
        return Ok(());
    }
    steps.remove_file(&aside)?;
    copy_aside(dir, live, steps)
}

fn copy(dir: &Path, from: &Path, to: &Path, live: &Path, steps: &Steps) -> Result<(), SwapError> {
    if is_link(from)? {
        // What was set aside as a link comes back as one; it says where its target is from the same folder.
        steps.copy_link(from, to)?;
        adopt(owner_in(dir)?, to)?;
        return steps.sync_folder(parent_of(live));
    }
    steps.copy_file(from, to)?;
    match live.metadata() {
        Ok(metadata) => {
            adopt(owner_in(live)?, to)?;
            let mode = metadata.permissions().mode() & 0o777;
            let failed = |error| SwapError::failed(to, error);
            fs::set_permissions(to, Permissions::from_mode(mode)).map_err(failed)?;
        }
        Err(_) => adopt(owner_in(dir)?, to)?,
    }
    steps.sync_folder(parent_of(live))
}

/// Removes the copies that an interrupted restore made beside the config file it noted in its work folder.
pub(super) fn remove_staged(work: &Path, steps: &Steps) -> Result<(), SwapError> {
    for copy in noted(work)? {
        steps.remove_file(&copy).map_err(|error| match error {
            SwapError::Failed { path, source } if is_closed(&source) => SwapError::blocked(&path, LEFT),
            other => other,
        })?;
    }
    Ok(())
}

/// The copies that an interrupted restore made, or was about to make, beside the config file it noted in its work folder.
pub(super) fn noted(work: &Path) -> Result<Vec<PathBuf>, SwapError> {
    let note = work.join(NOTE);
    match fs::read_to_string(&note) {
        // The note may have been cut short by a crash; then the copies do not exist yet.
        Ok(name) => {
            let live = live_of(Path::new(&name));
            Ok(live.map(|live| vec![new_beside(&live), old_beside(&live)]).unwrap_or_default())
        }
        Err(error) if is_absent(&error) => Ok(Vec::new()),
        Err(error) => Err(SwapError::failed(&note, error)),
    }
}

/// Whether it is a link, and where that leads; or else the bytes of the file.
fn content(path: &Path) -> Result<(bool, Vec<u8>), SwapError> {
    let failed = |error| SwapError::failed(path, error);
    if is_link(path)? {
        return Ok((true, path.read_link().map_err(failed)?.into_os_string().into_encoded_bytes()));
    }
    Ok((false, fs::read(path).map_err(failed)?))
}

fn is_link(path: &Path) -> Result<bool, SwapError> {
    let metadata = path.symlink_metadata().map_err(|error| SwapError::failed(path, error))?;
    Ok(metadata.is_symlink())
}

fn beside(live: &Path, what: &str) -> PathBuf {
    let name = live.file_name().unwrap_or_default().to_string_lossy();
    live.with_file_name(format!(".loom-{what}-{name}"))
}

/// The config file that a staged one is to replace.
fn live_of(staged: &Path) -> Option<PathBuf> {
    let name = staged.file_name()?.to_str()?.strip_prefix(STAGED)?;
    Some(staged.with_file_name(name))
}
