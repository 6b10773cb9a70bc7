//! Reads XML-RPC responses from bytes nobody vouches for: depth and number of values are bounded, entities are not expanded.
//!
//! Does NOT hold a whole tree of XML: values are built from its events. Does NOT read calls.

use crate::charset;
use crate::rpc::{Answer, Budget, Fault, Unreadable, double, shown, tagged};
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;
use serde_json::{Map, Value};

/// Where the declaration with its charset ends at the latest.
const DECLARATION_BYTES: usize = 256;

/// The value or fault of a response.
pub(crate) fn response(bytes: &[u8]) -> Result<Answer, Unreadable> {
    let text = decoded(bytes);
    let mut xml = Xml::new(&text);
    xml.open("methodResponse")?;
    let answer = match xml.opened()?.as_deref() {
        Some("params") => Ok(params(&mut xml)?),
        Some("fault") => {
            xml.open("value")?;
            let fault = Fault::of(&value(&mut xml, 0)?)?;
            xml.close()?;
            Err(fault)
        }
        other => return Err(unexpected(other, "an answer")),
    };
    xml.close()?;
    Ok(answer)
}

/// A method without a result answers with no parameter or with an empty one; both are the empty text.
fn params(xml: &mut Xml<'_>) -> Result<Value, Unreadable> {
    let value = match xml.opened()?.as_deref() {
        None => return Ok(Value::String(String::new())),
        Some("param") => match xml.opened()?.as_deref() {
            None => Value::String(String::new()),
            Some("value") => {
                let value = value(xml, 0)?;
                xml.close()?;
                value
            }
            other => return Err(unexpected(other, "a value")),
        },
        other => return Err(unexpected(other, "a parameter")),
    };
    xml.close()?;
    Ok(value)
}

/// What follows `<value>`, its end included.
fn value(xml: &mut Xml<'_>, depth: usize) -> Result<Value, Unreadable> {
    xml.budget.take(depth)?;
    let mut text = String::new();
    let kind = loop {
        match xml.next()? {
            Token::Text(part) => text.push_str(&part),
            Token::Close => return Ok(Value::String(text)),
            Token::Open(kind) => break kind,
        }
    };
    blank(&text)?;
    let value = match kind.as_str() {
        "struct" => structure(xml, depth)?,
        "array" => array(xml, depth)?,
        kind => scalar(kind, xml.text()?)?,
    };
    xml.close()?;
    Ok(value)
}

fn structure(xml: &mut Xml<'_>, depth: usize) -> Result<Value, Unreadable> {
    xml.budget.take_object()?;
    let mut members = Map::new();
    while let Some(tag) = xml.opened()? {
        if tag != "member" {
            return Err(unexpected(Some(&tag), "a member"));
        }
        xml.open("name")?;
        let name = xml.text()?;
        xml.open("value")?;
        members.insert(name, value(xml, depth + 1)?);
        xml.close()?;
    }
    Ok(Value::Object(members))
}

fn array(xml: &mut Xml<'_>, depth: usize) -> Result<Value, Unreadable> {
    let mut values = Vec::new();
    xml.open("data")?;
    while let Some(tag) = xml.opened()? {
        if tag != "value" {
            return Err(unexpected(Some(&tag), "a value"));
        }
        values.push(value(xml, depth + 1)?);
    }
    xml.close()?;
    Ok(Value::Array(values))
}

fn scalar(kind: &str, text: String) -> Result<Value, Unreadable> {
    let bad = || Unreadable::new(format!("`{}` is no value of type `{}`", shown(&text), shown(kind)));
    Ok(match kind {
        "i4" | "int" | "i8" | "i2" | "i1" => Value::from(text.trim().parse::<i64>().map_err(|_| bad())?),
        "boolean" => match text.trim() {
            "1" | "true" => Value::Bool(true),
            "0" | "false" => Value::Bool(false),
            _ => return Err(bad()),
        },
        "double" => double(text.trim().parse().map_err(|_| bad())?),
        "string" => Value::String(text),
        "dateTime.iso8601" => tagged("$dateTime", text.trim().into()),
        "base64" => tagged("$base64", text.split_whitespace().collect::<String>().into()),
        "nil" => Value::Null,
        _ => return Err(unexpected(Some(kind), "a type of value")),
    })
}

enum Token {
    Open(String),
    Close,
    Text(String),
}

struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    budget: Budget,
}

impl<'a> Xml<'a> {
    fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        // Interfaces write texts of devices as they find them.
        reader.config_mut().allow_dangling_amp = true;
        Self { reader, budget: Budget::new() }
    }

    fn next(&mut self) -> Result<Token, Unreadable> {
        loop {
            let event =
                self.reader.read_event().map_err(|error| Unreadable::new(shown(&error.to_string())))?;
            return Ok(match event {
                Event::Start(tag) => Token::Open(tag.local_name().as_ref().to_owned()),
                Event::End(_) => Token::Close,
                Event::Text(text) => Token::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned()),
                Event::CData(text) => Token::Text(text.xml_content(XmlVersion::Implicit1_0).into_owned()),
                Event::GeneralRef(entity) => Token::Text(resolved(&entity)?),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => continue,
                Event::DocType(_) => return Err(Unreadable::new("it declares a document type, as pages do")),
                Event::Eof => return Err(Unreadable::new("it ends in the middle")),
                Event::Empty(_) => return Err(Unreadable::new("an element has no end")),
            });
        }
    }

    /// The next element within the present one; `None` at the end of it.
    fn opened(&mut self) -> Result<Option<String>, Unreadable> {
        loop {
            match self.next()? {
                Token::Open(tag) => return Ok(Some(tag)),
                Token::Close => return Ok(None),
                Token::Text(text) => blank(&text)?,
            }
        }
    }

    fn open(&mut self, wanted: &str) -> Result<(), Unreadable> {
        match self.opened()? {
            Some(tag) if tag == wanted => Ok(()),
            other => Err(unexpected(other.as_deref(), wanted)),
        }
    }

    fn close(&mut self) -> Result<(), Unreadable> {
        match self.opened()? {
            None => Ok(()),
            other => Err(unexpected(other.as_deref(), "an end")),
        }
    }

    /// The text of the present element, its end included.
    fn text(&mut self) -> Result<String, Unreadable> {
        let mut text = String::new();
        loop {
            match self.next()? {
                Token::Text(part) => text.push_str(&part),
                Token::Close => return Ok(text),
                Token::Open(tag) => return Err(unexpected(Some(&tag), "text")),
            }
        }
    }
}

fn decoded(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let head = &bytes[..bytes.len().min(DECLARATION_BYTES)];
    let head = String::from_utf8_lossy(head);
    let declaration = head.trim_start().strip_prefix("<?xml").and_then(|rest| rest.split("?>").next());
    let label = declaration.and_then(|declaration| {
        let (_, rest) = declaration.split_once("encoding")?;
        rest.split(['"', '\'']).nth(1)
    });
    label.map_or_else(|| charset::decode(bytes), |label| charset::declared(label.as_bytes(), bytes))
}

fn resolved(entity: &BytesRef<'_>) -> Result<String, Unreadable> {
    if let Ok(Some(letter)) = entity.resolve_char_ref() {
        return Ok(letter.to_string());
    }
    let name = entity.xml_content(XmlVersion::Implicit1_0);
    quick_xml::escape::resolve_predefined_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| Unreadable::new(format!("nobody knows the entity `{}`", shown(&name))))
}

fn blank(text: &str) -> Result<(), Unreadable> {
    if text.trim().is_empty() {
        return Ok(());
    }
    Err(Unreadable::new(format!("text between elements: `{}`", shown(text.trim()))))
}

fn unexpected(got: Option<&str>, wanted: &str) -> Unreadable {
    match got {
        Some(tag) => Unreadable::new(format!("`<{}>` stands where {wanted} should", shown(tag))),
        None => Unreadable::new(format!("an element ends where {wanted} should stand")),
    }
}
