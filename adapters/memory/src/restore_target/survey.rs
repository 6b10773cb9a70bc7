//! What a data dir holds before a restore, judged by the same rules as a backup's contents.
//!
//! Does NOT change anything.

use super::{MemoryRestoreTarget, STAGE};
use crate::Node;
use loom_domain::archive::MemberPath;
use loom_domain::archive::layout::{FileFate, HEAD_BYTES, NO_BACKUP_MARKER, judge_file, judge_folder};
use loom_domain::ports::EntryKind;
use loom_domain::restore_plan::{Present, Survey};
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
        let config_exists = self.config.as_ref().map(|path| self.dir.disk().node(path).is_some());
        Survey { dir: self.name(), files, in_use_by, interrupted, config_exists }
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
