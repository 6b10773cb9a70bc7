//! The wrapped master key of a data dir: a document beside the database, and whoever unwraps it.
//!
//! Does NOT wrap (`KeyWrapping`) and does NOT write the document (`KeySwitch`).

use crate::key_text;
use async_trait::async_trait;
use loom_domain::ports::{KeyError, KeyProvider, KeySource, KeyWrappings, ResolvedKey};
use loom_domain::secret::{BadWrappedKey, WrappedKey, Wrapper};
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// Most bytes of a document. One has some hundred.
const MAX_BYTES: u16 = 32 * 1024;

/// The document of one wrapper. A file that does not exist is no key; a link that leads nowhere is a broken one.
#[derive(Debug, Clone)]
pub struct WrappedFile {
    path: PathBuf,
    wrapper: Wrapper,
    wrappings: KeyWrappings,
}

impl WrappedFile {
    /// The document at `path`, which only `wrapper` unwraps.
    pub fn new(path: impl Into<PathBuf>, wrapper: Wrapper, wrappings: KeyWrappings) -> Self {
        Self { path: path.into(), wrapper, wrappings }
    }

    /// The document as it lies there; `None` if there is none. Asks no service.
    pub fn read(&self) -> Result<Option<WrappedKey>, KeyError> {
        let path = self.path.display().to_string();
        let Some(bytes) = self.bytes().map_err(|cause| KeyError::Unreadable {
            origin: KeySource::File(path.clone()),
            cause: Box::new(cause),
        })?
        else {
            return Ok(None);
        };
        let bad = |reason| KeyError::BadWrapping { origin: KeySource::File(path), reason };
        if bytes.len() > MAX_BYTES.into() {
            return Err(bad(BadWrappedKey::Malformed(format!("it is longer than {MAX_BYTES} bytes"))));
        }
        match WrappedKey::from_json(&bytes) {
            Ok(wrapped) if wrapped.wrapper == self.wrapper => Ok(Some(wrapped)),
            Ok(other) => {
                let reason =
                    format!("a file of this name is for {}, it says {}", self.wrapper, other.wrapper);
                Err(bad(BadWrappedKey::Malformed(reason)))
            }
            Err(reason) => Err(bad(reason)),
        }
    }

    fn bytes(&self) -> io::Result<Option<Vec<u8>>> {
        match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound && !self.path.is_symlink() => Ok(None),
            opened => key_text::read(opened?, MAX_BYTES).map(|mut bytes| Some(std::mem::take(&mut *bytes))),
        }
    }
}

#[async_trait]
impl KeyProvider for WrappedFile {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        let Some(wrapped) = self.read()? else { return Ok(None) };
        let source = KeySource::Wrapped {
            wrapper: self.wrapper,
            path: self.path.display().to_string(),
            wrapping_key: wrapped.wrapping_key(),
        };
        let unwrapped = self.wrappings.of(self.wrapper)?.unwrap_key(&wrapped).await;
        let key = unwrapped.map_err(|error| error.told_of(source.clone()))?;
        if wrapped.holds(&key) {
            return Ok(Some(ResolvedKey { key, source }));
        }
        let cause = "what came out is not the master key the document names".into();
        Err(KeyError::NotUnwrapped { origin: source, cause })
    }
}

#[cfg(test)]
mod tests;
