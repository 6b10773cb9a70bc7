//! A database in memory: what snapshots and the judge have to know of one, as bytes on a [`MemoryDisk`](crate::MemoryDisk).
//!
//! Begins like a SQLite database, so that whoever sorts files by their first bytes takes it for one. Does NOT hold rows.

use bytes::Bytes;
use loom_domain::archive::{DatabaseFacts, SchemaLineage, SealedValue};
use loom_domain::secret::SecretPlace;
use std::hash::{DefaultHasher, Hasher};

const MAGIC: &str = "SQLite format 3\0";
const BETWEEN_RECORDS: char = '\u{1e}';
const BETWEEN_FIELDS: char = '\u{1f}';
const BETWEEN_PARTS: &str = "\u{1d}";

/// A whole database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryDatabase {
    /// What it says of itself.
    pub facts: DatabaseFacts,
    /// Its sealed values.
    pub sealed: Vec<SealedValue>,
    /// What a check of its foreign keys finds, a line per table and parent.
    pub orphans: Vec<String>,
}

impl MemoryDatabase {
    /// An empty database of the newest schema of this project, with these tables.
    pub fn new(tables: &[&str]) -> Self {
        let tables = tables.iter().map(|table| ((*table).to_owned(), 0)).collect();
        let lineage = SchemaLineage::Loom;
        let facts = DatabaseFacts { lineage, schema_version: lineage.highest_known(), tables };
        Self { facts, sealed: Vec::new(), orphans: Vec::new() }
    }

    /// The database as a file. The last record is the sum of all before it.
    pub fn to_bytes(&self) -> Bytes {
        let version = self.facts.schema_version.map_or(String::new(), |version| version.to_string());
        let mut records = vec![record(["schema", self.facts.lineage.as_str(), &version])];
        for (table, rows) in &self.facts.tables {
            records.push(record(["table", table, &rows.to_string()]));
        }
        for value in &self.sealed {
            let SecretPlace { table, row, field } = &value.place;
            let place = [table, row, field].map(String::as_str).join(BETWEEN_PARTS);
            records.push(record(["sealed", &place, &value.envelope]));
        }
        for line in &self.orphans {
            records.push(record(["orphans", line, ""]));
        }
        let text = records.join(&BETWEEN_RECORDS.to_string());
        format!("{MAGIC}{text}{BETWEEN_RECORDS}{}", sum(&text)).into()
    }

    /// Reads it back; the error says what is wrong with the bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, BadDatabase> {
        let body = bytes.strip_prefix(MAGIC.as_bytes()).ok_or(BadDatabase::NoDatabase)?;
        let text = std::str::from_utf8(body).map_err(|_| BadDatabase::Damaged)?;
        let (text, told) = text.rsplit_once(BETWEEN_RECORDS).ok_or(BadDatabase::Damaged)?;
        if told != sum(text) {
            return Err(BadDatabase::Damaged);
        }
        let mut database = Self::new(&[]);
        for record in text.split(BETWEEN_RECORDS) {
            let fields: Vec<&str> = record.split(BETWEEN_FIELDS).collect();
            let [kind, first, second] = fields[..] else { return Err(BadDatabase::Damaged) };
            match kind {
                "schema" => {
                    database.facts.lineage = SchemaLineage::parse(first);
                    database.facts.schema_version = second.parse().ok();
                }
                "table" => {
                    let rows = second.parse().map_err(|_| BadDatabase::Damaged)?;
                    database.facts.tables.insert(first.to_owned(), rows);
                }
                "sealed" => {
                    let mut parts = first.splitn(3, BETWEEN_PARTS).map(str::to_owned);
                    let mut part = || parts.next().unwrap_or_default();
                    let (place, envelope) = (SecretPlace::new(part(), part(), part()), second.to_owned());
                    database.sealed.push(SealedValue { place, envelope });
                }
                _ => database.orphans.push(first.to_owned()),
            }
        }
        Ok(database)
    }
}

/// Why bytes are no whole database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadDatabase {
    /// They are something else.
    NoDatabase,
    /// They were a database once.
    Damaged,
}

impl BadDatabase {
    /// The reason in SQLite's words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoDatabase => "file is not a database",
            Self::Damaged => "database disk image is malformed",
        }
    }
}

fn record(fields: [&str; 3]) -> String {
    fields.join(&BETWEEN_FIELDS.to_string())
}

fn sum(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(text.as_bytes());
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_database_survives_being_a_file() {
        let mut database = MemoryDatabase::new(&["users", "a b"]);
        database.facts.tables.insert("users".to_owned(), 7);
        database
            .sealed
            .push(SealedValue { place: SecretPlace::of_central("ö", "x"), envelope: "enc:v1:AA==".into() });
        database.orphans.push("1 row of `a` has no row in `b`".to_owned());
        assert_eq!(MemoryDatabase::parse(&database.to_bytes()), Ok(database));
        let foreign =
            DatabaseFacts { lineage: SchemaLineage::Unknown, schema_version: None, tables: BTreeMap::new() };
        let foreign = MemoryDatabase { facts: foreign, sealed: Vec::new(), orphans: Vec::new() };
        assert_eq!(MemoryDatabase::parse(&foreign.to_bytes()), Ok(foreign));
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let whole = MemoryDatabase::new(&["users"]).to_bytes();
        for at in 0..whole.len() {
            let mut changed = whole.to_vec();
            changed[at] ^= 1;
            let expected = if at < MAGIC.len() { BadDatabase::NoDatabase } else { BadDatabase::Damaged };
            assert_eq!(MemoryDatabase::parse(&changed), Err(expected), "byte {at}");
        }
    }
}
