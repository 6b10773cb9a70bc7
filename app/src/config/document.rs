//! A config file as a nested document, with the line each key stands in.
//!
//! Does NOT decide which layer wins.

use super::{ConfigError, centrals};
use crate::yaml;
use jiff::Timestamp;
use lines::Lines;
use loom_domain::config_schema::{Finding, check_document, check_sealing_names, normalize_document};
use serde_json::{Map, Value};

mod lines;

/// A config file that holds no wrong value.
pub(super) struct Document {
    /// The document; an empty object if the file holds only comments.
    pub(super) value: Value,
    lines: Lines,
    odd: Vec<Finding>,
}

impl Default for Document {
    fn default() -> Self {
        Self { value: Value::Object(Map::new()), lines: Lines::default(), odd: Vec::new() }
    }
}

impl Document {
    /// Reads and checks a file.
    pub(super) fn read(path: &str, bytes: &[u8]) -> Result<Self, ConfigError> {
        let Some((value, lines)) = parse(path, bytes)? else { return Ok(Self::default()) };
        refuse(path, &lines, &check_sealing_names(&value))?;
        let mut findings = check_document(&value);
        findings.extend(centrals::centrals_of_file(&value, Timestamp::UNIX_EPOCH).findings);
        Self::judged(path, value, lines, findings)
    }

    /// Reads and checks what stands below one node of a file; the rest is as if it were not there.
    pub(super) fn read_part(path: &str, bytes: &[u8], node: &str) -> Result<Self, ConfigError> {
        let Some((value, lines)) = parse(path, bytes)? else { return Ok(Self::default()) };
        let part = value.get(node).map(|part| (node.to_owned(), part.clone()));
        let value = Value::Object(part.into_iter().collect());
        let findings = check_document(&value);
        Self::judged(path, value, lines, findings)
    }

    /// Refuses a file in which something looks like an order to seal and is none.
    pub(super) fn check_sealing(path: &str, bytes: &[u8]) -> Result<(), ConfigError> {
        let Some((value, lines)) = parse(path, bytes)? else { return Ok(()) };
        refuse(path, &lines, &check_sealing_names(&value))
    }

    fn judged(path: &str, value: Value, lines: Lines, findings: Vec<Finding>) -> Result<Self, ConfigError> {
        let (wrong, odd): (Vec<_>, Vec<_>) = findings.into_iter().partition(Finding::is_wrong);
        refuse(path, &lines, &wrong)?;
        Ok(Self { value: normalize_document(value), lines, odd })
    }

    /// What is odd about it, a line for each.
    pub(super) fn warnings(&self, path: &str) -> Vec<String> {
        let words = |finding| format!("config file `{path}`, {}", with_line(&self.lines, finding));
        self.odd.iter().map(words).collect()
    }
}

/// The document and its lines; `None` if it holds only comments.
fn parse(path: &str, bytes: &[u8]) -> Result<Option<(Value, Lines)>, ConfigError> {
    let malformed = |reason: String| ConfigError::Malformed { path: path.to_owned(), reason };
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
    let parsed: Option<Value> = yaml::parse(text).map_err(|error| malformed(error.to_string()))?;
    let Some(value) = parsed else { return Ok(None) };
    let lines: Lines = yaml::parse(text).map_err(|error| malformed(error.to_string()))?.unwrap_or_default();
    Ok(Some((value, lines)))
}

fn refuse(path: &str, lines: &Lines, wrong: &[Finding]) -> Result<(), ConfigError> {
    if wrong.is_empty() {
        return Ok(());
    }
    let reasons: Vec<String> = wrong.iter().map(|finding| with_line(lines, finding)).collect();
    Err(ConfigError::Wrong { path: path.to_owned(), reasons: reasons.join("; ") })
}

fn with_line(lines: &Lines, finding: &Finding) -> String {
    match lines.of(&finding.path) {
        Some(line) => format!("line {line}: {finding}"),
        None => finding.to_string(),
    }
}
