//! The keyed digest of the inner archive. Does NOT equal the real one, which needs secrets of the maker.

use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{self, Read, Write};

const DEFAULT_KEY: &str = "the key of a central nobody gave a key";

/// Writes through and digests what passes.
pub(crate) struct Digesting<W> {
    inner: W,
    signature: Sha256,
    plain: Sha256,
    size: u64,
}

/// What came out.
#[derive(Debug, Clone)]
pub(crate) struct Sums {
    /// 32 digits.
    pub(crate) signature: String,
    /// 64 digits.
    pub(crate) sha256: String,
    pub(crate) size: u64,
}

impl<W: Write> Digesting<W> {
    pub(crate) fn new(inner: W, key: Option<&str>) -> Self {
        Self { inner, signature: keyed(key), plain: Sha256::new(), size: 0 }
    }

    pub(crate) fn finish(self) -> (W, Sums) {
        let signature = signature_text(self.signature);
        (self.inner, Sums { signature, sha256: hex(&self.plain.finalize()), size: self.size })
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.signature.update(&bytes[..count]);
        self.plain.update(&bytes[..count]);
        self.size += u64::try_from(count).unwrap_or(0);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The signature of what `reader` holds with that key.
pub(crate) fn sign(mut reader: impl Read, key: Option<&str>) -> io::Result<String> {
    let mut digest = keyed(key);
    copy_into(&mut reader, |bytes| digest.update(bytes))?;
    Ok(signature_text(digest))
}

/// The plain SHA-256 of what `reader` holds, 64 digits.
pub(crate) fn sha256(mut reader: impl Read) -> io::Result<String> {
    let mut digest = Sha256::new();
    copy_into(&mut reader, |bytes| digest.update(bytes))?;
    Ok(hex(&digest.finalize()))
}

fn copy_into(reader: &mut impl Read, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut piece = vec![0; 256 * 1024];
    loop {
        match reader.read(&mut piece)? {
            0 => return Ok(()),
            count => take(&piece[..count]),
        }
    }
}

fn keyed(key: Option<&str>) -> Sha256 {
    Sha256::new_with_prefix(format!("{}\n", key.unwrap_or(DEFAULT_KEY)))
}

fn signature_text(digest: Sha256) -> String {
    let mut text = hex(&digest.finalize());
    text.truncate(32);
    text
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}
