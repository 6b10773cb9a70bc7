//! The master key as a credential that the service manager hands over (`LoadCredential=`, `LoadCredentialEncrypted=`).
//!
//! Does NOT judge the file's mode or owner: the service manager made it, in a folder only this service sees.

use crate::env::Lookup;
use crate::key_text;
use async_trait::async_trait;
use loom_domain::ports::{KeyError, KeyProvider, KeySource, ResolvedKey};
use std::ffi::OsString;
use std::fs::File;
use std::io::ErrorKind;
use std::path::PathBuf;

/// Variable in which the service manager names the folder of credentials.
const FOLDER_VARIABLE: &str = "CREDENTIALS_DIRECTORY";

/// The credential of one name, standard base64 of 32 bytes like a key file. Without such a credential there is no key here.
pub struct CredentialKey {
    name: String,
    lookup: Box<Lookup>,
}

impl CredentialKey {
    /// The credential `name`, whose folder `lookup` tells.
    pub fn new(name: &str, lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self { name: name.to_owned(), lookup: Box::new(lookup) }
    }
}

#[async_trait]
impl KeyProvider for CredentialKey {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        let Some(folder) = (self.lookup)(FOLDER_VARIABLE).filter(|folder| !folder.is_empty()) else {
            return Ok(None);
        };
        let path = PathBuf::from(folder).join(&self.name);
        let origin = KeySource::Credential(path.display().to_string());
        match File::open(&path) {
            Ok(file) => key_text::key_in(file, origin).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound && !path.is_symlink() => Ok(None),
            Err(error) => Err(KeyError::Unreadable { origin, cause: Box::new(error) }),
        }
    }
}
