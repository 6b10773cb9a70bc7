//! What `docs/cli-json.md` says about the output of `--json`, to hold lines of it to that: every field, its type, nothing
//! besides.
//!
//! Does NOT check values.

use crate::docs::document;
use serde_json::Value;
use std::collections::BTreeMap;

/// Fields with the words for their types.
pub type Fields = BTreeMap<String, String>;

/// The fields of the first table below the first line that begins so, with their types.
#[track_caller]
pub fn fields(beginning: &str) -> Fields {
    let text = document("docs/cli-json.md");
    let below = text.lines().skip_while(|line| !line.starts_with(beginning)).skip(1);
    let rows = below.skip_while(|line| !line.starts_with("| `")).take_while(|line| line.starts_with("| `"));
    let fields: Fields = rows
        .map(|row| {
            let cells: Vec<_> = row.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`').to_owned(), cells[2].to_owned())
        })
        .collect();
    assert!(!fields.is_empty(), "no table below `{beginning}`");
    fields
}

/// Asserts that a value has the documented fields with their types, and no others.
#[track_caller]
pub fn agrees(value: &Value, documented: &Fields) {
    let object = value.as_object().unwrap();
    assert_eq!(object.keys().collect::<Vec<_>>(), documented.keys().collect::<Vec<_>>());
    for (field, words) in documented {
        assert!(has_type(&object[field], words), "`{field}` is no {words}: {}", object[field]);
    }
}

/// One line, one value.
#[track_caller]
pub fn line(text: &str) -> Value {
    assert_eq!(text.matches('\n').count(), 1, "{text}");
    serde_json::from_str(text).unwrap()
}

/// The fields but for some.
pub fn without(mut fields: Fields, left: &[&str]) -> Fields {
    fields.retain(|field, _| !left.contains(&field.as_str()));
    fields
}

fn has_type(value: &Value, words: &str) -> bool {
    words.split(" or ").any(|word| match word {
        "string" => value.is_string(),
        "integer" => value.is_u64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "object" => value.is_object(),
        "object of integers" => value.as_object().is_some_and(|map| map.values().all(Value::is_u64)),
        "array" => value.is_array(),
        "array of strings" => value.as_array().is_some_and(|all| all.iter().all(Value::is_string)),
        "array of objects" => value.as_array().is_some_and(|all| all.iter().all(Value::is_object)),
        other => panic!("`{other}` is no type"),
    })
}
