//! What both ways of calling an interface have in common: values, faults, limits on answers.
//!
//! Values are JSON values that keep their type of the wire: an integer stays an integer, a floating point number stays one
//! even if it is whole (`1.0`), booleans and texts are what they are, nothing at all is `null`. What JSON has no type for is
//! an object with one key: `{"$dateTime": …}` (text of XML-RPC, or seconds since 1970 of BIN-RPC), `{"$base64": "…"}`, and
//! `{"$double": "NaN"}` for numbers that are none. Does NOT read or write bytes (`xml_rpc`, `bin_rpc`).

mod error;

pub(crate) use error::RpcError;

use serde_json::{Map, Number, Value};

/// Longest answer that is read, in bytes: a list of every device type there is has five million.
pub(crate) const MAX_ANSWER_BYTES: usize = 64 << 20;

/// Most values in one answer: the same list has about 60,000. They, not the bytes, bound the memory an answer takes.
pub(crate) const MAX_VALUES: usize = 500_000;

/// How many values an object counts as besides its members: one sent in few bytes takes several hundred of memory.
pub(crate) const OBJECT_VALUES: usize = 10;

/// How deep values may lie within one another.
const MAX_DEPTH: usize = 32;

/// What a call brought: a value, or the fault the interface answered with.
pub(crate) type Answer = Result<Value, Fault>;

/// The interface understood a call and says no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Its code; those of Homematic are -1 to -10.
    pub(crate) code: i64,
    /// What it says.
    pub(crate) text: String,
}

impl Fault {
    /// Reads the value a fault comes as: `{"faultCode": …, "faultString": …}`.
    pub(crate) fn of(value: &Value) -> Result<Self, Unreadable> {
        let code = value.get("faultCode").and_then(Value::as_i64);
        let code = code.ok_or_else(|| Unreadable::new("a fault without a code"))?;
        let text = value.get("faultString").and_then(Value::as_str).unwrap_or_default();
        Ok(Self { code, text: shown(text) })
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "fault {}: {}", self.code, self.text)
    }
}

/// Bytes that are no answer. A fragment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Unreadable(String);

impl Unreadable {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

/// What an answer may still hold. Readers spend it as they go.
#[derive(Debug)]
pub(crate) struct Budget {
    values: usize,
}

impl Budget {
    /// All of it.
    pub(crate) fn new() -> Self {
        Self { values: MAX_VALUES }
    }

    /// Takes one value at that depth, counted from 0.
    pub(crate) fn take(&mut self, depth: usize) -> Result<(), Unreadable> {
        if depth >= MAX_DEPTH {
            return Err(Unreadable::new(format!("values lie more than {MAX_DEPTH} deep")));
        }
        self.spend(1)
    }

    /// Takes what an object takes besides its members.
    pub(crate) fn take_object(&mut self) -> Result<(), Unreadable> {
        self.spend(OBJECT_VALUES)
    }

    fn spend(&mut self, values: usize) -> Result<(), Unreadable> {
        let left = self.values.checked_sub(values);
        self.values =
            left.ok_or_else(|| Unreadable::new(format!("there are more than {MAX_VALUES} values")))?;
        Ok(())
    }
}

/// A floating point number.
pub(crate) fn double(number: f64) -> Value {
    Number::from_f64(number).map_or_else(|| tagged("$double", number.to_string().into()), Value::Number)
}

/// A value JSON has no type for.
pub(crate) fn tagged(tag: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(tag.to_owned(), value)]))
}

/// A text of a central, fit to be shown: one line, not endless.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_keep_their_type() {
        assert_eq!(double(1.0).to_string(), "1.0");
        assert_eq!(double(f64::NAN), json!({"$double": "NaN"}));
    }

    #[test]
    fn objects_count_as_several_values() {
        let mut budget = Budget::new();
        assert!((0..50_000).all(|_| budget.take_object().is_ok()));
        assert!(budget.take_object().unwrap_err().to_string().contains("more than 500000 values"));
    }

    #[test]
    fn a_fault_has_a_code() {
        let fault = Fault::of(&json!({"faultCode": -2, "faultString": "Unknown\ninstance"})).unwrap();
        assert_eq!(fault, Fault { code: -2, text: "Unknown instance".to_owned() });
        assert!(Fault::of(&json!("no")).is_err());
    }
}
