//! Reading a document: every check that needs no store, before anything is compared or written.
//!
//! Accepts what OpenCCU-Loom daemons export, of the version before `redacted` too. Does NOT look at what is stored.

use super::read_central::{ReadCentral, read_central, states_secret};
use super::read_section::{ReadSection, read_section};
use crate::config_schema::{Finding, Problem};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// No document is larger; reading more would be reading something else.
pub const MAX_DOCUMENT_BYTES: usize = 8 << 20;
/// No document is nested deeper.
const MAX_DEPTH: usize = 32;
/// So many findings are told in one message.
const MOST_TOLD: usize = 20;
const KNOWN: [&str; 8] =
    ["exported_at", "daemon_version", "redacted", "sections", "centrals", "users", "tokens", "skipped"];

/// A document that can be imported: all its names and values were checked.
pub struct ReadDocument {
    /// When it was exported, as it says.
    pub exported_at: Option<String>,
    /// Version of the program that exported it, as it says.
    pub daemon_version: Option<String>,
    /// Whether secrets that are not in it were withheld, so that stored ones are kept. A document that does not say so
    /// and holds no secret at all is taken for one.
    pub redacted: bool,
    /// Its sections by name; `None` if it has no such part. A secret that was withheld is `null`.
    pub sections: Option<BTreeMap<String, Value>>,
    /// Its centrals, in its order; `None` if it has no such part.
    pub centrals: Option<Vec<ReadCentral>>,
    /// How many users it lists.
    pub users: usize,
    /// How many tokens it lists.
    pub tokens: usize,
    /// What is odd about it but does not stand in the way.
    pub warnings: Vec<Finding>,
}

/// Why a document cannot be imported. Fragments read after "failed to read the document: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// It is too large.
    #[error("it is larger than {} MiB", MAX_DOCUMENT_BYTES >> 20)]
    TooLarge,
    /// It is no JSON.
    #[error("it is no JSON: {0}")]
    NotJson(String),
    /// Names or values in it are not right; none is quoted where it could be a secret.
    #[error("{}", sentences(.0))]
    Unfit(Vec<Finding>),
}

impl ReadDocument {
    /// Reads and checks a document.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        if bytes.len() > MAX_DOCUMENT_BYTES {
            return Err(DocumentError::TooLarge);
        }
        // The parser has a bound of its own for nesting, so no input exhausts the stack.
        let value = serde_json::from_slice(bytes);
        Self::from_value(&value.map_err(|error| DocumentError::NotJson(error.to_string()))?)
    }

    /// Checks a document that is JSON already.
    pub fn from_value(value: &Value) -> Result<Self, DocumentError> {
        if is_deeper(value, MAX_DEPTH) {
            let expected = format!("nested {MAX_DEPTH} levels deep at most");
            return Err(DocumentError::Unfit(vec![unfit("document", expected)]));
        }
        let Some(parts) = value.as_object() else {
            return Err(DocumentError::Unfit(vec![wrong("document", "a map")]));
        };
        let mut reading = Reading::default();
        let document = reading.document(parts);
        match reading.wrong.is_empty() {
            true => Ok(Self { warnings: reading.warnings, ..document }),
            false => Err(DocumentError::Unfit(reading.wrong)),
        }
    }
}

/// What was found on the way.
#[derive(Default)]
struct Reading {
    wrong: Vec<Finding>,
    warnings: Vec<Finding>,
}

impl Reading {
    fn document(&mut self, parts: &Map<String, Value>) -> ReadDocument {
        if !parts.contains_key("sections") && !parts.contains_key("centrals") {
            let expected = "a config document: it has neither `sections` nor `centrals`".to_owned();
            self.wrong.push(unfit("document", expected));
        }
        for key in parts.keys().filter(|key| !KNOWN.contains(&key.as_str())) {
            self.warnings.push(unknown(key));
        }
        let redacted = match parts.get("redacted") {
            None | Some(Value::Null) => !holds_secrets(parts),
            Some(Value::Bool(redacted)) => *redacted,
            Some(_) => {
                self.wrong.push(wrong("redacted", "`true` or `false`"));
                true
            }
        };
        let users = self.list(parts, "users").map_or(0, Vec::len);
        let tokens = self.list(parts, "tokens").map_or(0, Vec::len);
        let skipped: Vec<Finding> =
            self.list(parts, "skipped").into_iter().flatten().filter_map(skipped).collect();
        self.warnings.extend(skipped);
        ReadDocument {
            exported_at: self.text(parts, "exported_at"),
            daemon_version: self.text(parts, "daemon_version"),
            redacted,
            sections: self.sections(parts, redacted),
            centrals: self.centrals(parts, redacted),
            users,
            tokens,
            warnings: Vec::new(),
        }
    }

    fn text(&mut self, parts: &Map<String, Value>, key: &str) -> Option<String> {
        match parts.get(key)? {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            _ => {
                self.wrong.push(wrong(key, "a text in quotes"));
                None
            }
        }
    }

    /// A part that is a list; `null` is how some writers write an empty one.
    fn list<'v>(&mut self, parts: &'v Map<String, Value>, key: &str) -> Option<&'v Vec<Value>> {
        static NONE: Vec<Value> = Vec::new();
        match parts.get(key)? {
            Value::Null => Some(&NONE),
            Value::Array(list) => Some(list),
            _ => {
                self.wrong.push(wrong(key, "a list"));
                None
            }
        }
    }

    fn sections(&mut self, parts: &Map<String, Value>, redacted: bool) -> Option<BTreeMap<String, Value>> {
        let given = match parts.get("sections")? {
            Value::Null => return Some(BTreeMap::new()),
            Value::Object(given) => given,
            _ => {
                self.wrong.push(wrong("sections", "a map"));
                return None;
            }
        };
        let mut sections = BTreeMap::new();
        for (name, value) in given {
            let ReadSection { value, wrong, warnings } = read_section(name, value, redacted);
            self.wrong.extend(wrong);
            self.warnings.extend(warnings);
            sections.insert(name.clone(), value);
        }
        Some(sections)
    }

    fn centrals(&mut self, parts: &Map<String, Value>, redacted: bool) -> Option<Vec<ReadCentral>> {
        let rows = self.list(parts, "centrals")?;
        let mut names = BTreeSet::new();
        let mut centrals = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let place = format!("centrals[{at}]");
            let (central, findings) = read_central(row, &place, redacted);
            let (unknown, wrong): (Vec<_>, Vec<_>) = findings
                .into_iter()
                .partition(|finding| matches!(finding.problem, Problem::UnknownField { .. }));
            self.wrong.extend(wrong);
            self.warnings.extend(unknown);
            let Some(read) = central else { continue };
            if !names.insert(read.central.name.clone()) {
                let expected = format!("another one: there are two centrals named `{}`", read.central.name);
                self.wrong.push(unfit(&format!("{place}.name"), expected));
            }
            centrals.push(read);
        }
        Some(centrals)
    }
}

/// Whether any secret stands in the document in clear.
fn holds_secrets(parts: &Map<String, Value>) -> bool {
    let sections = parts.get("sections").and_then(Value::as_object).into_iter().flatten();
    let rows = parts.get("centrals").and_then(Value::as_array).into_iter().flatten();
    sections.into_iter().any(|(name, value)| super::read_section::states_secret(name, value))
        || rows.into_iter().any(states_secret)
}

fn skipped(entry: &Value) -> Option<Finding> {
    let path = entry.get("path")?.as_str()?.to_owned();
    let expected = "entered again: the export could not open it".to_owned();
    Some(Finding { path, problem: Problem::Unfit { expected }, got: None })
}

fn is_deeper(value: &Value, levels: usize) -> bool {
    let Some(below) = levels.checked_sub(1) else { return true };
    match value {
        Value::Array(list) => list.iter().any(|inner| is_deeper(inner, below)),
        Value::Object(map) => map.values().any(|inner| is_deeper(inner, below)),
        _ => false,
    }
}

pub(super) fn wrong(path: &str, expected: &'static str) -> Finding {
    Finding { path: path.to_owned(), problem: Problem::WrongType { expected }, got: None }
}

pub(super) fn unfit(path: &str, expected: String) -> Finding {
    Finding { path: path.to_owned(), problem: Problem::Unfit { expected }, got: None }
}

fn unknown(path: &str) -> Finding {
    let problem = Problem::UnknownField { nearest: Vec::new() };
    Finding { path: path.to_owned(), problem, got: None }
}

fn sentences(findings: &[Finding]) -> String {
    let told: Vec<String> = findings.iter().take(MOST_TOLD).map(ToString::to_string).collect();
    let more = findings.len() - told.len();
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    told.join("; ") + &more
}
