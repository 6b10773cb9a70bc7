//! The master key in a file, `secret.key` of a data dir.
//!
//! Does NOT create a key when it is asked for one; only the `KeyVault` role does. Reads and writes are a few dozen
//! bytes, so they happen on the caller's thread.

use crate::OsRandomness;
use async_trait::async_trait;
use loom_domain::archive::layout::WORK_PREFIX;
use loom_domain::ports::{BoxError, KeyError, KeyProvider, KeySource, KeyVault, Randomness, ResolvedKey};
use loom_domain::secret::{BadMasterKey, MasterKey};
use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Most bytes of a key file. A key has 45; the rest is room for white space.
const MAX_BYTES: u16 = 4096;

/// A key file: standard base64 of 32 bytes and a line feed. White space around it is ignored when it is read.
///
/// A file that does not exist is no key; a link that leads nowhere is a broken one, for somebody configured it.
#[derive(Debug, Clone)]
pub struct FileKey {
    path: PathBuf,
}

impl FileKey {
    /// The key file at `path`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    fn origin(&self) -> KeySource {
        KeySource::File(self.path.display().to_string())
    }

    fn unreadable(&self, cause: io::Error) -> KeyError {
        KeyError::Unreadable { origin: self.origin(), cause: Box::new(cause) }
    }

    fn unwritable(&self, cause: impl Into<BoxError>) -> KeyError {
        KeyError::NotStored { origin: self.origin(), cause: cause.into() }
    }

    /// The file's bytes; `None` if there is no such file.
    fn read(&self) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound && !self.path.is_symlink() => return Ok(None),
            opened => opened?,
        };
        // Room for all of it at once: a vector that grows would leave copies of the key behind.
        let limit = usize::from(MAX_BYTES) + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * limit));
        file.take(limit as u64).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Writes the key beside its place, then gives it its name if nothing has that name yet.
    fn store(&self, key: &MasterKey) -> Result<(), KeyError> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let written = || -> io::Result<tempfile::NamedTempFile> {
            let mut file = tempfile::Builder::new()
                .prefix(&format!("{WORK_PREFIX}key-"))
                .permissions(Permissions::from_mode(0o600))
                .tempfile_in(folder)?;
            file.write_all(key.to_base64().as_bytes())?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            Ok(file)
        };
        let file = written().map_err(|error| self.unwritable(error))?;
        match file.persist_noclobber(&self.path) {
            Ok(_) => {}
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                return Err(KeyError::AlreadyExists(self.origin()));
            }
            Err(error) => return Err(self.unwritable(error.error)),
        }
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| self.unwritable(error))
    }
}

#[async_trait]
impl KeyProvider for FileKey {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        let Some(bytes) = self.read().map_err(|error| self.unreadable(error))? else { return Ok(None) };
        let key = if bytes.len() > usize::from(MAX_BYTES) {
            Err(BadMasterKey::TooLong(MAX_BYTES))
        } else {
            std::str::from_utf8(&bytes).map_err(|_| BadMasterKey::NotBase64).and_then(MasterKey::from_base64)
        };
        match key {
            Ok(key) => Ok(Some(ResolvedKey { key, source: self.origin() })),
            Err(reason) => Err(KeyError::Malformed { origin: self.origin(), reason }),
        }
    }
}

#[async_trait]
impl KeyVault for FileKey {
    async fn create(&self) -> Result<ResolvedKey, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        OsRandomness.fill(bytes.as_mut_slice()).map_err(|error| self.unwritable(error))?;
        let key = MasterKey::from_bytes(*bytes);
        self.store(&key)?;
        Ok(ResolvedKey { key, source: self.origin() })
    }
}

#[cfg(test)]
mod tests;
