//! Tells from the first bytes what kind of archive a stream holds, or what it holds instead.
//!
//! Does NOT open anything: the readers of each kind do.

use std::fmt;
use std::io::{self, Chain, Cursor, Read};

use super::age_header::{AGE_MAGIC, AGE_MAGIC_START, ARMOR_MAGIC};
use super::fill::fill;
use super::gzip_member::is_loom_gzip;
use super::sealed_reader::{SEALED_MAGIC, SEALED_VERSION};

/// The kinds of archives that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Gzip members of this format: can be hopped through and read in parallel.
    LoomGzip,
    /// Gzip of other origin.
    ForeignGzip,
    /// Zstandard; whether it is of this format shows at its end.
    Zstd,
    /// A zip file; whether it is of this format shows at its end.
    Zip,
    /// The sealed container of the Go daemon, needs the master key.
    Sealed,
    /// An age v1 file, needs an identity or a passphrase.
    Age,
    /// The same written in letters.
    ArmoredAge,
}

/// The stream from its first byte on, although some of it was already read.
pub type Whole<R> = Chain<Cursor<Vec<u8>>, R>;

/// Why a stream was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetectError {
    /// The first bytes belong to something else.
    #[error("not an archive but {0}")]
    NotAnArchive(Found),
    /// A sealed container this program is too old for.
    #[error("a sealed container of version {0}, only version 1 is known")]
    SealedVersion(u8),
    /// An age file of another version.
    #[error("an age file of another version than v1")]
    AgeVersion,
    /// Reading failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What was found in place of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// No byte at all.
    Empty,
    /// A zip file without any file.
    EmptyZip,
    /// Xz.
    Xz,
    /// Bzip2.
    Bzip2,
    /// A tar that is not compressed.
    PlainTar,
    /// A database file.
    Sqlite,
    /// A web page, such as an error page of a failed download.
    Html,
    /// Readable text.
    Text,
    /// Nothing known.
    Unknown,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty file",
            Self::EmptyZip => "an empty zip file",
            Self::Xz => "an xz file",
            Self::Bzip2 => "a bzip2 file",
            Self::PlainTar => "an uncompressed tar file",
            Self::Sqlite => "an SQLite database",
            Self::Html => "a web page",
            Self::Text => "a text file",
            Self::Unknown => "a file of unknown kind",
        })
    }
}

/// How many bytes are looked at: one tar block, as its magic stands late.
pub const PREFIX_BYTES: usize = 512;

/// Reads the first bytes of `reader` and gives the stream back whole.
///
/// # Errors
/// The stream is no archive, or reading failed.
pub fn detect<R: Read>(mut reader: R) -> Result<(Kind, Whole<R>), DetectError> {
    let mut prefix = vec![0; PREFIX_BYTES];
    let have = fill(&mut reader, &mut prefix)?;
    prefix.truncate(have);
    let kind = match prefix.as_slice() {
        _ if is_loom_gzip(&prefix) => Kind::LoomGzip,
        [0x1f, 0x8b, ..] => Kind::ForeignGzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Kind::Zstd,
        [b'P', b'K', 3, 4, ..] => Kind::Zip,
        age if age.starts_with(AGE_MAGIC) => Kind::Age,
        age if age.starts_with(AGE_MAGIC_START) => return Err(DetectError::AgeVersion),
        armor if armor.starts_with(ARMOR_MAGIC) => Kind::ArmoredAge,
        _ => match prefix.strip_prefix(&SEALED_MAGIC) {
            Some([SEALED_VERSION, ..]) => Kind::Sealed,
            Some([version, ..]) => return Err(DetectError::SealedVersion(*version)),
            _ => return Err(DetectError::NotAnArchive(name(&prefix))),
        },
    };
    Ok((kind, Cursor::new(prefix).chain(reader)))
}

fn name(prefix: &[u8]) -> Found {
    let magics: [(&[u8], Found); 5] = [
        (b"PK\x05\x06", Found::EmptyZip),
        (b"\xfd7zXZ\0", Found::Xz),
        (b"BZh", Found::Bzip2),
        (b"SQLite format 3\0", Found::Sqlite),
        (b"\xef\xbb\xbf", Found::Text),
    ];
    if prefix.is_empty() {
        return Found::Empty;
    }
    if prefix.get(257..262) == Some(b"ustar") {
        return Found::PlainTar;
    }
    if let Some((_, found)) = magics.iter().find(|(magic, _)| prefix.starts_with(magic)) {
        return *found;
    }
    let text = prefix.trim_ascii_start();
    let begins = |tag: &[u8]| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag));
    if begins(b"<!doctype") || begins(b"<html") {
        Found::Html
    } else if prefix.iter().all(|&b| b >= b' ' || b.is_ascii_whitespace()) && is_utf8_prefix(prefix) {
        Found::Text
    } else {
        Found::Unknown
    }
}

/// The prefix may end inside a character.
fn is_utf8_prefix(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).map_or_else(|e| e.error_len().is_none(), |_| true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::samples::{foreign_gzip, loom_gzip};

    #[test]
    fn archives_are_recognised_and_given_back_whole() {
        let sealed = b"OCLBAK\x01stream-id".to_vec();
        let cases = [
            (loom_gzip(b"x"), Kind::LoomGzip),
            (foreign_gzip(b"x"), Kind::ForeignGzip),
            (sealed, Kind::Sealed),
            (b"\x28\xb5\x2f\xfd\x24".to_vec(), Kind::Zstd),
            (b"PK\x03\x04rest".to_vec(), Kind::Zip),
            (b"age-encryption.org/v1\n-> X25519".to_vec(), Kind::Age),
            (b"-----BEGIN AGE ENCRYPTED FILE-----\n".to_vec(), Kind::ArmoredAge),
        ];
        for (bytes, wanted) in cases {
            let (kind, mut whole) = detect(bytes.as_slice()).unwrap();
            let mut again = Vec::new();
            whole.read_to_end(&mut again).unwrap();
            assert_eq!((kind, again), (wanted, bytes));
        }
    }

    #[test]
    fn what_is_no_archive_is_named() {
        let mut tar = vec![b'a'; 600];
        tar[257..262].copy_from_slice(b"ustar");
        let cases: [(&[u8], &str); 13] = [
            (b"", "not an archive but an empty file"),
            (b"PK\x05\x06rest", "not an archive but an empty zip file"),
            (b"age-encryption.org/v2\n", "an age file of another version than v1"),
            (b"age-encryption.org", "not an archive but a text file"),
            (b"\xfd7zXZ\0", "not an archive but an xz file"),
            (b"BZh9", "not an archive but a bzip2 file"),
            (&tar, "not an archive but an uncompressed tar file"),
            (b"SQLite format 3\0", "not an archive but an SQLite database"),
            (b"\r\n<!DOCTYPE html>", "not an archive but a web page"),
            (b"{\"error\": \"K\xc3\xbcche", "not an archive but a text file"),
            (b"\0\x01\x02", "not an archive but a file of unknown kind"),
            (b"OCLBAK", "not an archive but a text file"),
            (b"OCLBAK\x02", "a sealed container of version 2, only version 1 is known"),
        ];
        for (bytes, wanted) in cases {
            assert_eq!(detect(bytes).err().unwrap().to_string(), wanted);
        }
    }

    #[test]
    fn a_damaged_magic_never_turns_one_kind_into_another() {
        let archive = loom_gzip(b"plaintext");
        for bit in 0..16 * 8 {
            let mut damaged = archive.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            if let Ok((kind, _)) = detect(damaged.as_slice()) {
                assert_eq!(kind, Kind::LoomGzip, "bit {bit}");
            }
        }
    }
}
