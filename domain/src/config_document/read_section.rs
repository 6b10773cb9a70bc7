//! One section of a document: checked, rid of what does not belong into it, its withheld secrets marked by `null`.
//!
//! Does NOT fill withheld secrets in (`usecases::import_config`).

use super::read::unfit;
use super::section_value::{secret_leaves, strip};
use crate::config_schema::nested::{find, put_at};
use crate::config_schema::{Finding, MASK, Problem, check_section, find_section, normalize_section};
use crate::secret::envelope;
use serde_json::Value;

/// What a sealed value in a document must be instead.
pub(super) const NOT_SEALED: &str =
    "in clear, or `null` to keep what is stored: it is sealed, and no other instance can open it";

/// A section, and what is odd about it.
pub(super) struct ReadSection {
    pub(super) value: Value,
    pub(super) wrong: Vec<Finding>,
    pub(super) warnings: Vec<Finding>,
}

pub(super) fn read_section(name: &str, value: &Value, redacted: bool) -> ReadSection {
    if find_section(name).is_none() {
        let problem = Problem::Unfit { expected: "the name of a section".to_owned() };
        let wrong = vec![Finding { path: format!("sections.{name}"), problem, got: None }];
        return ReadSection { value: Value::Null, wrong, warnings: Vec::new() };
    }
    let mut value = normalize_section(name, value.clone());
    let mut warnings: Vec<Finding> = strip(name, &mut value)
        .into_iter()
        .map(|path| Finding { path: path.to_owned(), problem: elsewhere(path), got: None })
        .collect();
    let (mut wrong, odd): (Vec<_>, Vec<_>) =
        check_section(name, &value).into_iter().partition(Finding::is_wrong);
    warnings.extend(odd.into_iter().map(kept));
    for leaf in secret_leaves(name) {
        let path = leaf.path.join(".");
        match find(&value, &path) {
            Some(Value::String(text)) if envelope::is_well_formed(text) => {
                wrong.push(unfit(&format!("{name}.{path}"), NOT_SEALED.to_owned()));
            }
            Some(Value::String(text)) if text == MASK || redacted && text.is_empty() => {
                put_at(&mut value, &path, Value::Null);
            }
            _ => {}
        }
    }
    ReadSection { value, wrong, warnings }
}

/// Whether a secret of this section is stated, in clear or sealed.
pub(super) fn states_secret(name: &str, value: &Value) -> bool {
    secret_leaves(name).any(|leaf| match find(value, &leaf.path.join(".")) {
        None | Some(Value::Null) => false,
        Some(Value::String(text)) => !text.is_empty() && text != MASK,
        Some(_) => true,
    })
}

fn elsewhere(path: &str) -> Problem {
    let home = match find_section(path) {
        Some(section) => format!("in the section `{}`; it was left out", section.name),
        None => "only in the config file; it was left out".to_owned(),
    };
    Problem::NotOfSection { home }
}

/// An unknown setting of a document is kept: the program that wrote it knew it.
fn kept(finding: Finding) -> Finding {
    let problem = match finding.problem {
        Problem::UnknownField { nearest } => Problem::Kept { nearest },
        other => other,
    };
    Finding { problem, ..finding }
}
