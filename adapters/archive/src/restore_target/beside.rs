//! What stands in a data dir beside the files an archive could hold: folders, and what a backup leaves out.
//!
//! Does NOT judge contents, and does NOT fail: where a folder cannot be listed, nothing can be replaced in it either.

use crate::data_dir::listing::list_folder;
use loom_domain::archive::MemberPath;
use loom_domain::archive::layout::{FileFate, WORK_PREFIX, judge_file};
use loom_domain::ports::{Entry, EntryKind};
use loom_domain::restore_plan::{Beside, Present};
use std::collections::BTreeMap;
use std::path::Path;

/// All that is neither among `files` nor this program's own, nor lives and dies with a database.
pub(super) fn look(dir: &Path, files: &BTreeMap<MemberPath, Present>) -> BTreeMap<MemberPath, Beside> {
    let mut beside = BTreeMap::new();
    let mut pending = vec![None];
    while let Some(folder) = pending.pop() {
        for Entry { path, kind } in list_folder(dir, folder.as_ref()).into_iter().flatten().flatten() {
            let kind = match kind {
                EntryKind::Folder if path.file_name().starts_with(WORK_PREFIX) => continue,
                EntryKind::Folder => {
                    pending.push(Some(path.clone()));
                    Beside::Folder
                }
                EntryKind::File(_) if files.contains_key(&path) => continue,
                EntryKind::File(_) if judge_file(&path, b"") == FileFate::Internal => continue,
                EntryKind::File(_) => Beside::File,
                EntryKind::Other(_) => Beside::Other,
            };
            beside.insert(path, kind);
        }
    }
    beside
}
