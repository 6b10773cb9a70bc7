//! A staged key: written beside its place, readable by its owner only, and proven by reading it back.
//!
//! Does NOT put it in its place.

use super::file_of;
use super::files::{adopt, remove, sync};
use crate::{FileKey, OsRandomness, WrappedFile};
use loom_domain::archive::layout::WORK_PREFIX;
use loom_domain::archive::{KeyFileKind, hex};
use loom_domain::ports::{
    KeyError, KeyProvider, KeySource, KeyTarget, KeyWrappings, PendingSwitch, Randomness,
};
use loom_domain::secret::{MasterKey, WrappedKey, Wrapper};
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Name of the data dir's id in the context of a wrapped key.
const DATA_DIR: &str = "openccu-loom:data-dir";

/// The key of a switch on its way.
pub(super) struct Staged<'a> {
    pub(super) folder: &'a Path,
    pub(super) wrappings: &'a KeyWrappings,
    pub(super) proving: &'a KeyWrappings,
    pub(super) pending: &'a PendingSwitch,
}

/// Where the key of a switch is staged.
pub(super) fn path(folder: &Path, pending: &PendingSwitch) -> PathBuf {
    folder.join(format!("{WORK_PREFIX}key-staged-{}", pending.to))
}

/// Where a wrapped key comes from, by its document. Asks no service.
pub(super) fn source(folder: &Path, wrapper: Wrapper) -> Result<KeySource, KeyError> {
    let path = folder.join(wrapper.file_name());
    let wrapped = WrappedFile::new(&path, wrapper, KeyWrappings::default()).read()?;
    let wrapping_key = wrapped.map(|wrapped| wrapped.wrapping_key()).unwrap_or_default();
    Ok(KeySource::Wrapped { wrapper, path: path.display().to_string(), wrapping_key })
}

impl Staged<'_> {
    /// Writes the key durably and proves it. If it cannot be proven, nothing is left of it.
    pub(super) async fn write(&self, key: &MasterKey) -> Result<(), KeyError> {
        let written = self.write_and_prove(key).await;
        if written.is_err() {
            self.remove();
        }
        written
    }

    /// Removes what there is, as far as that is possible: it is found again by name.
    pub(super) fn remove(&self) {
        let _ = remove(&path(self.folder, self.pending));
    }

    async fn write_and_prove(&self, key: &MasterKey) -> Result<(), KeyError> {
        let text = match self.pending.order.target {
            KeyTarget::Wrapped(wrapper) => Zeroizing::new(self.wrapped(key, wrapper).await?),
            _ => Zeroizing::new(format!("{}\n", *key.to_base64())),
        };
        let path = path(self.folder, self.pending);
        let stored = || {
            // What an earlier try left there belongs to nobody: there was no journal.
            remove(&path)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            adopt(self.folder, &file)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            sync(self.folder)
        };
        stored().map_err(|error| self.not_stored(error))?;
        let proven = match self.pending.order.target {
            KeyTarget::Wrapped(wrapper) => {
                let found = WrappedFile::new(&path, wrapper, self.proving.clone()).resolve().await;
                found.map_err(by_the_daemon)?
            }
            _ => FileKey::of_data_dir(&path).resolve().await?,
        };
        match proven {
            Some(proven) if proven.key == *key => Ok(()),
            _ => Err(self.not_stored(io::Error::other("another key came back when it was read"))),
        }
    }

    async fn wrapped(&self, key: &MasterKey, wrapper: Wrapper) -> Result<String, KeyError> {
        let id = match self.known_id()? {
            Some(id) => id,
            None => self.new_id()?,
        };
        let wrapped = self.wrappings.of(wrapper)?.wrap(key, &id).await?;
        wrapped.to_json().map_err(|error| self.not_stored(error.into()))
    }

    /// The id the data dir has been given by an earlier wrapped key.
    fn known_id(&self) -> Result<Option<String>, KeyError> {
        for wrapper in Wrapper::ALL {
            let path = self.folder.join(wrapper.file_name());
            let found: Option<WrappedKey> =
                WrappedFile::new(path, wrapper, KeyWrappings::default()).read()?;
            if let Some(id) = found.and_then(|wrapped| wrapped.context.get(DATA_DIR).cloned()) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    fn new_id(&self) -> Result<String, KeyError> {
        let mut id = [0; 16];
        OsRandomness.fill(&mut id).map_err(|error| self.not_stored(io::Error::other(error)))?;
        Ok(hex(&id))
    }

    fn not_stored(&self, cause: io::Error) -> KeyError {
        let name = file_of(self.pending.order.target).map_or("", KeyFileKind::file_name);
        let origin = KeySource::File(self.folder.join(name).display().to_string());
        KeyError::NotStored { origin, cause: cause.into() }
    }
}

/// The error of whoever unwraps the key later, where it would lack a setting.
fn by_the_daemon(error: KeyError) -> KeyError {
    match error {
        KeyError::NotSetUp { wrapper, reason } => {
            let reason = format!("with its settings alone the daemon would not find the key: {reason}");
            KeyError::NotSetUp { wrapper, reason }
        }
        other => other,
    }
}
