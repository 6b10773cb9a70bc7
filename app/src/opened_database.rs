//! The file of the state database, to notice when it is no longer the one that was opened.
//!
//! SQLite goes on with the file it has open, whatever its name belongs to now. Does NOT open or read it: closing it would
//! end the locks SQLite holds on it.

use loom_domain::archive::layout::MAIN_DATABASE;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Where the write-ahead log of a database that was replaced is kept.
const LOG_OF_REPLACED: &str = ".loom-wal-of-replaced-database";

/// The database file as it was opened.
pub struct OpenedDatabase {
    path: PathBuf,
    identity: Option<Identity>,
    log: Option<Identity>,
}

/// Device and number of a file.
type Identity = (u64, u64);

/// What became of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Gone,
    Replaced,
}

impl OpenedDatabase {
    /// Remembers the database of a data dir; to be called once it is open.
    pub(crate) fn of(data_dir: &Path) -> Self {
        let path = data_dir.join(MAIN_DATABASE);
        Self { identity: identity(&path), log: identity(&beside(&path, "-wal")), path }
    }

    /// What became of it, if it is no longer the one that was opened: a key and words. What is stored then, is lost.
    pub(crate) fn complaint(&self) -> Option<(&'static str, String)> {
        let path = self.path.display();
        Some(match self.fate()? {
            Fate::Gone => (
                "database_gone",
                format!("`{path}` is gone while the daemon runs; restart the daemon once it is back"),
            ),
            Fate::Replaced => (
                "database_replaced",
                format!(
                    "`{path}` was replaced while the daemon runs; stop the daemon before a restore, and start it again now"
                ),
            ),
        })
    }

    /// Keeps the write-ahead log of a database that was replaced from being applied to the one that lies there now,
    /// which would damage it: SQLite leaves the log there, and cannot tell whose it is.
    pub(crate) fn keep_log_from_successor(&self) {
        let log = beside(&self.path, "-wal");
        if self.fate() != Some(Fate::Replaced) || self.log.is_none() || identity(&log) != self.log {
            return;
        }
        let aside = self.path.with_file_name(LOG_OF_REPLACED);
        match std::fs::rename(&log, &aside) {
            Ok(()) => tracing::warn!(
                log = %aside.display(),
                "the write-ahead log of the database that was replaced is set aside"
            ),
            Err(error) => tracing::error!(%error, log = %log.display(), "remove it before the next start"),
        }
        // Only an index of the log; whoever opens a database next makes it anew.
        if let Err(error) = std::fs::remove_file(beside(&self.path, "-shm")) {
            tracing::warn!(%error, "the index of that log stays");
        }
    }

    fn fate(&self) -> Option<Fate> {
        match identity(&self.path) {
            now if now == self.identity => None,
            None => Some(Fate::Gone),
            Some(_) => Some(Fate::Replaced),
        }
    }
}

fn identity(path: &Path) -> Option<Identity> {
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
