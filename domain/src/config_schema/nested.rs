//! Dotted paths in nested JSON objects.
//!
//! Does NOT know any setting. A key that itself has a dot cannot be reached by a dotted path; whoever walks a
//! document passes the keys one by one.

use serde_json::{Map, Value};

/// The value at `path`, if each step on the way is an object.
pub(crate) fn find<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.').try_fold(root, |node, key| node.get(key))
}

/// Puts `value` at the place the keys lead to; whatever stands in the way gives way to an object.
pub(crate) fn put(root: &mut Value, keys: &[&str], value: Value) {
    let Some((first, rest)) = keys.split_first() else {
        *root = value;
        return;
    };
    if !root.is_object() {
        *root = Value::Object(Map::new());
    }
    if let Value::Object(map) = root {
        put(map.entry(*first).or_insert(Value::Null), rest, value);
    }
}

/// Like [`put`], by a dotted path.
pub(crate) fn put_at(root: &mut Value, path: &str, value: Value) {
    put(root, &path.split('.').collect::<Vec<_>>(), value);
}

/// Takes the value at `path` out, and each object that is empty afterwards with it. The root stays.
pub(crate) fn take(root: &mut Value, path: &str) -> Option<Value> {
    let map = root.as_object_mut()?;
    let Some((first, rest)) = path.split_once('.') else { return map.remove(path) };
    let child = map.get_mut(first)?;
    let taken = take(child, rest)?;
    if child.as_object().is_some_and(Map::is_empty) {
        map.remove(first);
    }
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_put_is_found_and_taken_without_a_trace() {
        let mut root = json!({"a": {"keep": 1}, "b": 3});
        put_at(&mut root, "a.x.y", json!(2));
        put_at(&mut root, "b.z", json!(4));
        assert_eq!(find(&root, "a.x.y"), Some(&json!(2)));
        assert_eq!(find(&root, "a.x.y.z"), None);
        assert_eq!(take(&mut root, "a.x.y"), Some(json!(2)));
        assert_eq!(take(&mut root, "a.x.y"), None);
        assert_eq!(root, json!({"a": {"keep": 1}, "b": {"z": 4}}));
        assert_eq!(take(&mut root, "b.z"), Some(json!(4)));
        assert_eq!(root, json!({"a": {"keep": 1}}));
    }
}
