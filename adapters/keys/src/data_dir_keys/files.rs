//! Key files on the disk: durable, of the owner of their data dir, and none lost for another.
//!
//! Does NOT order the steps of a switch.

use super::old;
use jiff::Timestamp;
use loom_domain::archive::KeyFileKind;
use loom_domain::archive::layout::WORK_PREFIX;
use loom_domain::secret::MasterKey;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;
use zeroize::Zeroizing;

/// Writes a new private file under a name that nothing has: `AlreadyExists` otherwise. The name is not durable before the
/// folder is synced.
pub(super) fn publish(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(&format!("{WORK_PREFIX}key-draft-"))
        .permissions(Permissions::from_mode(0o600))
        .tempfile_in(folder)?;
    adopt(folder, file.as_file())?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist_noclobber(folder.join(name)).map_err(|error| error.error)?;
    Ok(())
}

/// Gives what root has created to the owner of the data dir, whose daemon has to read it.
pub(super) fn adopt(folder: &Path, file: &File) -> io::Result<()> {
    let (folder, created) = (folder.metadata()?, file.metadata()?);
    if folder.uid() == created.uid() || !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    fchown(file, Some(folder.uid()), Some(folder.gid()))
}

/// Gives a key file that is replaced at that instant its old name too, unless an earlier try did; gives that name.
pub(super) fn keep_too(folder: &Path, kind: KeyFileKind, at: Timestamp) -> io::Result<String> {
    let path = folder.join(kind.file_name());
    let read = |path: &Path| fs::read(path).map(Zeroizing::new);
    let bytes = read(&path)?;
    for kept in old::names_of(folder, at)? {
        if KeyFileKind::of_old(&kept) == Some(kind) && read(&folder.join(&kept))? == bytes {
            return Ok(kept);
        }
    }
    let name = old::free_name(folder, kind, at);
    // Not every file system has links, and by now there is no way back.
    fs::hard_link(&path, folder.join(&name)).or_else(|_| publish(folder, &name, &bytes))?;
    sync(folder)?;
    Ok(name)
}

/// Writes a key that lies in no file here under an old name; gives that name, which is not durable before the folder is
/// synced.
pub(super) fn keep_from_elsewhere(folder: &Path, key: &MasterKey, at: Timestamp) -> io::Result<String> {
    let name = old::free_name(folder, KeyFileKind::Clear, at);
    publish(folder, &name, Zeroizing::new(format!("{}\n", *key.to_base64())).as_bytes())?;
    Ok(name)
}

/// Gives a key file its old name only; gives that name.
pub(super) fn keep_away(folder: &Path, kind: KeyFileKind, at: Timestamp) -> io::Result<String> {
    let name = old::free_name(folder, kind, at);
    fs::rename(folder.join(kind.file_name()), folder.join(&name))?;
    sync(folder)?;
    Ok(name)
}

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Whether anything has this name.
pub(super) fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Brings the names in a folder to the disk.
pub(super) fn sync(folder: &Path) -> io::Result<()> {
    use rustix::io::Errno;
    match rustix::fs::fsync(File::open(folder)?) {
        // Some network file systems cannot sync a folder and order these things themselves.
        Err(Errno::INVAL | Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
        synced => Ok(synced?),
    }
}
