//! The manifest: what an archive says of itself. Always the last member, so that it can speak of all others.
//!
//! A superset of the manifest OpenCCU-Loom daemons have written so far; byte-level description in `docs/format.md`.
//! Does NOT compare itself with what was really found (`archive::agreement`).

mod json;

use super::{DatabaseFacts, MemberPath};
use crate::secret::{KeyFingerprint, Wrapper};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// The version of the archive format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FormatVersion {
    /// Grows when an older reader would restore wrongly.
    pub major: u32,
    /// Grows when an older reader only misses news.
    pub minor: u32,
}

impl FormatVersion {
    /// The version this program writes.
    pub const CURRENT: Self = Self { major: 1, minor: 2 };

    /// Refuses versions this program would read wrongly.
    pub fn check_readable(self) -> Result<(), BadManifest> {
        if self.major == Self::CURRENT.major { Ok(()) } else { Err(BadManifest::Format(self)) }
    }
}

/// One member as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Size in bytes; manifests of the Go daemon do not say.
    pub bytes: Option<u64>,
    /// SHA-256, 64 lower-case hex digits.
    pub sha256: String,
}

/// One database as the manifest describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedDatabase {
    /// The member that holds it.
    pub member: MemberPath,
    /// What it said of itself when the snapshot was taken.
    pub facts: DatabaseFacts,
}

/// The master key the state was sealed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedKey {
    /// Its public name.
    pub fingerprint: KeyFingerprint,
    /// Whether the key itself is a member of the archive.
    pub inside: bool,
    /// What wrapped the key, if a wrapped form of it is a member of the archive.
    pub wrapped_by: Option<Wrapper>,
}

/// Sealed values that the key at hand did not open when the backup was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnopenedValues {
    /// How many.
    pub values: u64,
    /// How many of them may need a key that is not among `other_keys`.
    pub unnamed: u64,
    /// Keys that the others name.
    pub other_keys: BTreeSet<KeyFingerprint>,
}

/// Something of the data dir that is not in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path in the data dir.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// What an archive says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Version of the program that wrote the archive.
    pub daemon_version: String,
    /// Format version; `None` in archives of the Go daemon.
    pub format: Option<FormatVersion>,
    /// When the backup was taken, UTC, whole seconds.
    pub created_at: Timestamp,
    /// Host it was taken on, if known.
    pub host: Option<String>,
    /// Every member but folders and the manifest itself.
    pub files: BTreeMap<MemberPath, ListedFile>,
    /// Every database among them. Archives of the Go daemon list the main one only, without row counts.
    pub databases: Vec<ListedDatabase>,
    /// The key that opens the sealed values, if one was at hand.
    pub master_key: Option<ListedKey>,
    /// Sealed values in all databases; `None` in archives of the Go daemon.
    pub sealed_values: Option<u64>,
    /// Which of them did not open. None in archives before format 1.2, which say nothing of that.
    pub unopened: UnopenedValues,
    /// What was left out of the archive on purpose.
    pub left_out: Vec<LeftOut>,
}

/// Why bytes are no manifest this program can go by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadManifest {
    /// Not the JSON it has to be.
    #[error("`manifest.json` is not a manifest: {0}")]
    Malformed(String),
    /// Two of its own statements disagree.
    #[error("`manifest.json` contradicts itself about `{0}`")]
    Contradiction(MemberPath),
    /// Of a format this program does not know.
    #[error(
        "the archive has format {}.{}, this program reads format {}\nhint: use the version of the program that wrote it, or a newer one",
        .0.major, .0.minor, FormatVersion::CURRENT.major
    )]
    Format(FormatVersion),
}

impl Manifest {
    /// The JSON bytes, pretty printed, with a final line feed.
    pub fn to_json(&self) -> Vec<u8> {
        json::write(self)
    }

    /// Reads the JSON bytes. Unknown fields are ignored: they are news of a later minor version.
    pub fn from_json(bytes: &[u8]) -> Result<Self, BadManifest> {
        json::read(bytes)
    }
}

#[cfg(test)]
mod tests;
