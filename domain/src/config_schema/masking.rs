//! What clients see of a section, and what they may leave out when they send it back.
//!
//! Does NOT seal (`secret::sealed_store`); values here are in clear.

use super::catalog::{fields_of_section, find_field, settings};
use super::field::{Field, Home};
use super::nested::{find, put_at, take};
use super::sections::normalize_section;
use super::value_kind::FieldKind;
use serde_json::{Map, Value, json};

/// What is shown in place of a secret that is set.
pub const MASK: &str = "***";

/// A section with each secret as [`MASK`], or as an empty text where it is there but not set.
pub fn mask_section(name: &str, value: &Value) -> Value {
    let mut masked = value.clone();
    // All secrets of the section, also those that have no business in a stored one.
    for field in settings().filter(|field| field.is_secret() && field.section() == Some(name)) {
        if let Some(secret) = find(value, field.path_in_section()) {
            put_at(&mut masked, field.path_in_section(), mask_value(field, secret));
        }
    }
    masked
}

/// One value as clients may see it; the value itself if the field is no secret.
pub fn mask_value(field: &Field, value: &Value) -> Value {
    if !field.is_secret() {
        return value.clone();
    }
    let is_set = match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_i64() != Some(0),
        Value::Object(entries) => !entries.is_empty(),
        Value::Bool(_) | Value::Array(_) => true,
    };
    match (field.kind, is_set) {
        // The keys can be the secrets: a token is the key to its role.
        (FieldKind::TextMap(_) | FieldKind::Object, true) => json!({ MASK: MASK }),
        (FieldKind::TextMap(_) | FieldKind::Object, false) => json!({}),
        (_, true) => Value::from(MASK),
        (_, false) => Value::from(""),
    }
}

/// The value to store when a client sends `body` for a section of which `stored` is kept: what it leaves out stays, and
/// what it sends as `null` goes back to its default. A secret stays when it is sent as `null` or [`MASK`], and is
/// cleared by an empty text. Check the body first.
pub fn merge_section(name: &str, stored: Option<&Value>, body: &Value) -> Value {
    let empty = || Value::Object(Map::new());
    let mut merged = normalize_section(name, stored.cloned().unwrap_or_else(empty));
    if !merged.is_object() {
        merged = empty();
    }
    let mut body = normalize_section(name, body.clone());
    for field in fields_of_section(name).filter(|field| field.is_secret()) {
        let path = field.path_in_section();
        match take(&mut body, path) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) if text == MASK => {}
            Some(Value::String(text)) if text.is_empty() => put_at(&mut merged, path, cleared(field)),
            Some(secret) => put_at(&mut merged, path, secret),
        }
    }
    overlay(name, &mut merged, body);
    merged
}

/// A section without what is stored of one of its fields; `None` if nothing is.
pub fn reset_field(field: &Field, stored: &Value) -> Option<Value> {
    if field.home != Home::Section {
        return None;
    }
    let mut value = normalize_section(field.section()?, stored.clone());
    take(&mut value, field.path_in_section()).map(|_| value)
}

/// Whether a client sends this in place of a secret it does not know or wants cleared.
pub(super) fn is_placeholder(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.is_empty() || text == MASK)
}

/// A cleared secret is kept as such: gone, a secret of the file would take its place.
fn cleared(field: &Field) -> Value {
    match field.kind {
        FieldKind::Integer { .. } => Value::from(0),
        _ => Value::from(""),
    }
}

/// Puts maps into one another down to the fields; the value of a field replaces the old one as a whole.
fn overlay(path: &str, under: &mut Value, over: Value) {
    let (Value::Object(under), Value::Object(over)) = (under, over) else { return };
    for (key, over) in over {
        let path = format!("{path}.{key}");
        match (under.get_mut(&key), over) {
            (_, Value::Null) => {
                under.remove(&key);
            }
            (Some(inner @ Value::Object(_)), over @ Value::Object(_)) if find_field(&path).is_none() => {
                overlay(&path, inner, over);
            }
            (_, over) => {
                under.insert(key, over);
            }
        }
    }
}

#[cfg(test)]
mod tests;
