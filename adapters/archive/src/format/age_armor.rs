//! Age files written in letters, as `age --armor` does.
//!
//! Does NOT open them: what comes out is the age file itself (`age_reader`). Nothing here writes such letters.

use age::armor::ArmoredReader;
use std::io::{self, BufReader, Read};

/// Letters of the longest line, with its end, that is passed on; honest lines have 64 and an end.
const LINE_MAX: usize = 256;

/// The bytes behind the letters of `input`, which begins with their first line.
///
/// Errors of kind `InvalidData` tell of damage; those of `input` pass through. Memory is flat whatever `input` holds.
pub fn unarmored<R: Read>(input: R) -> impl Read {
    ArmoredReader::new(BufReader::new(ShortLines { inner: input, line: 0 }))
}

/// Passes bytes on as long as there are ends of lines among them: the library reads each line whole.
struct ShortLines<R> {
    inner: R,
    line: usize,
}

impl<R: Read> Read for ShortLines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        for byte in &buffer[..read] {
            self.line = if *byte == b'\n' { 0 } else { self.line + 1 };
            if self.line > LINE_MAX {
                let what = "a line of the armored age file is longer than any it may have";
                return Err(io::Error::new(io::ErrorKind::InvalidData, what));
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::age_header::ARMOR_MAGIC;

    #[test]
    fn an_endless_line_is_refused_in_flat_memory() {
        let endless = ARMOR_MAGIC.chain(&b"\n"[..]).chain(io::repeat(b'A'));
        let error = unarmored(endless).read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
