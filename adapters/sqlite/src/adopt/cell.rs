//! Rows of tables whose columns have no fixed type, as Go daemons made them.
//!
//! Does NOT know what a column means (`columns`).

use diesel::deserialize::{self, FromSql, QueryableByName};
use diesel::row::{Field, NamedRow, Row};
use diesel::sql_types::{BigInt, Binary, Double};
use diesel::sqlite::{Sqlite, SqliteType};

/// What one column of one row holds, whatever was declared for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    /// Also text that is not UTF-8.
    Bytes(Vec<u8>),
}

/// The cells of one row, in the order of the query.
pub(super) struct Cells(pub(super) Vec<Cell>);

impl QueryableByName<Sqlite> for Cells {
    fn build<'a>(row: &impl NamedRow<'a, Sqlite>) -> deserialize::Result<Self> {
        let cell = |at: usize| {
            let Some(field) = Row::get(row, at) else { return Ok(Cell::Null) };
            let Some(value) = field.value() else { return Ok(Cell::Null) };
            Ok(match value.value_type() {
                None => Cell::Null,
                Some(SqliteType::Text) => match String::from_utf8(FromSql::<Binary, _>::from_sql(value)?) {
                    Ok(text) => Cell::Text(text),
                    Err(no_text) => Cell::Bytes(no_text.into_bytes()),
                },
                Some(SqliteType::Binary) => Cell::Bytes(FromSql::<Binary, _>::from_sql(value)?),
                Some(SqliteType::Float | SqliteType::Double) => {
                    Cell::Real(FromSql::<Double, _>::from_sql(value)?)
                }
                Some(_) => Cell::Integer(FromSql::<BigInt, _>::from_sql(value)?),
            })
        };
        (0..row.field_count()).map(cell).collect::<deserialize::Result<_>>().map(Self)
    }
}

impl Cell {
    /// The cell as text; `None` is nothing.
    pub(super) fn into_text(self) -> Result<Option<String>, String> {
        Ok(Some(match self {
            Self::Null => return Ok(None),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Text(text) => text,
            Self::Bytes(bytes) => String::from_utf8(bytes).map_err(|_| "is no UTF-8 text".to_owned())?,
        }))
    }

    /// The cell as a whole number; `None` is nothing.
    pub(super) fn into_integer(self) -> Result<Option<i64>, String> {
        match self {
            Self::Null => Ok(None),
            Self::Integer(number) => Ok(Some(number)),
            Self::Real(number) => format!("{number:.0}")
                .parse()
                .ok()
                .filter(|_| number.fract() == 0.0)
                .map(Some)
                .ok_or_else(|| format!("`{number}` is no whole number")),
            Self::Text(text) if text.is_empty() => Ok(None),
            Self::Text(text) => match text.as_str() {
                "true" => Ok(Some(1)),
                "false" => Ok(Some(0)),
                digits => digits.parse().map(Some).map_err(|_| "is no whole number".to_owned()),
            },
            Self::Bytes(_) => Err("is no whole number".to_owned()),
        }
    }

    /// The cell as bytes; `None` is nothing.
    pub(super) fn into_bytes(self) -> Result<Option<Vec<u8>>, String> {
        match self {
            Self::Null => Ok(None),
            Self::Bytes(bytes) => Ok(Some(bytes)),
            Self::Text(text) => Ok(Some(text.into_bytes())),
            Self::Integer(_) | Self::Real(_) => Err("is a number and no bytes".to_owned()),
        }
    }
}
