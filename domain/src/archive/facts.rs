//! What is known of one SQLite database: its schema lineage and version, and its row counts.
//!
//! Does NOT open databases (`ports::snapshots`, `ports::database_judge`).

use std::collections::BTreeMap;

/// Who numbers the schema versions of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaLineage {
    /// This project's migrations; versions from 100.
    Loom,
    /// The Go daemon's migrations (`goose_db_version`).
    Goose,
    /// Neither; such a database carries no version.
    Unknown,
}

impl SchemaLineage {
    /// The word used in manifests.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loom => "loom",
            Self::Goose => "goose",
            Self::Unknown => "unknown",
        }
    }

    /// The lineage behind a manifest's word; words of later versions are `Unknown`.
    pub fn parse(word: &str) -> Self {
        match word {
            "loom" => Self::Loom,
            "goose" => Self::Goose,
            _ => Self::Unknown,
        }
    }

    /// The highest schema version of this lineage that this version understands.
    pub fn highest_known(self) -> Option<i64> {
        match self {
            Self::Loom => Some(103),
            Self::Goose => Some(45),
            Self::Unknown => None,
        }
    }
}

/// What a database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatabaseFacts {
    /// Who numbers its versions.
    pub lineage: SchemaLineage,
    /// Its schema version; `None` where the lineage is unknown.
    pub schema_version: Option<i64>,
    /// Rows per ordinary table, by table name.
    pub tables: BTreeMap<String, u64>,
}

impl DatabaseFacts {
    /// Says whether the schema is newer than this version understands.
    pub fn is_newer_than_known(&self) -> bool {
        matches!((self.schema_version, self.lineage.highest_known()), (Some(has), Some(known)) if has > known)
    }
}
