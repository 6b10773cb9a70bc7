//! One layer of the configuration, taken apart into its leaves.
//!
//! Does NOT decide which layer wins, and does not check values.

use crate::config_schema::{find_field, section_of};
use serde_json::Value;

/// One value of a layer.
pub(super) struct Leaf {
    /// The keys that lead to it.
    pub(super) keys: Vec<String>,
    /// The value.
    pub(super) value: Value,
}

/// The leaves of a nested document: values of known settings, and of what open sections keep. What is `null` is not set;
/// a setting nobody knows is left out, and so are the centrals.
pub(super) fn leaves(document: &Value) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    collect(&mut Vec::new(), document, &mut leaves);
    leaves
}

fn collect(keys: &mut Vec<String>, value: &Value, leaves: &mut Vec<Leaf>) {
    let path = keys.join(".");
    let known = find_field(&path).is_some();
    match value {
        Value::Null => {}
        Value::Object(entries) if !known => {
            for (key, value) in entries {
                keys.push(key.clone());
                collect(keys, value, leaves);
                keys.pop();
            }
        }
        value if known || section_of(&path).is_some_and(|section| section != path) => {
            leaves.push(Leaf { keys: keys.clone(), value: value.clone() });
        }
        _ => {}
    }
}
