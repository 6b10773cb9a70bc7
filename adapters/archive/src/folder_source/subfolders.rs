//! Folders in a folder of archives that hold archives too: a listing does not show those.
//!
//! Does NOT follow links, does NOT look into folders with a leading dot, and does NOT say what the archives are.

use super::candidates::is_ours;
use crate::durable::is_absent;
use loom_domain::ports::ArchiveId;
use std::io;
use std::path::{Path, PathBuf};

/// How deep it looks: folders of years, months and days.
const DEPTH: usize = 3;
/// What a file system keeps for itself, in each of its mounts; it is never ours to read.
const OF_FILE_SYSTEM: &str = "lost+found";

/// The folders below `folder`, as many as three levels deep, that hold an archive by its name or one that this project
/// wrote, and those that cannot be looked into; in the order of their names. May block the thread.
pub fn subfolders_with_archives(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for subfolder in folders_in(folder)? {
        look_into(subfolder, DEPTH, &mut found);
    }
    Ok(found)
}

fn look_into(folder: PathBuf, depth: usize, found: &mut Vec<PathBuf>) {
    let below = match folders_in(&folder) {
        Err(error) if is_absent(&error) => return,
        below => below,
    };
    let Ok(below) = below else { return found.push(folder) };
    if holds_archives(&folder) {
        found.push(folder);
    }
    if depth > 1 {
        below.into_iter().for_each(|subfolder| look_into(subfolder, depth - 1, found));
    }
}

fn folders_in(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_passed_over = name.as_encoded_bytes().starts_with(b".") || name == OF_FILE_SYSTEM;
        // A folder that is gone by now holds nothing.
        if !is_passed_over && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            folders.push(entry.path());
        }
    }
    folders.sort();
    Ok(folders)
}

fn holds_archives(folder: &Path) -> bool {
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let name = entry.file_name().to_string_lossy().replace(char::REPLACEMENT_CHARACTER, "?");
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        !is_folder && ArchiveId::parse(&name).is_some_and(|id| is_ours(&entry.path(), &id))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn folders_below_that_hold_archives_are_found_and_no_others() {
        let place = tempfile::tempdir().unwrap();
        let put = |path: &str, bytes: &[u8]| {
            let path = place.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        };
        put("backup-1.tar.gz", b"");
        put("2026/11/23/backup-1.tar.gz", b"");
        put("2026/11/23/too/deep/backup-1.tar.gz", b"");
        put("2026/notes.txt", b"text");
        put("sealed/monday", b"OCLBAK\x01stream-id");
        put("others/logs.gz", &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]);
        put("others/drawings.zip", b"PK\x03\x04");
        put(".loom-undo/backup-1.tar.gz", b"");
        put("lost+found/backup-1.tar.gz", b"");
        fs::create_dir(place.path().join("away")).unwrap();
        symlink("/nowhere/at/all", place.path().join("away/backup-1.tar.gz")).unwrap();
        symlink(place.path().join("sealed"), place.path().join("linked")).unwrap();
        let found = subfolders_with_archives(place.path()).unwrap();
        let expected = ["2026/11/23", "away", "sealed"].map(|name| place.path().join(name));
        assert_eq!(found, expected);
        assert!(subfolders_with_archives(&place.path().join("nowhere")).is_err());
    }
}
