//! The verdict on an archive of the state: in a word, in detail, and as JSON.
//!
//! Does NOT reach it (`usecases::verify_archive`).

use crate::archive_json;
use crate::jobs::JobId;
use jiff::Timestamp;
use loom_domain::ports::{ArchiveId, SourceError};
use loom_domain::usecases::{ExamineError, Examined};
use serde_json::{Value, json};

/// What a verification found.
#[derive(Debug, Clone)]
pub struct VerifiedArchive {
    /// When it ended.
    pub at: Timestamp,
    /// The job that did it.
    pub job: JobId,
    /// What it found.
    pub verdict: Verdict,
}

/// A verdict. Its JSON is the result of the job, with the field names of `backup verify --json`.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// The archive was read to its end; what is wrong with it is inside.
    Examined(Box<Examined>),
    /// It is damaged in a way that ends the reading, in words.
    Unreadable(String),
    /// It is sealed, and nothing at hand opens it, in words: whether it is whole is not known.
    Closed(String),
}

/// What to do about an archive that this daemon cannot open.
const ELSEWHERE: &str = "verify it with `openccu-loom backup verify` where there is what opens it";

impl Verdict {
    /// The verdict behind the outcome of an examination; `Err` if there is none.
    pub(super) fn of(outcome: Result<Examined, ExamineError>) -> Result<Self, ExamineError> {
        match outcome {
            Ok(examined) => Ok(Self::Examined(Box::new(examined))),
            Err(error) if is_of_the_archive(&error) => Ok(Self::Unreadable(error.to_string())),
            Err(ExamineError::Source(error)) if is_of_the_seal(&error) => {
                Ok(Self::Closed(first_line(&error)))
            }
            Err(error) => Err(error),
        }
    }

    /// Whether the archive is whole and the key at hand opens all that is sealed in it.
    pub fn is_ok(&self) -> bool {
        self.word() == "ok"
    }

    /// Whether the archive is not what it was.
    pub fn is_damaged(&self) -> bool {
        self.word() == "damaged"
    }

    /// `ok`, `damaged`, `sealed values do not open`, or `sealed`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "damaged",
            Self::Closed(_) => "sealed",
            Self::Examined(examined) if !examined.damage().is_empty() => "damaged",
            Self::Examined(examined) if examined.sealed.unreadable > 0 => "sealed values do not open",
            Self::Examined(_) => "ok",
        }
    }

    /// Everything that makes the archive a damaged one, in words.
    pub fn damage(&self) -> Vec<String> {
        match self {
            Self::Unreadable(words) => vec![words.clone()],
            Self::Examined(examined) => examined.damage(),
            Self::Closed(_) => Vec::new(),
        }
    }

    pub(super) fn to_json(&self, id: &ArchiveId, notes: &[String]) -> Value {
        let mut told = json!({
            "archive": id.as_str(),
            "verdict": self.word(),
            "ok": self.is_ok(),
            "damage": self.damage(),
        });
        if let (Self::Examined(examined), Some(told)) = (self, told.as_object_mut())
            && let Value::Object(facts) = facts(examined)
        {
            told.extend(facts);
        }
        let own = match self {
            Self::Examined(examined) => examined.bad_key_file.as_ref(),
            Self::Unreadable(_) => None,
            Self::Closed(words) => {
                told["reason"] = words.as_str().into();
                told["hint"] = ELSEWHERE.into();
                None
            }
        };
        told["notes"] = notes.iter().chain(own).cloned().collect();
        told
    }
}

fn facts(examined: &Examined) -> Value {
    let databases = examined.databases.iter().filter_map(|database| {
        let facts = database.verdict.facts.as_ref()?;
        Some(json!({
            "member": database.member.as_str(),
            "lineage": facts.lineage.as_str(),
            "schema_version": facts.schema_version,
            "rows": facts.tables,
        }))
    });
    json!({
        "kind": examined.kind.as_str(),
        "format": archive_json::format(examined.kind),
        "sealed_for": archive_json::sealed_for(examined.lock.as_ref()),
        "recipients": archive_json::recipients(examined.lock.as_ref()),
        "created_at": examined.manifest.created_at.to_string(),
        "files": examined.files.len(),
        "bytes": examined.files.values().map(|found| found.bytes).sum::<u64>(),
        "databases": databases.collect::<Value>(),
        "sealed_values": archive_json::sealed_values(&examined.sealed),
        "key": archive_json::used_key(examined.key.as_ref()),
        "orphans": examined.orphans(),
    })
}

/// Whether it is the archive that is wrong, and not the place, the disk or the key.
fn is_of_the_archive(error: &ExamineError) -> bool {
    match error {
        ExamineError::Source(error) => {
            matches!(error, SourceError::Damaged { .. } | SourceError::Hostile(_) | SourceError::Foreign(_))
        }
        ExamineError::NoManifest | ExamineError::Manifest(_) => true,
        _ => false,
    }
}

/// Whether it is for others to open.
fn is_of_the_seal(error: &SourceError) -> bool {
    matches!(
        error,
        SourceError::KeyNeeded
            | SourceError::KeyWrong
            | SourceError::PassphraseNeeded
            | SourceError::PassphraseWrong
            | SourceError::IdentityNeeded { .. }
    )
}

/// Without the hint: it speaks of the command line.
fn first_line(error: &SourceError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}
