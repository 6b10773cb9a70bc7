//! The judge of SQLite databases: integrity, foreign keys, facts, sealed values, of a file nobody has open.
//!
//! Does NOT trust the file: no view, trigger or default of it is run, and functions with effects are refused.

mod checks;

use crate::inspect::{
    Failure, Sharing, bytes_in_pages, is_empty_to_sqlite, open_read_only, read_facts, sealed_values,
};
use async_trait::async_trait;
use diesel::connection::SimpleConnection;
use loom_domain::ports::{BoxError, DatabaseJudge, JudgeError, Verdict};
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;
use tokio::task::spawn_blocking;

/// How much is read at a time.
const READ_BYTES: usize = 256 << 10;

/// Judges SQLite databases. The file is read without locks; nothing is made beside it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SqliteJudge;

impl SqliteJudge {
    /// A judge.
    pub fn new() -> Self {
        Self
    }
}

#[async_trait]
impl DatabaseJudge for SqliteJudge {
    async fn judge(&self, location: &Path) -> Result<Verdict, JudgeError> {
        let path = location.to_owned();
        let judged = spawn_blocking(move || judge(&path)).await;
        let judged = judged.map_err(|error| format!("the work was stopped: {error}").into()).flatten();
        judged.map_err(|source| JudgeError { path: location.display().to_string(), source })
    }
}

fn judge(path: &Path) -> Result<Verdict, BoxError> {
    let path = std::path::absolute(path)?;
    let mut verdict = Verdict { facts: None, problems: Vec::new(), orphans: Vec::new(), sealed: Vec::new() };
    let bytes = fs::metadata(&path)?.len();
    if is_empty_to_sqlite(bytes) {
        verdict.problems.push("the file is empty".to_owned());
        return Ok(verdict);
    }
    read_once(&path)?;
    match examine(&path, bytes, &mut verdict) {
        Ok(()) => Ok(verdict),
        Err(Failure::Damaged(words) | Failure::Foreign(words) | Failure::Senseless(words)) => {
            checks::note(&mut verdict.problems, &words);
            Ok(verdict)
        }
        Err(Failure::Blocked(words)) => Err(words.into()),
        Err(Failure::Other(source)) => Err(source),
        Err(failure @ (Failure::Missing | Failure::Moved | Failure::Full)) => {
            Err(format!("reading ended with {failure:?}").into())
        }
    }
}

/// Reads the file from front to back. The checks walk it backwards, page by page, which a disk that has yet to read it
/// serves many times slower.
fn read_once(path: &Path) -> io::Result<()> {
    let mut file = BufReader::with_capacity(READ_BYTES, File::open(path)?);
    io::copy(&mut file, &mut io::sink()).map(drop)
}

fn examine(path: &Path, bytes: u64, verdict: &mut Verdict) -> Result<(), Failure> {
    let mut connection = open_read_only(path, Sharing::Still)?;
    // SQLite takes what is missing of the last page for zeros.
    let expected = bytes_in_pages(&mut connection)?;
    if bytes < expected {
        checks::note(&mut verdict.problems, &format!("the file has {bytes} bytes of {expected}"));
    }
    connection.batch_execute("PRAGMA trusted_schema = OFF;")?;
    checks::integrity(&mut connection, &mut verdict.problems)?;
    let facts = verdict.facts.insert(read_facts(&mut connection)?);
    verdict.sealed = sealed_values(&mut connection, facts)?;
    checks::foreign_keys(&mut connection, &mut verdict.orphans)
}
