//! Shapes of JSON bodies: which fields there are, of which type, and which may be missing.
//!
//! Does NOT compare values. A field the shape does not know is a finding: clients of other daemons do not know it either.

use serde_json::Value;

/// The type of a value.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Any text.
    Text,
    /// An instant of RFC 3339.
    Time,
    /// A whole number.
    Int,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Anything but `null`.
    Any,
    /// A list of values of one shape.
    List(&'static Shape),
    /// An object with these fields and no others.
    Object(&'static [Field]),
}

/// One field of an object.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    name: &'static str,
    shape: Shape,
    required: bool,
}

/// A field that is always there.
pub const fn always(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: true }
}

/// A field that may be missing; `null` it never is.
pub const fn maybe(name: &'static str, shape: Shape) -> Field {
    Field { name, shape, required: false }
}

/// Goes on only if `value` has this shape; names every place where it does not.
#[track_caller]
pub fn fits(value: &Value, shape: Shape) {
    let mut findings = Vec::new();
    check(value, shape, "$", &mut findings);
    assert!(findings.is_empty(), "{}\nin {value:#}", findings.join("\n"));
}

fn check(value: &Value, shape: Shape, place: &str, findings: &mut Vec<String>) {
    let right = match (shape, value) {
        (Shape::Text, Value::String(_)) | (Shape::Bool, Value::Bool(_)) => true,
        (Shape::Time, Value::String(text)) => is_instant(text),
        (Shape::Int, Value::Number(number)) => number.is_i64() || number.is_u64(),
        (Shape::Word(words), Value::String(text)) => words.contains(&text.as_str()),
        (Shape::Any, value) => !value.is_null(),
        (Shape::List(shape), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(item, *shape, &format!("{place}[{index}]"), findings);
            }
            true
        }
        (Shape::Object(fields), Value::Object(object)) => {
            for field in fields {
                match object.get(field.name) {
                    Some(value) => check(value, field.shape, &format!("{place}.{}", field.name), findings),
                    None if field.required => findings.push(format!("{place}.{} is missing", field.name)),
                    None => {}
                }
            }
            let unknown = object.keys().filter(|key| fields.iter().all(|field| field.name != *key));
            findings.extend(unknown.map(|key| format!("{place}.{key} is not in the shape")));
            true
        }
        _ => false,
    };
    if !right {
        findings.push(format!("{place} is {value} and no {shape:?}"));
    }
}

/// `2026-06-08T12:00:00.5Z` or with an offset.
fn is_instant(text: &str) -> bool {
    let digits = |range: std::ops::Range<usize>| {
        text.get(range).is_some_and(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let marks = [(4, '-'), (7, '-'), (10, 'T'), (13, ':'), (16, ':')];
    [0..4, 5..7, 8..10, 11..13, 14..16, 17..19].into_iter().all(digits)
        && marks.iter().all(|(at, mark)| text.get(*at..).is_some_and(|rest| rest.starts_with(*mark)))
        && (text.ends_with('Z') || text[19..].contains(['+', '-']))
}
