//! What makes files private and durable: owner-only modes, fsync of files and folders, renames that replace nothing.
//!
//! Does NOT order these steps; who stages or swaps does.

use rustix::fs::{CWD, RenameFlags};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Creates a new file, 0600, open for writing; fails if anything of that name exists, a broken link too.
pub(crate) fn create_private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Creates a folder, 0700, with its parents; one that exists is kept as it is.
pub(crate) fn create_private_folders(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Brings the names in a folder to the disk: files created, renamed and removed there.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    match File::open(path)?.sync_all() {
        // Some network file systems cannot sync a folder and order these things themselves.
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::INVAL.raw_os_error()) => Ok(()),
        synced => synced,
    }
}

/// Gives the file `from`, which must be synced already, its public name `to`; durable when it returns. Fails with
/// `AlreadyExists` if `to` exists.
pub(crate) fn publish_new(from: &Path, to: &Path) -> io::Result<()> {
    rename_no_replace(from, to)?;
    sync_folder(parent_of(to))
}

/// Renames `from` to `to`; fails with `AlreadyExists` if `to` exists, whatever it is.
pub(crate) fn rename_no_replace(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::io::Errno;
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // The file system does not know the flag; a look beforehand is the best there is.
        Err(Errno::INVAL | Errno::NOSYS) => {
            if exists(to)? {
                return Err(Errno::EXIST.into());
            }
            std::fs::rename(from, to)
        }
        Err(other) => Err(other.into()),
    }
}

/// The folder a path lies in; `.` for a bare name.
pub(crate) fn parent_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether anything has this name, a broken link included.
pub(crate) fn exists(path: &Path) -> io::Result<bool> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Whether the error says that nothing has this name.
pub(crate) fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether the error says that there is no room: disk full, a quota reached, or the largest file exceeded.
pub(crate) fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn files_and_folders_are_private_and_new() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/b");
        create_private_folders(&folder).unwrap();
        create_private_folders(&folder).unwrap();
        let file = folder.join("file");
        create_private_file(&file).unwrap();
        assert_eq!(create_private_file(&file).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&place.path().join("a")), mode(&file)), (0o700, 0o700, 0o600));
    }

    #[test]
    fn a_rename_replaces_nothing_not_even_a_broken_link() {
        let place = tempfile::tempdir().unwrap();
        let [from, to, link] = ["from", "to", "link"].map(|name| place.path().join(name));
        std::fs::write(&from, "1").unwrap();
        std::fs::write(&to, "2").unwrap();
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        for taken in [&to, &link] {
            let error = rename_no_replace(&from, taken).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        }
        std::fs::remove_file(&to).unwrap();
        rename_no_replace(&from, &to).unwrap();
        assert_eq!(std::fs::read(&to).unwrap(), b"1");
    }
}
