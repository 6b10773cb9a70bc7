//! A secret that is the only line of a file: a password, a token, a passphrase, a PIN.
//!
//! Does NOT keep or repeat it, and does NOT ask anybody (`cli`).

use loom_domain::secret::SecretText;
use std::io::{self, Read};
use std::path::Path;
use zeroize::Zeroizing;

/// No key, token or password is longer; a wrong file is not read to its end.
const MAX_BYTES: u64 = 4096;

/// Why there is no secret in it. Reads after the name of the file.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the words say it")]
pub enum NoSecretLine {
    #[error("cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("has more than {MAX_BYTES} bytes; it must hold one line")]
    TooLong,
    #[error("is no text")]
    NoText,
    #[error("is empty")]
    Empty,
    #[error("has several lines; it must hold one")]
    Lines,
}

/// The only line of a file, without its line feed.
pub fn secret_line_of(file: &Path) -> Result<SecretText, NoSecretLine> {
    secret_line(std::fs::File::open(file)?)
}

/// The only line of what is read, without its line feed; blanks belong to it.
pub fn secret_line(from: impl Read) -> Result<SecretText, NoSecretLine> {
    let mut bytes = Zeroizing::new(Vec::new());
    from.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(NoSecretLine::TooLong);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| NoSecretLine::NoText)?;
    let line = text.trim_end_matches(['\r', '\n']);
    match line {
        "" => Err(NoSecretLine::Empty),
        _ if line.contains(['\r', '\n']) => Err(NoSecretLine::Lines),
        _ => Ok(SecretText::new(line)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, String> {
        secret_line(bytes).map(|secret| secret.reveal().to_owned()).map_err(|why| why.to_string())
    }

    #[test]
    fn a_secret_is_the_only_line_of_its_file() {
        for bytes in [&b"key"[..], b"key\n", b"key\r\n"] {
            assert_eq!(read(bytes).unwrap(), "key");
        }
        assert_eq!(read(b" key \n").unwrap(), " key ");
    }

    #[test]
    fn what_holds_no_secret_is_told_and_not_shown() {
        for (bytes, words) in [
            (&b""[..], "is empty"),
            (b"\n", "is empty"),
            (b"key\nmore\n", "has several lines; it must hold one"),
            (b"\xff\xfe", "is no text"),
            (&[b'k'; 4097], "has more than 4096 bytes; it must hold one line"),
        ] {
            assert_eq!(read(bytes).unwrap_err(), words);
        }
    }
}
