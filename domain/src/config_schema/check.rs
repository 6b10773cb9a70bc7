//! Checks of a configuration against the table of settings.
//!
//! Does NOT change anything, and never quotes a secret: neither a secret value nor a key of a secret map.

use super::catalog::{find_field, is_inner, nearest};
use super::field::{Field, Home};
use super::finding::{Finding, Problem};
use super::masking::is_placeholder;
use super::nested::find;
use super::sections::{Openness, find_section, normalize_document, normalize_section, section_of};
use serde_json::Value;

/// Longer texts are not repeated in a finding.
const MAX_QUOTED: usize = 60;

/// What is odd about the value of one section. A secret may be given as `***`, `null` or an empty text. An unknown name
/// of a section has the one finding that it is unknown.
pub fn check_section(name: &str, value: &Value) -> Vec<Finding> {
    if find_section(name).is_none() {
        let problem = Problem::UnknownField { nearest: nearest(name) };
        return vec![Finding { path: name.to_owned(), problem, got: None }];
    }
    let mut walk = Walk { section: Some(name), findings: Vec::new() };
    let value = normalize_section(name, value.clone());
    match &value {
        Value::Object(_) => walk.group(name, name, &value),
        other => walk.find(name, Problem::WrongType { expected: "a map" }, Some(other)),
    }
    walk.way_in(find(&value, "auth").filter(|_| name == "north.rest"));
    walk.findings
}

/// What is odd about a whole nested document, as it stands in a config file.
pub fn check_document(document: &Value) -> Vec<Finding> {
    let mut walk = Walk { section: None, findings: Vec::new() };
    match normalize_document(document.clone()) {
        Value::Null => {}
        document @ Value::Object(_) => {
            walk.group("", "", &document);
            walk.way_in(find(&document, "north.rest.auth"));
        }
        other => walk.find("config", Problem::WrongType { expected: "a map" }, Some(&other)),
    }
    walk.findings
}

/// What is wrong with the value of one setting, if anything.
pub fn check_field(field: &Field, value: &Value) -> Option<Finding> {
    problem_of(field, field.path, value)
}

struct Walk<'a> {
    /// The section that is checked; `None` while a whole document is.
    section: Option<&'a str>,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    /// Looks at each entry of a map. `path` is what the table calls the place, `shown` what people see: they differ
    /// inside of a list.
    fn group(&mut self, path: &str, shown: &str, value: &Value) {
        let Value::Object(entries) = value else { return };
        for (key, value) in entries {
            self.entry(&below(path, key), &below(shown, key), value);
        }
    }

    fn entry(&mut self, path: &str, shown: &str, value: &Value) {
        if path == "centrals" && self.section.is_none() {
            return self.centrals(value);
        }
        if let Some(elsewhere) = self.elsewhere(path) {
            return self.find(shown, Problem::NotOfSection { home: elsewhere }, None);
        }
        if let Some(field) = find_field(path) {
            self.findings.extend(problem_of(field, shown, value));
        } else if is_inner(path) || find_section(path).is_some() {
            match value {
                Value::Null => {}
                Value::Object(_) => self.group(path, shown, value),
                other => self.find(shown, Problem::WrongType { expected: "a map" }, Some(other)),
            }
        } else {
            let section = section_of(path).and_then(find_section);
            let nearest = nearest(path);
            let problem = match section.map(|section| section.openness) {
                Some(Openness::Open) => Problem::Kept { nearest },
                Some(Openness::Closed) | None => Problem::UnknownField { nearest },
            };
            self.find(shown, problem, None);
        }
    }

    /// With every way to log in switched off, nobody could switch one on again.
    fn way_in(&mut self, auth: Option<&Value>) {
        let ways = ["basic_enabled", "bearer_enabled", "session_enabled"];
        let off = |way: &str| auth.and_then(|auth| auth.get(way)) == Some(&Value::Bool(false));
        if ways.iter().all(|way| off(way)) {
            let expected =
                "left with one way to log in: `basic_enabled`, `bearer_enabled` or `session_enabled`";
            self.find("north.rest.auth", Problem::Unfit { expected: expected.to_owned() }, None);
        }
    }

    fn centrals(&mut self, value: &Value) {
        let list = match value {
            Value::Null => return,
            Value::Array(list) => list,
            other => return self.find("centrals", Problem::WrongType { expected: "a list" }, Some(other)),
        };
        for (at, central) in list.iter().enumerate() {
            let shown = format!("centrals[{at}]");
            match central {
                Value::Object(_) => self.group("centrals[]", &shown, central),
                other => self.find(&shown, Problem::WrongType { expected: "a map" }, Some(other)),
            }
        }
    }

    /// Where `path` is kept, if that is not the section being checked.
    fn elsewhere(&self, path: &str) -> Option<String> {
        let section = self.section?;
        match find_field(path).map(|field| field.home) {
            Some(Home::Bootstrap | Home::FileOnly) => return Some("only in the config file".to_owned()),
            Some(Home::Section | Home::Central) | None => {}
        }
        let owner = section_of(path)?;
        (owner != section).then(|| format!("in the section `{owner}`"))
    }

    fn find(&mut self, path: &str, problem: Problem, value: Option<&Value>) {
        let got = value.map(|value| type_of(value).to_owned());
        self.findings.push(Finding { path: path.to_owned(), problem, got });
    }
}

fn problem_of(field: &Field, shown: &str, value: &Value) -> Option<Finding> {
    if field.is_secret() && is_placeholder(value) {
        return None;
    }
    let problem = field.kind.problem(value)?;
    let got = if field.is_secret() { None } else { described(value) };
    Some(Finding { path: shown.to_owned(), problem, got })
}

/// Where a map or list is missing, anything may stand, also a misplaced secret: only its type is told.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "`true` or `false`",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

fn described(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if text.is_empty() => Some("an empty text".to_owned()),
        Value::String(text) if text.chars().count() <= MAX_QUOTED => Some(format!("`{text}`")),
        Value::String(_) => None,
        Value::Array(_) => Some("a list".to_owned()),
        // The value of one entry is wrong, not that it is a map.
        Value::Object(_) => None,
        scalar => Some(format!("`{scalar}`")),
    }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests;
