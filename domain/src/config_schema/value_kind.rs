//! What values a setting takes, and what is wrong with one that it does not take.
//!
//! Does NOT know any setting.

use super::finding::Problem;
use serde_json::Value;
use std::time::Duration;

/// The values a setting takes. `null` always means "not set".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Any text.
    Text,
    /// One of these texts.
    Choice(&'static [&'static str]),
    /// A whole number within these bounds, both included. `10.0` is one too.
    Integer {
        /// The smallest.
        min: i128,
        /// The largest.
        max: i128,
    },
    /// A number within these bounds, both included.
    Number {
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
    },
    /// `true` or `false`.
    Bool,
    /// A list of texts.
    TextList,
    /// A list of anything.
    List,
    /// A map whose values are texts: one of these, or any if none are named.
    TextMap(&'static [&'static str]),
    /// A map of anything.
    Object,
    /// A duration such as `30s` or `12h`. A bare number counts nanoseconds, as stored sections may have it; one
    /// that is less than a millisecond is taken for a forgotten unit and refused.
    Duration,
}

impl FieldKind {
    /// What is wrong with `value`, if anything.
    pub fn problem(self, value: &Value) -> Option<Problem> {
        let fits = match (self, value) {
            (_, Value::Null)
            | (Self::Text, Value::String(_))
            | (Self::Bool, Value::Bool(_))
            | (Self::List, Value::Array(_))
            | (Self::Object, Value::Object(_)) => true,
            (Self::Choice(allowed), Value::String(text)) => return not_among(allowed, text),
            (Self::Integer { min, max }, Value::Number(_)) => match whole_number(value) {
                Some(number) if (min..=max).contains(&number) => true,
                Some(_) => return Some(Problem::OutOfRange { min, max }),
                None => false,
            },
            (Self::Number { min, max }, Value::Number(number)) => match number.as_f64() {
                Some(number) if (f64::from(min)..=f64::from(max)).contains(&number) => true,
                _ => return Some(Problem::OutOfRange { min: min.into(), max: max.into() }),
            },
            (Self::TextList, Value::Array(entries)) => entries.iter().all(Value::is_string),
            (Self::TextMap(allowed), Value::Object(entries)) => {
                let texts: Option<Vec<&str>> = entries.values().map(Value::as_str).collect();
                match texts {
                    Some(texts) => return texts.iter().find_map(|text| not_among(allowed, text)),
                    None => false,
                }
            }
            (Self::Duration, _) => duration_of(value).is_some(),
            _ => false,
        };
        (!fits).then_some(Problem::WrongType { expected: self.expected() })
    }

    /// What it takes, to be read after "must be".
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text in quotes",
            Self::Choice(_) => "a text",
            Self::Integer { .. } => "a whole number",
            Self::Number { .. } => "a number",
            Self::Bool => "`true` or `false`",
            Self::TextList => "a list of texts",
            Self::List => "a list",
            Self::TextMap(_) => "a map of texts",
            Self::Object => "a map",
            Self::Duration => "a duration such as `30s` or `12h`",
        }
    }

    /// The type name clients of the existing daemon's schema know it by.
    pub fn go_type(self) -> &'static str {
        match self {
            Self::Text | Self::Choice(_) => "string",
            Self::Integer { .. } => "int",
            Self::Number { .. } => "float64",
            Self::Bool => "bool",
            Self::TextList => "[]string",
            Self::List => "[]interface {}",
            Self::TextMap(_) => "map[string]string",
            Self::Object => "map[string]interface {}",
            Self::Duration => "time.Duration",
        }
    }
}

/// The whole number a JSON number is, if it is one.
pub(crate) fn whole_number(value: &Value) -> Option<i128> {
    if let Some(number) = value.as_i64() {
        return Some(number.into());
    }
    if let Some(number) = value.as_u64() {
        return Some(number.into());
    }
    let number = value.as_f64()?;
    // Beyond 2^53 not every whole number has a float of its own.
    let exact = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
    #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and small in the line above")]
    exact.then_some(number as i128)
}

/// The duration a JSON value stands for, if it stands for one.
pub(crate) fn duration_of(value: &Value) -> Option<Duration> {
    const SHORTEST_BARE_NUMBER: u64 = 1_000_000;
    match value {
        Value::Number(number) => {
            let nanoseconds = number.as_u64()?;
            let plausible = nanoseconds == 0 || nanoseconds >= SHORTEST_BARE_NUMBER;
            plausible.then(|| Duration::from_nanos(nanoseconds))
        }
        Value::String(text) if text.trim() == "0" => Some(Duration::ZERO),
        Value::String(text) => {
            let span: jiff::SignedDuration = text.trim().parse().ok()?;
            Duration::try_from(span).ok()
        }
        _ => None,
    }
}

fn not_among(allowed: &'static [&'static str], text: &str) -> Option<Problem> {
    (!allowed.is_empty() && !allowed.contains(&text)).then_some(Problem::NotAllowed { allowed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn durations_are_read_with_their_units() {
        let cases = [
            (json!("30s"), Some(30_000)),
            (json!("12h"), Some(43_200_000)),
            (json!("1h30m"), Some(5_400_000)),
            (json!("250ms"), Some(250)),
            (json!("0s"), Some(0)),
            (json!("0"), Some(0)),
            (json!(0), Some(0)),
            (json!(60_000_000_000_u64), Some(60_000)),
            (json!(1800), None),
            (json!("1800"), None),
            (json!("-5s"), None),
            (json!("soon"), None),
            (json!(""), None),
            (json!(true), None),
        ];
        for (value, millis) in cases {
            assert_eq!(duration_of(&value), millis.map(Duration::from_millis), "{value}");
        }
    }

    #[test]
    fn each_kind_takes_its_own_values_and_null() {
        let port = FieldKind::Integer { min: 0, max: 65_535 };
        let fitting = [
            (FieldKind::Text, json!("x")),
            (FieldKind::Choice(&["a", "b"]), json!("b")),
            (port, json!(8119)),
            (port, json!(10.0)),
            (FieldKind::Number { min: 0, max: 5 }, json!(0.5)),
            (FieldKind::Bool, json!(false)),
            (FieldKind::TextList, json!(["x"])),
            (FieldKind::List, json!([1, {}])),
            (FieldKind::TextMap(&["debug"]), json!({"a": "debug"})),
            (FieldKind::Object, json!({"a": [1]})),
            (FieldKind::Duration, json!("1m")),
        ];
        for (kind, value) in fitting {
            assert_eq!(kind.problem(&value), None, "{kind:?} {value}");
            assert_eq!(kind.problem(&Value::Null), None, "{kind:?}");
            assert!(kind.problem(&json!([[1]])).is_some() || kind == FieldKind::List, "{kind:?}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let port = FieldKind::Integer { min: 0, max: 65_535 };
        let out_of_range = Some(Problem::OutOfRange { min: 0, max: 65_535 });
        assert_eq!(port.problem(&json!(65_536)), out_of_range);
        assert_eq!(port.problem(&json!(-1)), out_of_range);
        let wrong = Some(Problem::WrongType { expected: "a whole number" });
        assert_eq!(port.problem(&json!(1.5)), wrong);
        assert_eq!(port.problem(&json!("1")), wrong);
        let not_allowed = Some(Problem::NotAllowed { allowed: &["a"] });
        assert_eq!(FieldKind::Choice(&["a"]).problem(&json!("A")), not_allowed);
        assert_eq!(FieldKind::TextMap(&["a"]).problem(&json!({"x": "A"})), not_allowed);
    }
}
