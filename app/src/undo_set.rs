//! The state that `backup undo-restore` would bring back, as far as old master keys are concerned.
//!
//! Goes by names, and does NOT open its database: what that one is sealed with is not known without a copy.

use loom_domain::archive::layout::MAIN_DATABASE;
use std::path::Path;

/// What the last restore replaced.
const UNDO: &str = ".loom-undo/files";

/// Why old keys of the data dir have to stay, in words; `None` where no restore left a state behind.
pub(crate) fn needs_old_keys(data_dir: &Path) -> Option<String> {
    let database = data_dir.join(UNDO).join(MAIN_DATABASE);
    let why = "the state that `backup undo-restore` would bring back may be sealed with it";
    database.symlink_metadata().is_ok().then(|| why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_state_that_was_replaced_needs_old_keys() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(needs_old_keys(folder.path()), None);
        let files = folder.path().join(UNDO);
        std::fs::create_dir_all(&files).unwrap();
        assert_eq!(needs_old_keys(folder.path()), None);
        std::fs::write(files.join(MAIN_DATABASE), "").unwrap();
        assert!(needs_old_keys(folder.path()).unwrap().contains("undo-restore"));
    }
}
