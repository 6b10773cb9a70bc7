//! What makes files private and durable: owner-only modes, fsync of files and folders, renames that replace nothing.
//!
//! Does NOT order these steps; who stages or swaps does.

#[cfg(test)]
mod tests;

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
    sync_open_folder(&File::open(path)?)
}

fn sync_open_folder(folder: &File) -> io::Result<()> {
    use rustix::io::Errno;
    match rustix::fs::fsync(folder) {
        // Some network file systems cannot sync a folder and order these things themselves.
        Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        synced => Ok(synced?),
    }
}

/// Gives the file `from`, which must be synced already, its public name `to`; durable when it returns. Fails with
/// `AlreadyExists` if `to` exists. Whatever fails, there is no new file at `to`.
pub(crate) fn publish_new(from: &Path, to: &Path) -> io::Result<()> {
    publish_by(rename_no_replace, from, to)
}

/// As [`publish_new`], with a rename that may refuse.
pub(crate) fn publish_by(
    rename: impl FnOnce(&Path, &Path) -> io::Result<()>,
    from: &Path,
    to: &Path,
) -> io::Result<()> {
    publish_and(rename, sync_open_folder, from, to)
}

fn publish_and(
    rename: impl FnOnce(&Path, &Path) -> io::Result<()>,
    sync: impl FnOnce(&File) -> io::Result<()>,
    from: &Path,
    to: &Path,
) -> io::Result<()> {
    let parent = parent_of(to);
    let failed = |what: &str, error: io::Error| {
        io::Error::new(error.kind(), format!("{what} the folder `{}` failed: {error}", parent.display()))
    };
    // A folder that may be written but not read could not be synced; that shows before the file has its name.
    let folder = File::open(parent).map_err(|error| failed("opening", error))?;
    rename(from, to)?;
    sync(&folder).map_err(|error| {
        // The caller reports that there is no such file. One that cannot be removed either is complete.
        _ = std::fs::remove_file(to);
        failed("syncing", error)
    })
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
pub fn parent_of(path: &Path) -> &Path {
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

/// Whether the error says that this process may not write there: a missing right, or a read-only mount.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Whether the error says that there is no room: disk full, a quota reached, or the largest file exceeded.
pub fn is_full(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}
