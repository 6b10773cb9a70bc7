//! The layout of an archive: which files of a data dir go in, under which name, and which are left out and why.
//!
//! Does NOT list folders or read files (`ports::data_dir_files`); it decides.

use super::{ArchiveFormat, MemberPath};

/// The main database of a data dir.
pub const MAIN_DATABASE: &str = "openccu-loom.db";
/// The master key file of a data dir.
pub const KEY_FILE: &str = "secret.key";
/// What the names of earlier master key files begin with.
pub const OLD_KEY_PREFIX: &str = "secret.key.old-";
/// The file of variables that a daemon reads by default, where the data dir is its current folder.
pub const ENV_FILE: &str = ".env";
/// Why a file of variables is left out, and stays in an archive that holds one.
pub const ENV_FILE_REASON: &str = "variables of a machine, with their secrets";
/// Folder of an archive that holds the data dir.
pub const STATE_FOLDER: &str = "state";
/// The config file's name inside an archive.
pub const CONFIG_NAME: &str = "config.yaml";
/// Folder of an archive with the note on secrets that are not inside.
pub const SECRETS_FOLDER: &str = "secrets";
/// A folder that holds a file of this name is left out.
pub const NO_BACKUP_MARKER: &str = ".nobackup";
/// Folder of a data dir with the stored CCU backups.
const CCU_BACKUPS_FOLDER: &str = "backups";
/// Folder that a file system has for itself in its root.
pub const LOST_AND_FOUND: &str = "lost+found";
/// Prefix of the names this program gives to its own working files and folders in a data dir or archive folder.
pub const WORK_PREFIX: &str = ".loom-";
/// Folder of a data dir where a restore stages, and what it replaces lies until all is in place.
pub const RESTORE_FOLDER: &str = ".loom-restore";
/// Folder of a data dir with what the last restore or undo replaced.
pub const UNDO_FOLDER: &str = ".loom-undo";
/// Folder in that one with the replaced files, each at its path in the data dir.
pub const UNDO_FILES: &str = "files";
/// The lock a running daemon or a restore holds on a data dir.
pub const INSTANCE_LOCK: &str = "openccu-loom.lock";

/// How many bytes of a file's beginning [`judge_file`] wants to see.
pub const HEAD_BYTES: usize = 64;

/// What to do with a regular file of the data dir.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFate {
    /// Snapshot it: it is a SQLite database.
    Snapshot,
    /// Copy it.
    Copy,
    /// Leave it out without a word: it belongs to a database, a lock or this program's work.
    Internal,
    /// Leave it out: it is an archive itself.
    Archive,
    /// Leave it out: it holds variables of the machine. Secrets of those are in no archive, and a machine takes its
    /// variables from nobody's archive.
    Variables,
}

/// Decides on one regular file by its place in the data dir and its first [`HEAD_BYTES`] bytes (fewer if shorter).
pub fn judge_file(path: &MemberPath, head: &[u8]) -> FileFate {
    let name = path.file_name();
    if name.starts_with(WORK_PREFIX) || name == INSTANCE_LOCK || name == NO_BACKUP_MARKER || is_sidecar(name)
    {
        return FileFate::Internal;
    }
    if path.as_str() == ENV_FILE {
        return FileFate::Variables;
    }
    if head.starts_with(b"SQLite format 3\0") || path.as_str() == MAIN_DATABASE {
        return FileFate::Snapshot;
    }
    if is_archive(name, head) { FileFate::Archive } else { FileFate::Copy }
}

/// Whether that file of a data dir holds a master key as it is, the present one or an earlier one. Wrapped keys are none.
pub fn holds_bare_key(path: &MemberPath) -> bool {
    path.as_str() == KEY_FILE || path.as_str().starts_with(OLD_KEY_PREFIX)
}

/// Why a folder is left out; `None` means it goes in.
pub fn judge_folder(path: &MemberPath, holds_marker: bool) -> Option<&'static str> {
    if path.file_name().starts_with(WORK_PREFIX) {
        return Some("working folder of a backup or restore");
    }
    if path.as_str() == CCU_BACKUPS_FOLDER {
        return Some("stored CCU backups");
    }
    holds_marker.then_some("holds `.nobackup`")
}

/// Why a folder that cannot be listed is left out; `None` means that what is in it is missed. A disk of its own has such a
/// folder of root, in which only a repair of the file system puts something.
pub fn judge_closed_folder(path: &MemberPath) -> Option<&'static str> {
    (path.file_name() == LOST_AND_FOUND).then_some("folder of the file system, which cannot be read")
}

/// Files that live and die with a database: write-ahead log, shared memory, rollback journal, migration lock.
fn is_sidecar(name: &str) -> bool {
    const ENDINGS: [&str; 4] = ["-wal", "-shm", "-journal", "-migrate.lock"];
    ENDINGS.iter().any(|ending| name.strip_suffix(ending).is_some_and(|stem| stem.ends_with(".db")))
}

/// The names of the sidecars SQLite would replay into, or share with, the database `path`.
pub fn sidecars_of(path: &MemberPath) -> Vec<MemberPath> {
    ["-wal", "-shm", "-journal"]
        .iter()
        .filter_map(|ending| MemberPath::parse(format!("{}{ending}", path.as_str()).as_bytes()).ok())
        .collect()
}

/// Archives in a data dir must not eat each other. Ours are known by their first bytes whatever their name, but for those
/// that begin like anybody's: a tar.zst, and an age file for a passphrase, only by an ending of ours. Archives that others
/// packed are known by the name `backup-*` too, for a data dir may hold such files that are no archives.
fn is_archive(name: &str, head: &[u8]) -> bool {
    const AGE_FILES: [&[u8]; 2] = [b"age-encryption.org/", b"-----BEGIN AGE ENCRY"];
    const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";
    const PACKED: [(&[u8], ArchiveFormat); 2] =
        [(b"\x1f\x8b", ArchiveFormat::TarGz), (b"PK\x03\x04", ArchiveFormat::Zip)];
    let named = ArchiveFormat::in_name(name);
    let claims = name.starts_with("backup-");
    is_ours(head)
        || (head.starts_with(ZSTD) && named == Some(ArchiveFormat::TarZst))
        || (AGE_FILES.iter().any(|magic| head.starts_with(magic)) && (claims || named.is_some()))
        || (claims && PACKED.iter().any(|(magic, format)| head.starts_with(magic) && named == Some(*format)))
}

/// Whether a file begins as this program's gzip, zip, sealed container, or age file with a hint in front.
fn is_ours(head: &[u8]) -> bool {
    /// Bytes of a zip file before its first name.
    const BEFORE_NAME: usize = 30;
    let gzip = head.starts_with(b"\x1f\x8b\x08\x04") && head.get(12..14) == Some(b"LM");
    let zip = head.starts_with(b"PK\x03\x04")
        && head.get(BEFORE_NAME..).is_some_and(|name| {
            name.strip_prefix(STATE_FOLDER.as_bytes())
                .and_then(|name| name.strip_prefix(b"/"))
                .is_some_and(|name| name.starts_with(MAIN_DATABASE.as_bytes()))
        });
    let hinted = head.starts_with(b"age-encryption.org/v1\n-> openccu-loom/hint");
    gzip || zip || hinted || head.starts_with(b"OCLBAK")
}

#[cfg(test)]
mod tests;
