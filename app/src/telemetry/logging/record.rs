//! One log line: what it says, and how it is spelled in each format.
//!
//! Does NOT know where the line goes and does NOT look at the clock.

use super::escape::{is_one_word, plain, quoted};
use super::{Format, Level};
use jiff::Timestamp;
use std::fmt::{Debug, Write};
use tracing::field::{Field, Visit};

/// Nobody reads on after this many bytes of one value.
const MAX_VALUE_BYTES: usize = 8 << 10;
/// Names that belong to the line itself.
const TAKEN: [&str; 4] = ["ts", "level", "target", "msg"];

/// What one line says.
#[derive(Debug)]
pub(super) struct Record<'a> {
    /// When.
    pub(super) at: Timestamp,
    /// How severe.
    pub(super) level: Level,
    /// Who speaks: a module path.
    pub(super) target: &'a str,
    /// The event's own message and fields.
    pub(super) said: Said,
    /// Ids of what it happened in, outermost first.
    pub(super) ids: Vec<Value>,
}

/// A message and fields, as an event hands them over.
#[derive(Debug, Default)]
pub(super) struct Said {
    /// The message; empty if there is none.
    pub(super) message: String,
    /// The fields, in their order.
    pub(super) fields: Vec<Value>,
}

/// A named value, already text.
#[derive(Debug, Clone)]
pub(super) struct Value {
    /// Its name.
    pub(super) name: &'static str,
    text: String,
    /// Numbers and truth values stand without quotes in JSON.
    bare: bool,
}

impl Value {
    /// A text.
    pub(super) fn text(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, text: cut(text.into()), bare: false }
    }

    fn bare(name: &'static str, text: String) -> Self {
        Self { name, text, bare: true }
    }
}

impl Record<'_> {
    /// The line, with its end.
    pub(super) fn line(&self, format: Format) -> String {
        let mut out = String::with_capacity(256);
        match format {
            Format::Json => self.json(&mut out),
            Format::Text => self.words(&mut out, false),
            Format::TextColor => self.words(&mut out, true),
        }
        out.push('\n');
        out
    }

    /// The event's fields, then those ids that the event does not name itself.
    fn values(&self) -> impl Iterator<Item = &Value> {
        let own = &self.said.fields;
        own.iter().chain(self.ids.iter().filter(|id| own.iter().all(|field| field.name != id.name)))
    }

    fn json(&self, out: &mut String) {
        // Writing to a text cannot fail.
        let _ = write!(out, r#"{{"ts":"{:.6}","level":"{}","target":"#, self.at, self.level);
        quoted(out, self.target);
        out.push_str(r#","msg":"#);
        quoted(out, &self.said.message);
        for Value { name, text, bare } in self.values() {
            out.push(',');
            match TAKEN.contains(name) {
                true => quoted(out, &format!("{name}_")),
                false => quoted(out, name),
            }
            out.push(':');
            if *bare { out.push_str(text) } else { quoted(out, text) }
        }
        out.push('}');
    }

    fn words(&self, out: &mut String, coloured: bool) {
        let (dim, end) = if coloured { ("\x1b[2m", "\x1b[0m") } else { ("", "") };
        let loud = match (coloured, self.level) {
            (false, _) => "",
            (true, Level::Debug) => "\x1b[34m",
            (true, Level::Info) => "\x1b[32m",
            (true, Level::Warn) => "\x1b[33m",
            (true, Level::Error) => "\x1b[31m",
        };
        let level = self.level.name().to_uppercase();
        let _ = write!(out, "{dim}{:.3}{end} {loud}{level:<5}{end} {dim}", self.at);
        plain(out, self.target);
        let _ = write!(out, ":{end} ");
        plain(out, &self.said.message);
        for Value { name, text, .. } in self.values() {
            let _ = write!(out, " {dim}{name}={end}");
            if is_one_word(text) { plain(out, text) } else { quoted(out, text) }
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "message" => self.message = cut(value.to_owned()),
            name => self.fields.push(Value::text(name, value)),
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            let _ = write!(text, ": {error}");
            cause = error.source();
        }
        self.record_str(field, &text);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.push(Value::bare(field.name(), value.to_string()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.push(Value::bare(field.name(), value.to_string()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.push(Value::bare(field.name(), value.to_string()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no word for infinity and for what is no number.
        self.fields.push(match value.is_finite() {
            true => Value::bare(field.name(), value.to_string()),
            false => Value::text(field.name(), value.to_string()),
        });
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_VALUE_BYTES {
        text.truncate(text.floor_char_boundary(MAX_VALUE_BYTES));
        text.push('…');
    }
    text
}
