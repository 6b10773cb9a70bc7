//! Writes answers in ISO-8859-1, on one line. Does NOT indent.

use crate::value::{Value, latin1};
use std::fmt::Write as _;

/// What every answer begins with.
pub(crate) const HEAD: &str = "<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><methodResponse>";

/// A good answer.
pub(crate) fn response(result: &Value) -> Vec<u8> {
    let mut text = format!("{HEAD}<params><param>");
    value(&mut text, result);
    text.push_str("</param></params></methodResponse>");
    latin1(&text)
}

/// An answer with a fault structure.
pub(crate) fn fault(structure: &Value) -> Vec<u8> {
    let mut text = format!("{HEAD}<fault>");
    value(&mut text, structure);
    text.push_str("</fault></methodResponse>");
    latin1(&text)
}

/// One value with its tags.
fn value(out: &mut String, value: &Value) {
    out.push_str("<value>");
    let _infallible = match value {
        Value::Int(number) => write!(out, "<i4>{number}</i4>"),
        Value::Bool(truth) => write!(out, "<boolean>{}</boolean>", u8::from(*truth)),
        Value::Double(number) => write!(out, "<double>{number:.6}</double>"),
        Value::Text(text) => {
            escape(out, text);
            Ok(())
        }
        Value::Array(items) => {
            out.push_str("<array><data>");
            items.iter().for_each(|item| self::value(out, item));
            out.push_str("</data></array>");
            Ok(())
        }
        Value::Struct(members) => {
            out.push_str("<struct>");
            for (name, member) in members {
                out.push_str("<member><name>");
                escape(out, name);
                out.push_str("</name>");
                self::value(out, member);
                out.push_str("</member>");
            }
            out.push_str("</struct>");
            Ok(())
        }
    };
    out.push_str("</value>");
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            other => out.push(other),
        }
    }
}
