//! What a data dir holds, so that two of them, or one at two times, can be compared.
//!
//! Two views: [`Contents`] speaks of meaning (rows of all tables, bytes of all other files), [`Bytes`] of every byte
//! of every file. Does NOT open a database where it lies: that alone may change files beside it.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What begins the name of everything the program keeps for itself.
const WORK_PREFIX: &str = ".loom-";
const SIDECARS: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Path → hash of a file's bytes, or of the dump of a database; folders have an empty one. Files the program or
/// SQLite keeps for itself are no contents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents(pub BTreeMap<String, String>);

/// Path → hash of the bytes of every file but the lock file, and what SQLite makes for readers: `-shm`, and a `-wal`
/// without a byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub BTreeMap<String, String>);

impl Contents {
    /// The contents of a data dir, with what lies in write-ahead logs.
    pub fn of(dir: &Path) -> Self {
        let mut contents = BTreeMap::new();
        walk(dir, dir, &mut |name, path| {
            let last = name.rsplit('/').next().unwrap_or_default();
            let internal = last.starts_with(WORK_PREFIX) || last.ends_with(".lock");
            if internal || SIDECARS.iter().any(|ending| last.ends_with(&format!(".db{ending}"))) {
                return false;
            }
            let hash = if path.is_dir() {
                String::new()
            } else if is_database(path) {
                dump_hash(path)
            } else {
                hash(&fs::read(path).unwrap())
            };
            contents.insert(name, hash);
            true
        });
        Self(contents)
    }
}

impl Bytes {
    /// The bytes of a folder.
    pub fn of(dir: &Path) -> Self {
        let mut bytes = BTreeMap::new();
        walk(dir, dir, &mut |name, path| {
            if path.is_dir() {
                bytes.insert(name, String::new());
            } else if !name.ends_with("openccu-loom.lock") && !is_made_for_readers(path) {
                bytes.insert(name, hash(&fs::read(path).unwrap()));
            }
            true
        });
        Self(bytes)
    }

    /// Names that came, went or have other bytes, for a short message.
    pub fn changes_since(&self, before: &Self) -> Vec<String> {
        let names = self.0.keys().chain(before.0.keys());
        let mut names: Vec<_> =
            names.filter(|name| self.0.get(*name) != before.0.get(*name)).cloned().collect();
        names.sort();
        names.dedup();
        names
    }
}

/// All names below a folder with what the program keeps for itself, sorted; folders too.
pub fn working_files(dir: &Path) -> Vec<String> {
    let mut names = Vec::new();
    walk(dir, dir, &mut |name, _| {
        names.push(name);
        true
    });
    names.retain(|name| name.rsplit('/').next().is_some_and(|last| last.starts_with(WORK_PREFIX)));
    names.sort();
    names
}

/// SHA-256, lower-case hex.
pub fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Shows everything below `dir` to `visit`, which says whether to go into a folder.
fn walk(root: &Path, dir: &Path, visit: &mut dyn FnMut(String, &Path) -> bool) {
    let mut paths: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let is_folder = path.symlink_metadata().unwrap().is_dir();
        if visit(name, &path) && is_folder {
            walk(root, &path, visit);
        }
    }
}

fn is_made_for_readers(path: &Path) -> bool {
    let name = path.to_string_lossy();
    name.ends_with("-shm") || (name.ends_with("-wal") && path.metadata().unwrap().len() == 0)
}

fn is_database(path: &Path) -> bool {
    use std::io::Read;
    let mut head = Vec::new();
    fs::File::open(path).unwrap().take(16).read_to_end(&mut head).unwrap();
    head == b"SQLite format 3\0"
}

/// Hash of all statements that would make the database anew, taken from a copy.
fn dump_hash(database: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.db");
    fs::copy(database, &copy).unwrap();
    let mut log = database.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        fs::copy(&log, folder.path().join("copy.db-wal")).unwrap();
    }
    let dump = Command::new("sqlite3").args(["-bail", "-batch"]).arg(&copy).arg(".dump").output().unwrap();
    if !dump.status.success() || dump.stdout.ends_with(b"ROLLBACK; -- due to errors\n") {
        return format!("unreadable: {}", String::from_utf8_lossy(&dump.stderr));
    }
    hash(&dump.stdout)
}
