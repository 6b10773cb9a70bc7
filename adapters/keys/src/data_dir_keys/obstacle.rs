//! The look ahead: whether a key file can be put in its place and the others out of theirs, before anything relies on it.
//!
//! Does NOT change anything, and does NOT ask whether the folder can be written: staging a key finds that out.

use super::files::exists;
use loom_domain::archive::KeyFileKind;
use loom_domain::ports::{KeyError, KeySource};
use loom_domain::words::for_a_shell;
use rustix::fs::{AtFlags, CWD, Statx, StatxAttributes, StatxFlags};
use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Refuses key files of the data dir `folder` that could not make room for a key that goes to `target`, if that is a file.
pub(super) fn check(folder: &Path, target: Option<KeyFileKind>) -> Result<(), KeyError> {
    for kind in KeyFileKind::all() {
        let path = folder.join(kind.file_name());
        if !exists(&path) {
            continue;
        }
        check_movable(folder, &path)?;
        if Some(kind) == target {
            check_replaceable(folder, &path)?;
        }
    }
    Ok(())
}

/// Nothing is renamed across mounts, and nothing whose attributes forbid it.
fn check_movable(folder: &Path, path: &Path) -> Result<(), KeyError> {
    let told = |path: &Path, flags| rustix::fs::statx(CWD, path, flags, StatxFlags::MNT_ID).ok();
    let (found, around) = (told(path, AtFlags::SYMLINK_NOFOLLOW), told(folder, AtFlags::empty()));
    if found.as_ref().zip(around.as_ref()).is_some_and(|(found, around)| !in_one_mount(found, around)) {
        let mend = "take the mount away; a key has to lie in the data dir as a file of its own".to_owned();
        return Err(blocked(path, "it is mounted there".to_owned(), mend));
    }
    let locked = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND;
    if found.is_some_and(|found| found.stx_attributes.intersects(locked)) {
        let mend = format!("chattr -i -a {}", for_a_shell(&path.display()));
        return Err(blocked(path, "its attributes forbid every change".to_owned(), mend));
    }
    Ok(())
}

/// Whether both lie in one mount. A kernel that does not tell is asked for the device, which overlays make up file by file.
fn in_one_mount(found: &Statx, around: &Statx) -> bool {
    let tells = StatxFlags::MNT_ID.bits();
    if found.stx_mask & around.stx_mask & tells != 0 {
        return found.stx_mnt_id == around.stx_mnt_id;
    }
    (found.stx_dev_major, found.stx_dev_minor) == (around.stx_dev_major, around.stx_dev_minor)
}

/// What is replaced is kept first, and for that it is read.
fn check_replaceable(folder: &Path, path: &Path) -> Result<(), KeyError> {
    let unreadable = |error: io::Error| {
        let owner = folder.metadata().map_or(0, |folder| folder.uid());
        let mend = format!("if it belongs there: chown {owner} {}", for_a_shell(&path.display()));
        blocked(path, format!("this user may not read it to keep it: {error}"), mend)
    };
    let found = path.symlink_metadata().map_err(unreadable)?;
    let reason = match found.file_type() {
        kind if kind.is_file() => return File::open(path).map(drop).map_err(unreadable),
        kind if kind.is_dir() => "it is a folder",
        kind if kind.is_symlink() => "it is a link",
        _ => "it is no regular file",
    };
    Err(blocked(
        path,
        reason.to_owned(),
        "move it out of the data dir, and keep the key it may hold".to_owned(),
    ))
}

fn blocked(path: &Path, reason: String, mend: String) -> KeyError {
    KeyError::Blocked { origin: origin(path), reason, mend }
}

fn origin(path: &Path) -> KeySource {
    KeySource::File(path.display().to_string())
}
