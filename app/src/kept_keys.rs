//! Keys that a data dir keeps beside the present one, by the names of their files: earlier ones, and those of the state
//! that the last restore replaced.
//!
//! Does NOT read the files, and does NOT open the replaced database: what that one is sealed with is not known without a
//! copy. Does NOT look into archives.

use loom_domain::archive::layout::{KEY_FILE, MAIN_DATABASE, OLD_KEY_PREFIX, UNDO_FILES, UNDO_FOLDER};
use loom_domain::words::for_a_shell;
use std::path::{Path, PathBuf};

/// Files with a master key in clear beside its place: copies that a wrapped key leaves behind. Earlier keys of the data dir
/// and keys of any age in its undo set, in order of their paths. What cannot be listed is left out.
pub fn clear_keys_kept(data_dir: &Path) -> Vec<PathBuf> {
    let is_old = |name: &str| name.starts_with(OLD_KEY_PREFIX);
    let mut kept = files(data_dir, is_old);
    kept.extend(files(&replaced_files(data_dir), |name| name == KEY_FILE || is_old(name)));
    kept.sort();
    kept
}

/// Why old keys of the data dir have to stay, in words; `None` where no restore left a state behind.
pub(crate) fn needs_old_keys(data_dir: &Path) -> Option<String> {
    let database = replaced_files(data_dir).join(MAIN_DATABASE);
    database.symlink_metadata().is_ok().then(|| {
        let undo = for_a_shell(&data_dir.join(UNDO_FOLDER).display());
        format!(
            "the state that `backup undo-restore` would bring back may be sealed with it (`rm -r {undo}` gives that state up, and the restore cannot be undone any more)"
        )
    })
}

/// Where the files of the state are that the last restore replaced.
fn replaced_files(data_dir: &Path) -> PathBuf {
    data_dir.join(UNDO_FOLDER).join(UNDO_FILES)
}

fn files(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let entries = entries.filter(|entry| entry.file_name().to_str().is_some_and(&wanted));
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn old_keys_and_those_of_the_undo_set_are_named_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let old = "secret.key.old-20261123T120000Z";
        let replaced = ".loom-undo/files/secret.key";
        for path in
            [old, "secret.key", "secret.key.kms", replaced, ".loom-undo/files/x/secret.key", "x/secret.key"]
        {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let named = [replaced, old].map(|path| folder.path().join(path));
        assert_eq!(clear_keys_kept(folder.path()), named);
        assert_eq!(clear_keys_kept(&folder.path().join("nowhere")), [] as [PathBuf; 0]);
    }

    #[test]
    fn only_a_state_that_was_replaced_needs_old_keys() {
        let folder = tempfile::Builder::new().prefix("it's a\ndata dir").tempdir().unwrap();
        assert_eq!(needs_old_keys(folder.path()), None);
        let files = folder.path().join(".loom-undo/files");
        std::fs::create_dir_all(&files).unwrap();
        assert_eq!(needs_old_keys(folder.path()), None);
        std::fs::write(files.join("openccu-loom.db"), "").unwrap();
        let why = needs_old_keys(folder.path()).unwrap();
        assert!(why.contains("undo-restore"), "{why}");
        let (_, way_out) = why.split_once("(`").unwrap();
        let (way_out, _) = way_out.split_once('`').unwrap();
        assert!(Command::new("sh").args(["-c", way_out]).status().unwrap().success(), "{way_out}");
        assert!(!folder.path().join(".loom-undo").exists() && folder.path().exists());
        assert_eq!(needs_old_keys(folder.path()), None);
    }
}
