//! Writes XML-RPC calls on one line, without comments and numeric character references: some interfaces read no others.
//!
//! Does NOT send them.

use crate::charset;
use crate::rpc::Unreadable;
use serde_json::Value;

/// A call in ISO-8859-1. The error names what the protocol has no form for.
pub(super) fn call(method: &str, params: &[Value]) -> Result<Vec<u8>, Unreadable> {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><methodCall><methodName>");
    escape(method, &mut text);
    text.push_str("</methodName><params>");
    for param in params {
        text.push_str("<param>");
        value(param, &mut text)?;
        text.push_str("</param>");
    }
    text.push_str("</params></methodCall>");
    charset::to_latin1(&text).ok_or_else(|| Unreadable::new("a text has letters the central does not know"))
}

fn value(value: &Value, text: &mut String) -> Result<(), Unreadable> {
    text.push_str("<value>");
    match value {
        Value::Null => return Err(Unreadable::new("there is no empty value in a call")),
        Value::Bool(bit) => text.push_str(&format!("<boolean>{}</boolean>", u8::from(*bit))),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => {
                let integer = i32::try_from(integer)
                    .map_err(|_| Unreadable::new(format!("{integer} has more than 32 bits")))?;
                text.push_str(&format!("<i4>{integer}</i4>"));
            }
            // No exponents: they are not read everywhere.
            (None, Some(double)) => text.push_str(&format!("<double>{double}</double>")),
            (None, None) => return Err(Unreadable::new(format!("{number} is no number of the protocol"))),
        },
        Value::String(string) => {
            text.push_str("<string>");
            escape(string, text);
            text.push_str("</string>");
        }
        Value::Array(values) => {
            text.push_str("<array><data>");
            values.iter().try_for_each(|value| self::value(value, text))?;
            text.push_str("</data></array>");
        }
        Value::Object(members) => {
            text.push_str("<struct>");
            for (name, value) in members {
                text.push_str("<member><name>");
                escape(name, text);
                text.push_str("</name>");
                self::value(value, text)?;
                text.push_str("</member>");
            }
            text.push_str("</struct>");
        }
    }
    text.push_str("</value>");
    Ok(())
}

fn escape(raw: &str, text: &mut String) {
    for letter in raw.chars() {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            letter => text.push(letter),
        }
    }
}
