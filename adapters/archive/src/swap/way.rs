//! The look ahead: whether every move of a swap can be made, found out before the first one is.
//!
//! Does NOT change anything.

use super::config_file::old_beside;
use super::{SwapError, is_there};
use crate::durable::{is_absent, parent_of};
use loom_domain::archive::MemberPath;
use loom_domain::archive::layout::{INSTANCE_LOCK, WORK_PREFIX};
use rustix::fs::{Access, AtFlags, CWD, StatxFlags};
use std::io;
use std::path::Path;

const NOT_THIS_USER: &str =
    "this user may not replace files in its folder; run the command as root, or as that folder's owner";
const IMMUTABLE_FOLDER: &str =
    "nobody may replace files in its folder; that may be immutable (`lsattr -d` tells, `chattr -i` ends it)";

/// What a path of the data dir is to become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Becomes {
    File,
    Folder,
}

/// Refuses a path of the data dir at which no file, or no folder, can be put or moved away.
pub(super) fn check(dir: &Path, path: &MemberPath, becomes: Becomes) -> Result<(), SwapError> {
    let mount = mount_of(dir, AtFlags::empty())?;
    let location = dir.join(path.as_str());
    let reserved = path.as_str().split('/').any(|part| part.starts_with(WORK_PREFIX));
    if reserved || path.as_str() == INSTANCE_LOCK {
        return Err(SwapError::blocked(&location, "this program keeps that name for its own work"));
    }
    let mut parent = dir.to_owned();
    let mut parts = path.as_str().split('/').peekable();
    while let Some(part) = parts.next() {
        let here = parent.join(part);
        let last = parts.peek().is_none();
        let metadata = match here.symlink_metadata() {
            Err(error) if is_absent(&error) => return may_write(&parent),
            metadata => metadata.map_err(|error| SwapError::failed(&here, error))?,
        };
        let reason = match (last && becomes == Becomes::File, metadata.is_dir()) {
            (true, true) => Some("it is a folder where a file must go"),
            (false, false) if metadata.is_symlink() => {
                Some("it is a link where a folder is needed, and a restore follows none")
            }
            (false, false) => Some("it is a file where a folder is needed"),
            _ if mount_of(&here, AtFlags::SYMLINK_NOFOLLOW)? != mount => {
                Some("it is mounted there, so nothing can be moved there in one step")
            }
            _ => None,
        };
        if let Some(reason) = reason {
            return Err(SwapError::blocked(&here, reason));
        }
        if last && becomes == Becomes::File {
            return may_write(&parent);
        }
        parent = here;
    }
    Ok(())
}

/// Refuses a config file that cannot be replaced.
pub(super) fn check_config(live: &Path) -> Result<(), SwapError> {
    let (folder, aside) = (parent_of(live), old_beside(live));
    if is_there(&aside)? {
        return Err(SwapError::blocked(&aside, "an interrupted restore left it; move it away"));
    }
    let metadata = match live.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata.map_err(|error| SwapError::failed(live, error))?,
    };
    if metadata.is_dir() {
        return Err(SwapError::blocked(live, "it is a folder where a file must go"));
    }
    if mount_of(live, AtFlags::SYMLINK_NOFOLLOW)? != mount_of(folder, AtFlags::empty())? {
        return Err(SwapError::blocked(
            live,
            "it is mounted there, so nothing can be moved there in one step",
        ));
    }
    may_write(folder).map_err(|error| match error {
        SwapError::Failed { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
            SwapError::blocked(live, if is_root() { IMMUTABLE_FOLDER } else { NOT_THIS_USER })
        }
        other => other,
    })
}

/// Who it is that may write a folder which this process may not, to be said behind "a user who may".
pub(super) fn advice() -> &'static str {
    if is_root() {
        "; the folder may be immutable (`lsattr -d` tells), or mounted read-only"
    } else {
        " (root)"
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Refuses a folder in which this process may not make, rename or remove files.
pub(super) fn may_write(folder: &Path) -> Result<(), SwapError> {
    let access = Access::WRITE_OK | Access::EXEC_OK;
    rustix::fs::accessat(CWD, folder, access, AtFlags::EACCESS)
        .map_err(|error| SwapError::failed(folder, error.into()))
}

/// The mount a path lies on; `None` where the kernel does not tell. Renames never cross mounts.
fn mount_of(path: &Path, flags: AtFlags) -> Result<Option<u64>, SwapError> {
    match rustix::fs::statx(CWD, path, flags, StatxFlags::MNT_ID) {
        Ok(found) => Ok((found.stx_mask & StatxFlags::MNT_ID.bits() != 0).then_some(found.stx_mnt_id)),
        Err(rustix::io::Errno::NOSYS) => Ok(None),
        Err(error) => Err(SwapError::failed(path, error.into())),
    }
}
