//! The config document: sections and centrals of one instance on their way into another.
//!
//! Reading order: what an export writes ([`ConfigDocument`]), what an import accepts ([`ReadDocument`]). Does NOT read
//! or change a store (`usecases::{export_config, import_config}`).

mod read;
mod read_central;
mod read_section;
mod section_value;

pub use read::{DocumentError, MAX_DOCUMENT_BYTES, ReadDocument};
pub use read_central::ReadCentral;
pub(crate) use section_value::{secret_leaves, strip};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// A document as an export writes it.
#[derive(Clone, PartialEq)]
pub struct ConfigDocument {
    /// When it was exported.
    pub exported_at: Timestamp,
    /// Version of the program that exported it.
    pub daemon_version: String,
    /// Whether secrets were withheld.
    pub redacted: bool,
    /// Sections by name, in clear or with `null` in place of secrets.
    pub sections: BTreeMap<String, Value>,
    /// Rows of centrals (`central_json`), by name.
    pub centrals: Vec<Value>,
    /// `{subject, role}` of each user.
    pub users: Vec<Value>,
    /// `{fingerprint, subject, role}` of each token.
    pub tokens: Vec<Value>,
    /// Secrets that could not be opened: they stand as `null`.
    pub skipped: Vec<Skipped>,
}

/// A value that is not in a document although it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its place, such as `north.mqtt.password` or `centrals.home.password_plain`.
    pub path: String,
    /// Why.
    pub reason: String,
}

impl ConfigDocument {
    /// The document as JSON; `skipped` only where something was.
    pub fn to_json(&self) -> Value {
        let mut document = Map::from_iter([
            ("exported_at".to_owned(), json!(self.exported_at.to_string())),
            ("daemon_version".to_owned(), json!(self.daemon_version)),
            ("redacted".to_owned(), json!(self.redacted)),
            ("sections".to_owned(), json!(self.sections)),
            ("centrals".to_owned(), json!(self.centrals)),
            ("users".to_owned(), json!(self.users)),
            ("tokens".to_owned(), json!(self.tokens)),
        ]);
        if !self.skipped.is_empty() {
            let entry = |skipped: &Skipped| json!({"path": skipped.path, "reason": skipped.reason});
            document.insert("skipped".to_owned(), self.skipped.iter().map(entry).collect());
        }
        Value::Object(document)
    }
}

impl fmt::Debug for ConfigDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfigDocument")
            .field("exported_at", &self.exported_at)
            .field("redacted", &self.redacted)
            .field("sections", &self.sections.keys())
            .field("centrals", &self.centrals.len())
            .field("skipped", &self.skipped)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
