//! Files of a data dir that hold a master key in clear beside its place: copies that a wrapped key leaves behind.
//!
//! Goes by names, and does NOT read the files. Does NOT look into archives.

use loom_domain::archive::layout::{KEY_FILE, OLD_KEY_PREFIX};
use std::path::{Path, PathBuf};

/// What the last restore replaced.
const UNDO: &str = ".loom-undo";
/// The undo set has the data dir's files in folders of its own.
const UNDO_DEPTH: usize = 3;

/// Old keys in the data dir, and keys of any age in its undo set; in order of their paths. What cannot be listed is
/// left out.
pub fn clear_keys_kept(data_dir: &Path) -> Vec<PathBuf> {
    let mut kept = Vec::new();
    collect(data_dir, 0, &|name| name.starts_with(OLD_KEY_PREFIX), &mut kept);
    let in_undo = |name: &str| name == KEY_FILE || name.starts_with(OLD_KEY_PREFIX);
    collect(&data_dir.join(UNDO), UNDO_DEPTH, &in_undo, &mut kept);
    kept.sort();
    kept
}

fn collect(folder: &Path, depth: usize, wanted: &dyn Fn(&str) -> bool, kept: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder && depth > 0 {
            collect(&entry.path(), depth - 1, wanted, kept);
        } else if !is_folder && entry.file_name().to_str().is_some_and(wanted) {
            kept.push(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_keys_and_those_of_the_undo_set_are_named_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let old = "secret.key.old-20261123T120000Z";
        for path in [old, "secret.key", "secret.key.kms", ".loom-undo/1/secret.key", "x/secret.key"] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let named = [".loom-undo/1/secret.key", old].map(|path| folder.path().join(path));
        assert_eq!(clear_keys_kept(folder.path()), named);
        assert_eq!(clear_keys_kept(&folder.path().join("nowhere")), [] as [PathBuf; 0]);
    }
}
