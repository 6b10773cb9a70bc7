//! What a data dir holds before a restore, judged by the same rules as a backup's contents.
//!
//! Does NOT change anything.

use super::{MemoryRestoreTarget, STAGE};
use crate::Node;
use loom_domain::archive::MemberPath;
use loom_domain::archive::layout::{
    FileFate, HEAD_BYTES, NO_BACKUP_MARKER, WORK_PREFIX, judge_file, judge_folder,
};
use loom_domain::ports::EntryKind;
use loom_domain::restore_plan::{Beside, Present, Survey};
use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

impl MemoryRestoreTarget {
    pub(super) fn look(&self) -> Survey {
        let (in_use_by, interrupted) = {
            let shared = self.dir.lock();
            let staged = self.dir.disk().node(&self.dir.root().join(STAGE)).is_some();
            let interrupted = shared.replacing.journal.is_some() || staged;
            (shared.holder.clone(), interrupted && shared.holder.is_none())
        };
        let mut files = BTreeMap::new();
        self.walk(self.dir.root(), &mut files);
        let beside = self.beside(&files);
        let config_exists = self.config.as_ref().map(|path| self.dir.disk().node(path).is_some());
        Survey { dir: self.name(), files, beside, in_use_by, interrupted, config_exists }
    }

    /// What is neither among `files` nor this program's own.
    fn beside(&self, files: &BTreeMap<MemberPath, Present>) -> BTreeMap<MemberPath, Beside> {
        let mut beside = BTreeMap::new();
        for (location, node) in self.dir.disk().below(self.dir.root()) {
            let inside = location.strip_prefix(self.dir.root()).unwrap_or(&location);
            let Ok(path) = MemberPath::parse(inside.as_os_str().as_bytes()) else { continue };
            let works = path.as_str().split('/').any(|part| part.starts_with(WORK_PREFIX));
            if works || files.contains_key(&path) || judge_file(&path, b"") == FileFate::Internal {
                continue;
            }
            let is_folder = matches!(node, Node::Folder);
            let kind = match self.dir.kind(node) {
                _ if is_folder => Beside::Folder,
                EntryKind::File(_) => Beside::File,
                EntryKind::Folder | EntryKind::Other(_) => Beside::Other,
            };
            beside.insert(path, kind);
        }
        beside
    }

    fn walk(&self, folder: &Path, files: &mut BTreeMap<MemberPath, Present>) {
        let children = self.dir.disk().children(folder);
        let marked = children.iter().any(|(path, _)| path.ends_with(NO_BACKUP_MARKER));
        let name = |path: &Path| {
            let inside = path.strip_prefix(self.dir.root()).ok()?;
            MemberPath::parse(inside.as_os_str().as_bytes()).ok()
        };
        if name(folder).is_some_and(|folder| judge_folder(&folder, marked).is_some()) {
            return;
        }
        for (location, node) in children {
            // What no archive can name, no restore can replace.
            let Some(path) = name(&location) else { continue };
            let is_folder = matches!(node, Node::Folder);
            match self.dir.kind(node) {
                _ if is_folder => self.walk(&location, files),
                EntryKind::File(_) => {
                    let bytes = self.dir.read(&path).unwrap_or_default();
                    let present = match judge_file(&path, &bytes[..bytes.len().min(HEAD_BYTES)]) {
                        FileFate::Snapshot => Present::Database,
                        FileFate::Copy => Present::File,
                        FileFate::Internal | FileFate::Archive | FileFate::Variables => continue,
                    };
                    files.insert(path, present);
                }
                EntryKind::Folder | EntryKind::Other(_) => {}
            }
        }
    }
}
