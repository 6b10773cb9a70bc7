//! How a database stores its text.
//!
//! Does NOT ask SQLite for text: it may hold some that is none, so its bytes are read and made into text here.

use crate::inspect::{Failure, TextRow};
use diesel::{RunQueryDsl, SqliteConnection, sql_query};

/// An encoding of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16Little,
    Utf16Big,
}

impl Encoding {
    /// The encoding of all text in a database.
    pub(super) fn of(connection: &mut SqliteConnection) -> Result<Self, Failure> {
        let query = "SELECT encoding AS value FROM pragma_encoding";
        let name: TextRow = sql_query(query).get_result(connection)?;
        Ok(match name.value.as_str() {
            "UTF-16le" => Self::Utf16Little,
            "UTF-16be" => Self::Utf16Big,
            _ => Self::Utf8,
        })
    }

    /// The text; what is none in it becomes replacement characters.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        let unit = match self {
            Self::Utf8 => return String::from_utf8_lossy(bytes).into_owned(),
            Self::Utf16Little => u16::from_le_bytes,
            Self::Utf16Big => u16::from_be_bytes,
        };
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    }
}
