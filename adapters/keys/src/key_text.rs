//! The bytes of a file that holds a master key, or one that is wrapped: read with a bound, and taken for what they are.
//!
//! Does NOT judge who may read the file (`file`).

use loom_domain::ports::{KeyError, KeySource, ResolvedKey};
use loom_domain::secret::{BadMasterKey, MasterKey};
use std::fs::File;
use std::io::{self, Read as _};
use zeroize::Zeroizing;

/// Most bytes of a key file. A key has 45; the rest is room for white space.
const MAX_BYTES: u16 = 4096;

/// The bytes of an open file, at most one more than `limit`.
pub(crate) fn read(file: File, limit: u16) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for all of it at once: a vector that grows would leave copies of the key behind.
    let limit = usize::from(limit) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * limit));
    file.take(limit as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The key in an open file of `origin`.
pub(crate) fn key_in(file: File, origin: KeySource) -> Result<ResolvedKey, KeyError> {
    let bytes = match read(file, MAX_BYTES) {
        Ok(bytes) => bytes,
        Err(cause) => return Err(KeyError::Unreadable { origin, cause: Box::new(cause) }),
    };
    let key = if bytes.len() > usize::from(MAX_BYTES) {
        Err(BadMasterKey::TooLong(MAX_BYTES))
    } else {
        std::str::from_utf8(&bytes).map_err(|_| BadMasterKey::NotBase64).and_then(MasterKey::from_base64)
    };
    match key {
        Ok(key) => Ok(ResolvedKey { key, source: origin }),
        Err(reason) => Err(KeyError::Malformed { origin, reason }),
    }
}
