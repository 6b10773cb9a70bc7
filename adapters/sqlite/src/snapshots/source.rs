//! The live database as a source to copy from: how it is opened so that not a byte of it changes.
//!
//! Does NOT judge what it holds (`ownership`, `inspect`).
//!
//! | what lies there | what is done |
//! |---|---|
//! | a database that can be shared, its writer running or not | read through locks, beside everybody else |
//! | one in WAL mode without a log, in a folder this user cannot write | read as one that nobody writes, then compared |
//! | a write-ahead log without shared memory, in such a folder | both copied, compared, and the copy is read |
//! | a rollback journal of a dead writer, which a reader must not replay | both copied, compared, and replayed there |
//! | shared memory this user may not read | refused: a writer may be at work |

use super::standstill::{Beside, Standstill, beside};
use crate::connection::{connect, file_uri};
use crate::inspect::{Failure, Sharing, bytes_in_pages, is_empty_to_sqlite, open_read_only, prepare};
use diesel::connection::SimpleConnection;
use diesel::sql_types::Text;
use diesel::{RunQueryDsl, SqliteConnection, sql_query};
use loom_domain::archive::layout::WORK_PREFIX;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use tempfile::TempDir;

/// The copy is scratch, so it is not synced to disk. Source and copy have a page cache of this many KiB each; every page
/// is needed once, so more memory makes nothing faster.
const SETTINGS: &str = "PRAGMA synchronous = OFF; PRAGMA cache_size = -1000;";

/// An open database that is only read.
pub(super) struct Source {
    connection: SqliteConnection,
    estimated_bytes: u64,
    /// What has to look the same afterwards, and where.
    standstill: Option<(Standstill, Box<Path>)>,
    /// Removed after the connection to it, which is declared before it.
    _copy: Option<TempDir>,
}

impl Source {
    /// Opens the database at an absolute path; copies of it, if needed, are made in `scratch_dir`.
    pub(super) fn open(live: &Path, scratch_dir: &Path) -> Result<Self, Failure> {
        look_at(live)?;
        let refusal = match open_read_only(live, Sharing::Shared) {
            Err(Failure::Blocked(words)) => words,
            opened => return Self::new(opened?),
        };
        let before = Standstill::of(live)?;
        match before.beside() {
            Beside::Nothing => Self::still(live, before),
            Beside::Log => Self::copied(live, "-wal", before, scratch_dir),
            Beside::Journal => Self::copied(live, "-journal", before, scratch_dir),
            Beside::SharedMemory => Err(Failure::Other(
                format!("{refusal}; another process may have it open\nhint: run as the user of the daemon")
                    .into(),
            )),
        }
    }

    /// The connection, for a look at what is about to be copied.
    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Bytes the copy will have at the most, apart from what is committed from now on.
    pub(super) fn estimated_bytes(&self) -> u64 {
        self.estimated_bytes
    }

    /// Copies the database as it is at one instant into the empty file at an absolute path.
    pub(super) fn vacuum_into(mut self, target: &Path) -> Result<(), Failure> {
        let copied =
            sql_query("VACUUM INTO ?").bind::<Text, _>(file_uri(target)).execute(&mut self.connection);
        // Looked at before the result: a database that changes underneath looks damaged.
        if let Some((before, live)) = &self.standstill
            && Standstill::of(live)? != *before
        {
            return Err(Failure::Moved);
        }
        copied?;
        Ok(())
    }

    /// Reads it as one that nobody writes; a writer that comes nevertheless is noticed afterwards.
    fn still(live: &Path, before: Standstill) -> Result<Self, Failure> {
        let source = Self::new(open_read_only(live, Sharing::Still)?)?;
        Ok(Self { standstill: Some((before, live.into())), ..source })
    }

    /// Copies the database with the file beside it, and reads the copy.
    fn copied(live: &Path, ending: &str, before: Standstill, scratch_dir: &Path) -> Result<Self, Failure> {
        let folder = tempfile::Builder::new()
            .prefix(WORK_PREFIX)
            .permissions(Permissions::from_mode(0o700))
            .tempdir_in(scratch_dir)
            .map_err(Failure::from)?;
        let copy = folder.path().join("copy.db");
        // Opening and closing the live file here ends no lock of this process: a connection to it would have made
        // shared memory or replayed the journal.
        fs::copy(beside(live, ending), beside(&copy, ending)).map_err(vanished)?;
        fs::copy(live, &copy).map_err(vanished)?;
        if Standstill::of(live)? != before {
            return Err(Failure::Moved);
        }
        fs::set_permissions(&copy, Permissions::from_mode(0o600))?;
        let mut connection = connect(&copy)?;
        prepare(&mut connection)?;
        let source = Self::new(connection)?;
        let estimated_bytes = source.estimated_bytes.max(before.bytes());
        Ok(Self { estimated_bytes, _copy: Some(folder), ..source })
    }

    fn new(mut connection: SqliteConnection) -> Result<Self, Failure> {
        connection.batch_execute(SETTINGS)?;
        let estimated_bytes = bytes_in_pages(&mut connection)?;
        Ok(Self { connection, estimated_bytes, standstill: None, _copy: None })
    }
}

/// Refuses what is no file, and what SQLite would take for a database without tables.
fn look_at(live: &Path) -> Result<(), Failure> {
    match fs::metadata(live) {
        Ok(file) if !file.is_file() => Err(Failure::Foreign("it is no regular file".to_owned())),
        Ok(file) if is_empty_to_sqlite(file.len()) => Err(Failure::Foreign("it is empty".to_owned())),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Failure::Missing),
        Err(error) => Err(error.into()),
    }
}

/// A file that goes away between a look and its copy was moved.
fn vanished(error: io::Error) -> Failure {
    if error.kind() == io::ErrorKind::NotFound { Failure::Moved } else { error.into() }
}
