//! Whether a database stands still: what can be seen of its files from outside, to be compared later.
//!
//! Does NOT open any of them: closing a database file would end the locks this process holds on it.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What a database and the files beside it look like from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standstill {
    database: Option<Look>,
    log: Option<Look>,
    journal: Option<Look>,
    shared_memory: Option<Look>,
}

/// What lies beside a database that SQLite could not open as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing that holds data: the database is complete in itself.
    Nothing,
    /// A rollback journal: somebody died in the middle of a transaction.
    Journal,
    /// A write-ahead log without shared memory: nobody has the database open, but not all of it is in one file.
    Log,
    /// Shared memory: somebody has the database open, or had and died.
    SharedMemory,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Look {
    inode: u64,
    bytes: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Standstill {
    /// Looks at the database and at the files beside it.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        Ok(Self {
            database: look(database)?,
            log: look(&beside(database, "-wal"))?,
            journal: look(&beside(database, "-journal"))?,
            shared_memory: look(&beside(database, "-shm"))?,
        })
    }

    pub(super) fn beside(&self) -> Beside {
        let holds_data = |file: &Option<Look>| file.as_ref().is_some_and(|look| look.bytes > 0);
        if holds_data(&self.journal) {
            Beside::Journal
        } else if self.shared_memory.is_some() {
            Beside::SharedMemory
        } else if holds_data(&self.log) {
            Beside::Log
        } else {
            Beside::Nothing
        }
    }

    /// Bytes of the database and of what lies beside it.
    pub(super) fn bytes(&self) -> u64 {
        [&self.database, &self.log, &self.journal].into_iter().flatten().map(|look| look.bytes).sum()
    }
}

/// The file that belongs to a database under its name with this ending.
pub(super) fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(database);
    name.push(ending);
    name.into()
}

fn look(path: &Path) -> io::Result<Option<Look>> {
    match fs::metadata(path) {
        Ok(file) => Ok(Some(Look {
            inode: file.ino(),
            bytes: file.len(),
            modified: (file.mtime(), file.mtime_nsec()),
            changed: (file.ctime(), file.ctime_nsec()),
        })),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    /// A database with these files beside it.
    fn database(others: &[(&str, &str)]) -> (TempDir, PathBuf) {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("x.db");
        fs::write(&path, "pages").unwrap();
        for (ending, content) in others {
            fs::write(beside(&path, ending), content).unwrap();
        }
        (folder, path)
    }

    #[test]
    fn what_lies_beside_is_told_by_what_it_holds() {
        for (others, expected) in [
            (&[][..], Beside::Nothing),
            (&[("-wal", "")], Beside::Nothing),
            (&[("-journal", "")], Beside::Nothing),
            (&[("-wal", "frames")], Beside::Log),
            (&[("-wal", "frames"), ("-shm", "index")], Beside::SharedMemory),
            (&[("-wal", ""), ("-shm", "index")], Beside::SharedMemory),
            (&[("-journal", "pages")], Beside::Journal),
        ] {
            let (_folder, path) = database(others);
            assert_eq!(Standstill::of(&path).unwrap().beside(), expected, "{others:?}");
        }
    }

    #[test]
    fn whatever_a_writer_does_is_seen() {
        let (_folder, path) = database(&[]);
        let mut before = Standstill::of(&path).unwrap();
        for (ending, content) in
            [("-wal", ""), ("-wal", "frames"), ("-shm", "i"), ("-journal", "j"), ("", "p")]
        {
            fs::write(beside(&path, ending), content).unwrap();
            let after = Standstill::of(&path).unwrap();
            assert_ne!(after, before, "{ending}");
            before = after;
        }
        assert_eq!(Standstill::of(&path).unwrap(), before);
    }
}
