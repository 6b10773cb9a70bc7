//! The layout of an archive: which files of a data dir go in, under which name, and which are left out and why.
//!
//! Does NOT list folders or read files (`ports::data_dir_files`); it decides.

use super::MemberPath;

/// The main database of a data dir.
pub const MAIN_DATABASE: &str = "openccu-loom.db";
/// The master key file of a data dir.
pub const KEY_FILE: &str = "secret.key";
/// What the names of earlier master key files begin with.
pub const OLD_KEY_PREFIX: &str = "secret.key.old-";
/// Folder of an archive that holds the data dir.
pub const STATE_FOLDER: &str = "state";
/// The config file's name inside an archive.
pub const CONFIG_NAME: &str = "config.yaml";
/// Folder of an archive with the note on secrets that are not inside.
pub const SECRETS_FOLDER: &str = "secrets";
/// A folder that holds a file of this name is left out.
pub const NO_BACKUP_MARKER: &str = ".nobackup";
/// Folder of a data dir with the stored CCU backups.
pub const CCU_BACKUPS_FOLDER: &str = "backups";
/// Prefix of the names this program gives to its own working files and folders in a data dir or archive folder.
pub const WORK_PREFIX: &str = ".loom-";
/// The lock a running daemon or a restore holds on a data dir.
pub const INSTANCE_LOCK: &str = "openccu-loom.lock";

/// How many bytes of a file's beginning [`judge_file`] wants to see.
pub const HEAD_BYTES: usize = 20;

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
}

/// Decides on one regular file by its place in the data dir and its first [`HEAD_BYTES`] bytes (fewer if shorter).
pub fn judge_file(path: &MemberPath, head: &[u8]) -> FileFate {
    let name = path.file_name();
    if name.starts_with(WORK_PREFIX) || name == INSTANCE_LOCK || name == NO_BACKUP_MARKER || is_sidecar(name)
    {
        return FileFate::Internal;
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

/// Files that live and die with a database: write-ahead log, shared memory, rollback journal, migration lock.
pub fn is_sidecar(name: &str) -> bool {
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

/// Archives in a data dir must not eat each other. Our gzip and `OCLBAK` are known by their first bytes whatever their
/// name; other packings only by the name `backup-*` too, for a data dir may hold such files that are no archives.
fn is_archive(name: &str, head: &[u8]) -> bool {
    const NAMED: [(&[u8], &str); 5] = [
        (b"\x1f\x8b", ".tar.gz"),
        (b"\x28\xb5\x2f\xfd", ".tar.zst"),
        (b"PK\x03\x04", ".zip"),
        (b"age-encryption.org/", ""),
        (b"-----BEGIN AGE ENCRY", ""),
    ];
    let ours = head.len() >= 14 && head[..4] == [0x1f, 0x8b, 8, 4] && &head[12..14] == b"LM";
    let like = |(magic, ending): &(&[u8], &str)| head.starts_with(magic) && name.ends_with(ending);
    ours || head.starts_with(b"OCLBAK") || (name.starts_with("backup-") && NAMED.iter().any(like))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(path: &str, head: &[u8]) -> FileFate {
        judge_file(&MemberPath::parse(path.as_bytes()).unwrap(), head)
    }

    #[test]
    fn databases_are_known_by_their_first_bytes_at_any_depth() {
        assert_eq!(fate("history.db", b"SQLite format 3\0...."), FileFate::Snapshot);
        assert_eq!(fate("a/b/odd.name", b"SQLite format 3\0...."), FileFate::Snapshot);
        assert_eq!(fate("notes.db", b"plain text"), FileFate::Copy);
    }

    #[test]
    fn the_main_database_is_never_copied_as_a_plain_file() {
        assert_eq!(fate("openccu-loom.db", b"garbage"), FileFate::Snapshot);
    }

    #[test]
    fn what_lives_with_a_database_is_left_out() {
        for name in ["openccu-loom.db-wal", "history.db-shm", "x.db-journal", "openccu-loom.db-migrate.lock"]
        {
            assert_eq!(fate(name, b"SQLite"), FileFate::Internal, "{name}");
        }
        assert_eq!(fate("diary-wal", b"text"), FileFate::Copy);
    }

    #[test]
    fn archives_in_the_data_dir_are_left_out_whatever_their_name() {
        let ours = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x0d\0LM\x09\0....";
        assert_eq!(fate("anything.bin", ours), FileFate::Archive);
        assert_eq!(fate("x", b"OCLBAK\x01........"), FileFate::Archive);
        assert_eq!(fate("backup-pi-20260608T120000Z.tar.gz", b"\x1f\x8b\x08\0"), FileFate::Archive);
        assert_eq!(fate("firmware.tar.gz", b"\x1f\x8b\x08\0"), FileFate::Copy);
        let forms: [(&str, &[u8]); 4] = [
            ("tar.zst", b"\x28\xb5\x2f\xfd...."),
            ("zip", b"PK\x03\x04...."),
            ("tar.gz.age", b"age-encryption.org/v1\n"),
            ("tar.gz.age", b"-----BEGIN AGE ENCRYPTED FILE-----"),
        ];
        for (ending, head) in forms {
            let head = &head[..head.len().min(HEAD_BYTES)];
            assert_eq!(fate(&format!("backup-pi-20260608T120000Z.{ending}"), head), FileFate::Archive);
            assert_eq!(fate(&format!("drawings.{ending}"), head), FileFate::Copy);
        }
        assert_eq!(fate("backup-of-cats.png", b"PK\x03\x04...."), FileFate::Copy);
    }

    #[test]
    fn the_key_file_goes_in() {
        assert_eq!(fate("secret.key", b"AAAA"), FileFate::Copy);
    }

    #[test]
    fn only_files_with_a_bare_key_are_told_as_such() {
        let bare = |path: &str| holds_bare_key(&MemberPath::parse(path.as_bytes()).unwrap());
        for path in ["secret.key", "secret.key.old-20261123T120000Z"] {
            assert!(bare(path), "{path}");
        }
        for path in
            ["secret.key.kms", "secret.key.kms.old-20261123T120000Z", "certs/secret.key", "secret.keys"]
        {
            assert!(!bare(path), "{path}");
        }
    }

    #[test]
    fn folders_are_left_out_with_a_reason() {
        let folder = |path: &str, marker| judge_folder(&MemberPath::parse(path.as_bytes()).unwrap(), marker);
        assert_eq!(folder("backups", false), Some("stored CCU backups"));
        assert_eq!(folder("a/backups", false), None);
        assert_eq!(folder("certs", true), Some("holds `.nobackup`"));
        assert!(folder(".loom-undo", false).is_some());
        assert_eq!(folder("certs", false), None);
    }
}
