//! What a file looks like from its first bytes when it is no tar: the usual ways a CCU answers instead of a backup.
//!
//! Does NOT look for backups and does NOT quote what it sees, except an error text of the CCU.

use super::damage::shown;
use std::fmt;

/// What a CCU writes where its own page code stops; the page around it varies.
const CRASHED: &str = "internal error was detected in the service software";

/// What the beginning of a file looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beginning {
    /// A web page, most often the login page of the CCU.
    Html,
    /// A text by which the CCU says that it failed; its first line, shortened.
    CcuError(String),
    /// Some other text.
    Text,
    /// Gzip data, such as a bare `usr_local.tar.gz`.
    Gzip,
    /// A ZIP file.
    Zip,
    /// Nothing that is known.
    Unknown,
}

impl Beginning {
    /// Judges the first bytes of a file; 512 are plenty.
    pub fn of(first: &[u8]) -> Self {
        if first.starts_with(&[0x1f, 0x8b]) {
            return Self::Gzip;
        }
        if first.starts_with(b"PK\x03\x04") || first.starts_with(b"PK\x05\x06") {
            return Self::Zip;
        }
        let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\n' | b'\r' | b'\t');
        if first.iter().any(control) {
            return Self::Unknown;
        }
        let text = String::from_utf8_lossy(first);
        let text = text.trim_start_matches(['\u{feff}', '\n', '\r', '\t', ' ']);
        if text.starts_with("ERROR") || text.contains(CRASHED) && !text.starts_with('<') {
            return Self::CcuError(shown(text.lines().next().unwrap_or_default().as_bytes()));
        }
        if text.contains(CRASHED) {
            return Self::CcuError(format!("an {CRASHED}"));
        }
        if text.starts_with('<') { Self::Html } else { Self::Text }
    }
}

impl fmt::Display for Beginning {
    /// What it is and what to do about it, on two lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Html => f.write_str(
                "a web page\nhint: the CCU showed its login page; check the password and that the user is an administrator",
            ),
            Self::CcuError(text) => {
                write!(f, "an error of the CCU, `{text}`\nhint: check the free space on the CCU, then try again")
            }
            Self::Text => f.write_str("a text"),
            Self::Gzip => f.write_str(
                "gzip data\nhint: a `usr_local.tar.gz` taken out of a backup is not enough; the whole `.sbk` is needed",
            ),
            Self::Zip => f.write_str("a ZIP file\nhint: if it holds the `.sbk`, unpack it first"),
            Self::Unknown => f.write_str("something else"),
        }
    }
}
