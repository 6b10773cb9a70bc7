//! Snapshots of live SQLite databases: `VACUUM INTO` a scratch file through a connection that cannot write.
//!
//! Does NOT open a state store, migrate, or wait for a daemon to stop; where a database cannot be shared, `source`
//! says what is done instead.

mod content;
mod ownership;
mod scratch;
mod source;
mod standstill;

use crate::inspect::{Failure, Sharing, open_read_only, read_facts, sealed_values};
use async_trait::async_trait;
use content::ScratchContent;
use loom_domain::archive::MemberPath;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::{Progress, Snapshot, SnapshotError, Snapshots, Stage};
use scratch::Scratch;
use source::Source;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::task::spawn_blocking;

/// How often a snapshot starts over when a database that cannot be shared changes underneath.
const ATTEMPTS: usize = 3;
/// How often progress is looked for.
const GLANCE: Duration = Duration::from_millis(100);

/// Snapshots of the databases in one data dir.
///
/// A snapshot is a file of its own in the scratch folder, readable by its owner only. Once it is complete its name is
/// removed at once, so a killed process leaves nothing behind from then on; its space is given back when the snapshot
/// is dropped. A call that is cancelled ends its copy in the background and removes it.
///
/// SQLite leaves `-shm` and an empty `-wal` behind when it reads a database in WAL mode that nobody has open. They
/// belong to the database's owner and hold nothing; they are the only files ever made in the data dir.
#[derive(Debug, Clone)]
pub struct SqliteSnapshots {
    data_dir: PathBuf,
    scratch_dir: PathBuf,
}

impl SqliteSnapshots {
    /// Snapshots of `data_dir`, kept in `scratch_dir`, which must exist and have room for the largest database; twice
    /// that if the database was left behind in the middle of a transaction.
    pub fn new(data_dir: PathBuf, scratch_dir: PathBuf) -> Self {
        Self { data_dir, scratch_dir }
    }

    async fn attempt(&self, path: &MemberPath, progress: &dyn Progress) -> Result<Snapshot, (Failure, u64)> {
        let (live, scratch_dir) = (self.data_dir.join(path.as_str()), self.scratch_dir.clone());
        let is_main = path.as_str() == MAIN_DATABASE;
        let opened = spawn_blocking(move || open(&live, &scratch_dir, is_main)).await;
        let (source, scratch) = opened.map_err(Failure::from).flatten().map_err(|failure| {
            let needed = std::fs::metadata(self.data_dir.join(path.as_str())).map_or(0, |file| file.len());
            (failure, needed)
        })?;
        let needed = source.estimated_bytes();
        progress.begin(Stage::Snapshot, path.as_str(), Some(needed));

        let growing = scratch.path().to_owned();
        let name = path.as_str().to_owned();
        let mut copying = spawn_blocking(move || copy(source, scratch, name));
        let copied = loop {
            tokio::select! {
                copied = &mut copying => break copied,
                () = tokio::time::sleep(GLANCE) => {
                    progress.reached(std::fs::metadata(&growing).map_or(0, |file| file.len()));
                }
            }
        };
        let snapshot = copied.map_err(Failure::from).flatten().map_err(|failure| (failure, needed))?;
        progress.reached(snapshot.bytes);
        Ok(snapshot)
    }

    fn error(&self, path: &MemberPath, failure: Failure, needed_bytes: u64) -> SnapshotError {
        let path = path.to_string();
        match failure {
            Failure::Missing => SnapshotError::Missing(path),
            Failure::Foreign(reason) => SnapshotError::Foreign { path, reason },
            Failure::Damaged(reason) => SnapshotError::Damaged { path, reason },
            Failure::Full => {
                let scratch = self.scratch_dir.display().to_string();
                SnapshotError::Full { path, scratch, needed_bytes }
            }
            Failure::Senseless(words) | Failure::Blocked(words) => {
                SnapshotError::Unavailable { path, source: words.into() }
            }
            Failure::Moved => {
                let reason = "it changes while it is read, and this user may not open it beside its writer\n\
                              hint: run as the user of the daemon";
                SnapshotError::Unavailable { path, source: reason.into() }
            }
            Failure::Other(source) => SnapshotError::Unavailable { path, source },
        }
    }
}

#[async_trait]
impl Snapshots for SqliteSnapshots {
    async fn take_snapshot(
        &self,
        path: &MemberPath,
        progress: &dyn Progress,
    ) -> Result<Snapshot, SnapshotError> {
        let mut attempts = 1;
        loop {
            match self.attempt(path, progress).await {
                Ok(snapshot) => return Ok(snapshot),
                Err((Failure::Moved, _)) if attempts < ATTEMPTS => attempts += 1,
                Err((failure, needed_bytes)) => return Err(self.error(path, failure, needed_bytes)),
            }
        }
    }
}

/// Opens the database and a place for its copy; refuses a main database that is another program's.
fn open(live: &Path, scratch_dir: &Path, is_main: bool) -> Result<(Source, Scratch), Failure> {
    let (live, scratch_dir) = (std::path::absolute(live)?, std::path::absolute(scratch_dir)?);
    let mut source = Source::open(&live, &scratch_dir)?;
    if is_main {
        ownership::check(source.connection())?;
    }
    let scratch = Scratch::create_in(&scratch_dir)?;
    Ok((source, scratch))
}

/// Copies the database and reads from the copy what it says of itself.
fn copy(source: Source, scratch: Scratch, name: String) -> Result<Snapshot, Failure> {
    let needed = source.estimated_bytes();
    source.vacuum_into(scratch.path()).map_err(|failure| match failure {
        // SQLite does not tell a file that may not grow any further from a broken disk.
        Failure::Other(source) => match scratch.try_size(needed).map_err(Failure::from) {
            Err(Failure::Full) => Failure::Full,
            _ => Failure::Other(source),
        },
        failure => failure,
    })?;
    let mut connection = open_read_only(scratch.path(), Sharing::Still)?;
    let facts = read_facts(&mut connection)?;
    let sealed = sealed_values(&mut connection, &facts)?;
    drop(connection);
    let file = scratch.into_nameless_file();
    let bytes = file.metadata()?.len();
    Ok(Snapshot { facts, sealed, bytes, content: Box::new(ScratchContent::new(name, file, bytes)) })
}
