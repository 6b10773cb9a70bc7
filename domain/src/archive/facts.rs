//! What is known of one SQLite database: its schema lineage and version, its row counts, its sealed values.
//!
//! Does NOT open databases (`ports::snapshots`, `ports::database_judge`).

use crate::ports::ResolvedKey;
use crate::secret::{SecretPlace, envelope};
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
            Self::Loom => Some(102),
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

/// One sealed value found in a database. Holds ciphertext only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedValue {
    /// Where it stands.
    pub place: SecretPlace,
    /// The envelope; of a value that was not read, its prefix alone.
    pub envelope: String,
}

impl SealedValue {
    /// A value that is too long to be worth reading. No key opens it, so it counts as unreadable and is not passed over.
    pub fn unread(place: SecretPlace) -> Self {
        Self { place, envelope: envelope::PREFIX_V1.to_owned() }
    }
}

/// How many sealed values there are and which of them the key at hand does not open.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealedTally {
    /// Sealed values in all databases.
    pub total: u64,
    /// Places of those that did not open, at most [`SealedTally::SHOWN`].
    pub unreadable_places: Vec<String>,
    /// How many did not open.
    pub unreadable: u64,
}

impl SealedTally {
    /// How many places are named at the most.
    pub const SHOWN: usize = 10;

    /// Adds the values of one database and tries the key on each; without a key none opens.
    pub fn add(&mut self, values: &[SealedValue], key: Option<&ResolvedKey>) {
        for value in values {
            self.total += 1;
            if key
                .is_none_or(|resolved| envelope::open(&resolved.key, &value.place, &value.envelope).is_err())
            {
                self.unreadable += 1;
                if self.unreadable_places.len() < Self::SHOWN {
                    self.unreadable_places.push(value.place.to_string());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::KeySource;
    use crate::secret::MasterKey;

    #[test]
    fn a_value_that_was_not_read_counts_as_unreadable_whatever_the_key() {
        let key = ResolvedKey { key: MasterKey::from_bytes([7; 32]), source: KeySource::Memory };
        for key in [None, Some(&key)] {
            let mut tally = SealedTally::default();
            tally.add(&[SealedValue::unread(SecretPlace::new("a", "b", "c"))], key);
            assert_eq!((tally.total, tally.unreadable), (1, 1));
            assert_eq!(tally.unreadable_places, ["a/b/c"]);
        }
    }
}
