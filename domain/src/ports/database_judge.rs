//! Database judge: is a SQLite database that came out of an archive whole, and what is in it?
//!
//! Does NOT decide what follows from that (`restore_plan`) and does NOT change the database.

use super::BoxError;
use crate::archive::{DatabaseFacts, SealedValue};
use async_trait::async_trait;
use std::path::Path;

/// Judges databases nobody has open. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::database_judge`)
/// - A whole database has neither problems nor orphans, and its facts are those of its snapshot.
/// - A database damaged in a page is reported with SQLite's words, not as an error of the judge.
/// - A file that is no database is reported as a problem.
/// - Rows whose parent is missing are reported as orphans, not as damage.
/// - Every sealed value in the secret-classed columns is returned, those inside section JSON included.
/// - The file and its folder are left as they were, byte for byte.
#[async_trait]
pub trait DatabaseJudge: Send + Sync {
    /// Judges the database stored at `location`, as a staging area said it.
    async fn judge(&self, location: &Path) -> Result<Verdict, JudgeError>;
}

/// What a judge found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What the database says of itself; `None` if it is too damaged to say.
    pub facts: Option<DatabaseFacts>,
    /// What `integrity_check` found, at most 20 lines; empty means whole.
    pub problems: Vec<String>,
    /// What `foreign_key_check` found, a line per table and parent, at most 20; empty means none.
    pub orphans: Vec<String>,
    /// Its sealed values.
    pub sealed: Vec<SealedValue>,
}

/// The judge could not look.
#[derive(Debug, thiserror::Error)]
#[error("database `{path}` cannot be checked: {source}")]
pub struct JudgeError {
    /// The file.
    pub path: String,
    /// Why.
    #[source]
    pub source: BoxError,
}
