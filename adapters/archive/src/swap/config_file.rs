//! The config file of a swap. It may lie on another file system, so its copies lie beside it.
//!
//! ```text
//! .loom-new-config.yaml     staged; noted in the work folder, so that a roll-back finds it
//! .loom-old-config.yaml     the replaced one, while the swap is under way
//! .loom-undo-config.yaml    the replaced one, once the swap is complete
//! ```
//!
//! Does NOT move the live file; the journal does.

use super::{SwapError, WORK, adopt, owner_in, steps::Steps};
use crate::durable::{create_private_folders, is_absent, parent_of};
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const NOTE: &str = "staged-config";

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
    create_private_folders(parent_of(live)).map_err(failed)?;
    steps.write_file(&dir.join(WORK).join(NOTE), name.as_bytes())?;
    steps.sync_folder(&dir.join(WORK))?;
    // A copy that an earlier restore left when its work folder was removed by hand.
    steps.remove_file(&staged)?;
    if is_link(from)? {
        // What was set aside as a link comes back as one; it says where its target is from the same folder.
        steps.copy_link(from, &staged)?;
        adopt(owner_in(dir)?, &staged)?;
        return steps.sync_folder(parent_of(live));
    }
    steps.copy_file(from, &staged)?;
    match live.metadata() {
        Ok(metadata) => {
            adopt(owner_in(live)?, &staged)?;
            let mode = metadata.permissions().mode() & 0o777;
            std::fs::set_permissions(&staged, Permissions::from_mode(mode)).map_err(failed)?;
        }
        Err(_) => adopt(owner_in(dir)?, &staged)?,
    }
    steps.sync_folder(parent_of(live))
}

/// Removes the staged copy an interrupted restore noted in its work folder.
pub(super) fn remove_staged(work: &Path, steps: &Steps) -> Result<(), SwapError> {
    let note = work.join(NOTE);
    match std::fs::read_to_string(&note) {
        // The note may have been cut short by a crash; then the copy does not exist yet.
        Ok(name) if Path::new(&name).file_name().is_some_and(is_staged_name) => {
            steps.remove_file(Path::new(&name))
        }
        Ok(_) => Ok(()),
        Err(error) if is_absent(&error) => Ok(()),
        Err(error) => Err(SwapError::failed(&note, error)),
    }
}

fn is_link(path: &Path) -> Result<bool, SwapError> {
    let metadata = path.symlink_metadata().map_err(|error| SwapError::failed(path, error))?;
    Ok(metadata.is_symlink())
}

fn beside(live: &Path, what: &str) -> PathBuf {
    let name = live.file_name().unwrap_or_default().to_string_lossy();
    live.with_file_name(format!(".loom-{what}-{name}"))
}

fn is_staged_name(name: &std::ffi::OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".loom-new-")
}
