//! What a killed change of the key left behind before its journal was written: a key that nobody uses.
//!
//! Does NOT look whether a change is under way; whoever removes it holds the data dir and does.

use super::DataDirKeys;
use super::files::remove;
use loom_domain::archive::layout::WORK_PREFIX;
use std::path::PathBuf;

impl DataDirKeys {
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

    fn staged_files(&self) -> Vec<PathBuf> {
        let Ok(entries) = self.folder.read_dir() else { return Vec::new() };
        let prefix = format!("{WORK_PREFIX}key-");
        let paths =
            entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix));
        paths.map(|entry| entry.path()).collect()
    }
}
