//! The survey of a data dir: its files, who uses it, whether a restore was interrupted.
//!
//! Does NOT change anything, and holds no lock longer than the look.

use super::{beside, sort, unavailable};
use crate::data_dir::listing::list_folder;
use crate::durable::{self, is_absent};
use crate::kept_open;
use crate::lock::{InstanceLock, foreign_holder};
use crate::swap;
use loom_domain::archive::layout::{
    FileFate, HEAD_BYTES, NO_BACKUP_MARKER, judge_closed_folder, judge_file, judge_folder,
};
use loom_domain::archive::{KeyFileKind, MemberPath};
use loom_domain::ports::{Entry, EntryKind, FilesError, TargetError};
use loom_domain::restore_plan::{Present, Survey};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

/// Looks at a data dir, which need not exist.
pub(super) fn survey(dir: &Path, config: Option<&Path>) -> Result<Survey, TargetError> {
    let files = files(dir)?;
    let holder = InstanceLock::holder(dir).map_err(unavailable(dir))?;
    // A restore that is under way has a journal too; it was not interrupted.
    let interrupted = holder.is_none() && swap::has_begun(dir).map_err(sort(dir))?;
    let mut in_use_by = holder;
    for (path, kind) in &files {
        if in_use_by.is_none() && *kind == Present::Database {
            in_use_by = foreign_holder(&dir.join(path.as_str())).map_err(unavailable(dir))?;
        }
    }
    let config_exists = config.map(durable::exists).transpose().map_err(unavailable(dir))?;
    let beside = beside::look(dir, &files);
    Ok(Survey { dir: dir.display().to_string(), files, beside, in_use_by, interrupted, config_exists })
}

/// The databases of a data dir.
pub(super) fn databases(dir: &Path) -> Result<Vec<MemberPath>, TargetError> {
    let files = files(dir)?.into_iter();
    Ok(files.filter(|(_, kind)| *kind == Present::Database).map(|(path, _)| path).collect())
}

/// The files an archive could hold; none of a data dir that does not exist.
fn files(dir: &Path) -> Result<BTreeMap<MemberPath, Present>, TargetError> {
    let mut files = BTreeMap::new();
    let mut pending = vec![None];
    while let Some(folder) = pending.pop() {
        // Judged before it is listed: working folders of another user are closed to this one.
        if folder.as_ref().is_some_and(|folder| judge_folder(folder, false).is_some()) {
            continue;
        }
        let entries = match list_folder(dir, folder.as_ref()) {
            Err(FilesError::Missing(_) | FilesError::Vanished(_)) => continue,
            Err(FilesError::Unreadable { .. }) if folder.as_ref().and_then(judge_closed_folder).is_some() => {
                continue;
            }
            entries => entries.map_err(unavailable(dir))?,
        };
        // No archive holds a name that no member can have, so nothing will be put there.
        let entries: Vec<Entry> = entries.into_iter().flatten().collect();
        let marked = entries.iter().any(|entry| entry.path.file_name() == NO_BACKUP_MARKER);
        if folder.is_some_and(|folder| judge_folder(&folder, marked).is_some()) {
            continue;
        }
        for Entry { path, kind } in entries {
            match kind {
                EntryKind::Folder => pending.push(Some(path)),
                EntryKind::Other(_) => {}
                EntryKind::File(_) => {
                    if let Some(present) = judge(dir, &path)? {
                        files.insert(path, present);
                    }
                }
            }
        }
    }
    Ok(files)
}

fn judge(dir: &Path, path: &MemberPath) -> Result<Option<Present>, TargetError> {
    let location = dir.join(path.as_str());
    let head = match kept_open::head(&location, HEAD_BYTES) {
        Err(error) if is_absent(&error) => return Ok(None),
        // A key file that is of no use is a reason to restore, and none against it.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && KeyFileKind::of(path).is_some() => {
            return Ok(Some(Present::Closed));
        }
        Err(source) => {
            let unreadable =
                FilesError::Unreadable { path: location.display().to_string(), source: source.into() };
            return Err(unavailable(dir)(unreadable));
        }
        Ok(head) => head,
    };
    Ok(match judge_file(path, &head) {
        FileFate::Snapshot => Some(Present::Database),
        FileFate::Copy => Some(Present::File),
        FileFate::Internal | FileFate::Archive | FileFate::Variables => None,
    })
}
