//! What changed between two JSON values, leaf by leaf, without a secret's value.
//!
//! Does NOT know which leaves are secret; the caller's predicate does.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// One leaf that changed. A secret leaf has neither `before` nor `after`.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Dotted path of the leaf.
    pub parameter: String,
    /// Its value before; `None` also where it was not there.
    pub before: Option<Value>,
    /// Its value after; `None` also where it is not there.
    pub after: Option<Value>,
}

impl Change {
    /// A change with its values.
    pub fn new(parameter: impl Into<String>, before: Option<Value>, after: Option<Value>) -> Self {
        Self { parameter: parameter.into(), before, after }
    }

    /// A change whose values are nobody's business.
    pub fn secret(parameter: impl Into<String>) -> Self {
        Self { parameter: parameter.into(), before: None, after: None }
    }

    /// The stored form `[{parameter, before?, after?}]`; `None` for an empty list.
    pub fn list_to_json(changes: &[Self]) -> Option<Value> {
        let entries: Vec<Value> = changes.iter().map(Self::to_json).collect();
        (!entries.is_empty()).then_some(Value::Array(entries))
    }

    fn to_json(&self) -> Value {
        let mut entry = Map::from_iter([("parameter".to_owned(), self.parameter.clone().into())]);
        entry.extend(self.before.clone().map(|value| ("before".to_owned(), value)));
        entry.extend(self.after.clone().map(|value| ("after".to_owned(), value)));
        Value::Object(entry)
    }
}

/// The leaves in which `before` and `after` differ, by path.
///
/// Objects are entered, everything else is a leaf, lists too. A path is secret if `is_secret` says so for it or for one
/// it lies in; a list is secret also if `is_secret` says so for a leaf inside, where an element's number is no part of
/// the path.
pub fn changes_between(before: &Value, after: &Value, is_secret: &dyn Fn(&str) -> bool) -> Vec<Change> {
    let (before, after) = (leaves(before, is_secret), leaves(after, is_secret));
    let paths: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let mut changes = Vec::new();
    for path in paths {
        let (old, new) = (before.get(path), after.get(path));
        let hidden = [old, new].iter().flatten().any(|leaf| leaf.secret);
        let (old, new) = (old.map(|leaf| leaf.value), new.map(|leaf| leaf.value));
        if old != new {
            let shown = |value: Option<&Value>| value.filter(|_| !hidden).cloned();
            changes.push(Change::new(path.join("."), shown(old), shown(new)));
        }
    }
    changes
}

struct Leaf<'a> {
    value: &'a Value,
    secret: bool,
}

type Leaves<'a> = BTreeMap<Vec<&'a str>, Leaf<'a>>;

fn leaves<'a>(value: &'a Value, is_secret: &dyn Fn(&str) -> bool) -> Leaves<'a> {
    let mut found = Leaves::new();
    collect(value, &mut Vec::new(), is_secret, &mut found);
    found
}

fn collect<'a>(
    value: &'a Value,
    path: &mut Vec<&'a str>,
    is_secret: &dyn Fn(&str) -> bool,
    found: &mut Leaves<'a>,
) {
    let secret = is_secret(&path.join("."));
    match value {
        Value::Object(map) if !secret && (!map.is_empty() || path.is_empty()) => {
            for (key, inner) in map {
                path.push(key);
                collect(inner, path, is_secret, found);
                path.pop();
            }
        }
        _ => {
            let secret = secret || holds_secret(value, path, is_secret);
            found.insert(path.clone(), Leaf { value, secret });
        }
    }
}

fn holds_secret<'a>(value: &'a Value, path: &mut Vec<&'a str>, is_secret: &dyn Fn(&str) -> bool) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|inner| holds_secret(inner, path, is_secret)),
        Value::Object(map) => map.iter().any(|(key, inner)| {
            path.push(key);
            let secret = is_secret(&path.join(".")) || holds_secret(inner, path, is_secret);
            path.pop();
            secret
        }),
        _ => false,
    }
}
