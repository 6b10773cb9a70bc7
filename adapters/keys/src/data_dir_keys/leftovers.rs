//! What a killed change of the key left behind before its journal was written: a key that nobody uses.
//!
//! Does NOT look whether a change is under way; whoever removes it holds the data dir and does.

use super::DataDirKeys;
use super::files::remove;
use loom_domain::archive::layout::WORK_PREFIX;
use std::path::PathBuf;

impl DataDirKeys {
    /// Whether a change of the key is under way or was interrupted, readable journal or not.
    pub fn has_pending(&self) -> bool {
        self.journal().exists()
    }

    /// Whether there is a staged key without a journal.
    pub fn has_leftovers(&self) -> bool {
        !self.journal().exists() && !self.staged_files().is_empty()
    }

    /// Removes staged keys without a journal, as far as that is possible. Nobody else may change the key meanwhile.
    pub fn remove_leftovers(&self) {
        if !self.journal().exists() {
            self.staged_files().iter().for_each(|path| _ = remove(path));
        }
    }

    pub(super) fn staged_files(&self) -> Vec<PathBuf> {
        let Ok(entries) = self.folder.read_dir() else { return Vec::new() };
        // Not every work file of keys is one: another process may be writing a new `secret.key`.
        let prefixes = ["staged-", "draft-"].map(|kind| format!("{WORK_PREFIX}key-{kind}"));
        let is_left = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        let paths = entries.flatten().filter(|entry| is_left(&entry.file_name().to_string_lossy()));
        paths.map(|entry| entry.path()).collect()
    }
}
