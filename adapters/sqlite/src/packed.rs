//! Texts that are stored packed with zlib, in columns that take both: packed ones are bytes, plain ones are text.
//!
//! Plain are the texts of earlier schemas and of Go daemons; they read the same. Does NOT know any table.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::Binary;
use diesel::sqlite::{Sqlite, SqliteType};
use flate2::Compression;
use flate2::read::{ZlibDecoder, ZlibEncoder};
use loom_domain::ports::StoreError;
use std::io::{self, Read};

/// Longest text that is packed and unpacked, in bytes: far more than a central describes in one piece.
const MAX_BYTES: u64 = 64 << 20;

/// A text in such a column. However it was read, it is written packed.
#[derive(Debug, Clone, AsExpression, FromSqlRow)]
#[diesel(sql_type = Binary)]
pub(crate) enum StoredText {
    Plain(String),
    Packed(Vec<u8>),
}

impl StoredText {
    /// The text itself.
    pub(crate) fn into_text(self, column: &str) -> Result<String, String> {
        match self {
            Self::Plain(text) => Ok(text),
            Self::Packed(bytes) => unpack(&bytes).map_err(|error| format!("{column}: {error}")),
        }
    }
}

impl FromSql<Binary, Sqlite> for StoredText {
    fn from_sql(value: <Sqlite as diesel::backend::Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let is_text = matches!(value.value_type(), Some(SqliteType::Text));
        let bytes: Vec<u8> = FromSql::<Binary, Sqlite>::from_sql(value)?;
        Ok(if is_text { Self::Plain(String::from_utf8(bytes)?) } else { Self::Packed(bytes) })
    }
}

impl ToSql<Binary, Sqlite> for StoredText {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        match self {
            Self::Plain(text) => out.set_value(pack(text)?),
            Self::Packed(bytes) => out.set_value(bytes.as_slice()),
        }
        Ok(IsNull::No)
    }
}

/// Refuses a description that could not be read again.
pub(crate) fn fits(
    what: &'static str,
    name: impl FnOnce() -> String,
    description: &str,
) -> Result<(), StoreError> {
    match description.len() as u64 {
        ..=MAX_BYTES => Ok(()),
        bytes => Err(StoreError::TooLarge { what, name: name(), bytes, most: MAX_BYTES }),
    }
}

fn pack(text: &str) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    ZlibEncoder::new(text.as_bytes(), Compression::default()).read_to_end(&mut packed)?;
    Ok(packed)
}

fn unpack(packed: &[u8]) -> io::Result<String> {
    let mut text = String::new();
    let mut bytes = ZlibDecoder::new(packed).take(MAX_BYTES + 1);
    bytes.read_to_string(&mut text)?;
    if bytes.limit() == 0 { Err(io::Error::other("the text is too long")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_unpacked_byte_for_byte() {
        for text in
            ["", "{}", "{ \"b\": 1.50,\n\t\"a\" : \"Küche \\u00fc 22 °C\" }\r\n", &"ü".repeat(100_000)]
        {
            assert_eq!(unpack(&pack(text).unwrap()).unwrap(), text);
        }
    }

    #[test]
    fn what_is_damaged_cut_off_or_no_text_is_refused_with_its_column() {
        let whole = pack("{\"TEMPERATURE\": 21.5}").unwrap();
        let mut damaged = whole.clone();
        damaged[8] ^= 1;
        let mut no_text = Vec::new();
        ZlibEncoder::new(&b"\xff"[..], Compression::default()).read_to_end(&mut no_text).unwrap();
        for bytes in [damaged, whole[..whole.len() - 5].to_vec(), Vec::new(), no_text] {
            let reason = StoredText::Packed(bytes).into_text("some_json").unwrap_err();
            assert!(reason.starts_with("some_json: "), "{reason}");
        }
    }

    #[test]
    fn what_could_not_be_read_again_is_refused_by_name() {
        let longest = " ".repeat(usize::try_from(MAX_BYTES).unwrap());
        fits("device", || unreachable!("it fits"), &longest).unwrap();
        let error = fits("device", || "ABC".to_owned(), &(longest + " ")).unwrap_err();
        assert!(error.to_string().contains("device `ABC`"), "{error}");
    }

    #[test]
    fn a_text_that_unpacks_without_end_is_refused() {
        let mut packed = Vec::new();
        let endless = io::repeat(b' ').take(MAX_BYTES + 1);
        ZlibEncoder::new(io::BufReader::new(endless), Compression::fast()).read_to_end(&mut packed).unwrap();
        assert!(unpack(&packed).is_err());
    }
}
