//! From what a Go daemon stored to what our columns hold.
//!
//! A reason names what is wrong and never quotes a text: it may be a secret. Does NOT write.

use super::cell::Cell;
use super::columns::{Column, Kind};
use super::instants;
use crate::columns::instant_text;
use jiff::Timestamp;
use loom_domain::account::{Role, Subject};
use loom_domain::central::CentralName;
use loom_domain::credential::CredentialDigest;
use loom_domain::secret::SecretText;
use serde_json::Value;

/// The scheme of sessions that were opened with a password.
const SERVED_SCHEME: &str = "session";

/// What to store in `column`; `Null` leaves it to the schema.
pub(super) fn convert(column: &Column, cell: Cell) -> Result<Cell, String> {
    let converted = by_kind(column, cell).map_err(|reason| format!("{}: {reason}", column.name))?;
    let is_needed = matches!(column.kind, Kind::NeededText | Kind::NeededJson);
    if converted != Cell::Null || (!is_needed && (column.nullable || column.has_default)) {
        return Ok(converted);
    }
    match column.kind {
        // Unknown, and before everything else.
        Kind::Time => Ok(Cell::Text(instant_text(Timestamp::UNIX_EPOCH))),
        Kind::JsonList => Ok(Cell::Text("[]".to_owned())),
        Kind::Text if !column.in_key => Ok(Cell::Text(String::new())),
        _ => Err(format!("{}: is missing", column.name)),
    }
}

fn by_kind(column: &Column, cell: Cell) -> Result<Cell, String> {
    match column.kind {
        Kind::Integer => integer(cell, i64::MIN, i64::MAX),
        Kind::SmallInteger => integer(cell, i32::MIN.into(), i32::MAX.into()),
        Kind::Word => integer(cell, 0, u16::MAX.into()),
        Kind::Port => Ok(match integer(cell, 0, u16::MAX.into())? {
            Cell::Integer(0) => Cell::Null,
            port => port,
        }),
        Kind::UnixSeconds => integer(cell, Timestamp::MIN.as_second(), Timestamp::MAX.as_second()),
        Kind::SessionEnd => match integer(cell, Timestamp::MIN.as_second(), Timestamp::MAX.as_second())? {
            Cell::Integer(end) if end <= Timestamp::now().as_second() => Err("has passed".to_owned()),
            end => Ok(end),
        },
        Kind::Bytes => {
            let bytes = cell.into_bytes()?.filter(|bytes| !(column.nullable && bytes.is_empty()));
            Ok(bytes.map_or(Cell::Null, Cell::Bytes))
        }
        Kind::Time => time(column, cell),
        _ => match cell.into_text()? {
            None => Ok(Cell::Null),
            // Go has no way to say that there is no text.
            Some(empty) if empty.is_empty() && column.nullable => Ok(Cell::Null),
            Some(text) => from_text(column, text),
        },
    }
}

fn from_text(column: &Column, text: String) -> Result<Cell, String> {
    match column.kind {
        Kind::NeededText | Kind::NeededJson if text.is_empty() => return Err("is missing".to_owned()),
        Kind::Json | Kind::JsonTexts | Kind::JsonList if text.is_empty() => return Ok(Cell::Null),
        Kind::Json | Kind::JsonTexts | Kind::JsonList | Kind::NeededJson => return json(column, text),
        Kind::Role => {
            Role::parse(&text).ok_or("is no known role")?;
        }
        // What logged these in is not served here, so nobody could use or end them.
        Kind::SessionScheme if text != SERVED_SCHEME => return Err("is served by nobody".to_owned()),
        Kind::CentralName => {
            CentralName::parse(&text)
                .map_err(|_| "is no central name: 1 to 64 letters, digits, `-` or `_`")?;
        }
        Kind::Subject => {
            let subject = Subject::parse(&text).map_err(|_| "is no user name")?;
            return Ok(Cell::Text(subject.to_string()));
        }
        Kind::SessionId => {
            let digest = CredentialDigest::of(&SecretText::new(text));
            return Ok(Cell::Text(digest.as_str().to_owned()));
        }
        _ => {}
    }
    Ok(Cell::Text(text))
}

fn json(column: &Column, text: String) -> Result<Cell, String> {
    // Its words could quote a secret leaf.
    let value: Value = serde_json::from_str(&text).map_err(|_| "is no JSON".to_owned())?;
    let is_right = match (column.kind, &value) {
        // How Go writes a list or map that was never made.
        (Kind::Json | Kind::JsonTexts | Kind::JsonList, Value::Null) if column.has_default => {
            return Ok(Cell::Null);
        }
        (Kind::JsonList, Value::Null) => return Ok(Cell::Null),
        (Kind::JsonList, value) => value.is_array(),
        (Kind::JsonTexts, Value::Array(items)) => items.iter().all(Value::is_string),
        (Kind::JsonTexts, _) => false,
        _ => true,
    };
    if is_right { Ok(Cell::Text(text)) } else { Err("is no list of the right kind".to_owned()) }
}

fn time(column: &Column, cell: Cell) -> Result<Cell, String> {
    let instant = match cell {
        Cell::Integer(seconds) => Timestamp::from_second(seconds).ok(),
        other => match other.into_text()?.filter(|text| !text.trim().is_empty()) {
            None => return Ok(Cell::Null),
            Some(text) => instants::read(&text),
        },
    };
    let instant = instant.ok_or("is no time")?;
    if column.nullable && instants::is_zero(instant) {
        return Ok(Cell::Null);
    }
    Ok(Cell::Text(instant_text(instant)))
}

fn integer(cell: Cell, least: i64, most: i64) -> Result<Cell, String> {
    match cell.into_integer()? {
        None => Ok(Cell::Null),
        Some(number) if (least..=most).contains(&number) => Ok(Cell::Integer(number)),
        Some(number) => Err(format!("`{number}` is out of range")),
    }
}
