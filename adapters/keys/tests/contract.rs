//! Every key source keeps the contract of the key provider; the file keeps that of the key vault too.
//!
//! Does NOT touch the environment of the test process.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails the case")]

use async_trait::async_trait;
use loom_adapter_keys::{CredentialKey, EnvKey, FileKey, KeyChain, WrappedFile};
use loom_contract::key_provider::KeyBed;
use loom_contract::key_vault::VaultBed;
use loom_domain::ports::{KeyError, KeyProvider, KeySource, KeyVault, KeyWrapping, KeyWrappings};
use loom_domain::secret::{MasterKey, WrappedKey, Wrapper};
use std::ffi::OsString;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

mod file {
    use super::*;
    loom_contract::key_provider_contract!((Arc::new(FileBed::new()), ()));
    loom_contract::key_vault_contract!((Arc::new(FileBed::new()), ()));
}

mod env {
    use super::*;
    loom_contract::key_provider_contract!((Arc::new(EnvBed::default()), ()));
}

mod credential {
    use super::*;
    loom_contract::key_provider_contract!((Arc::new(CredentialBed(FileBed::new())), ()));
}

mod wrapped_file {
    use super::*;
    loom_contract::key_provider_contract!((Arc::new(WrappedBed::new()), ()));
}

mod chain {
    use super::*;
    loom_contract::key_provider_contract!((Arc::new(ChainBed::new()), ()));
}

const VARIABLE: &str = "OPENCCU_LOOM_SECRET_KEY";

struct FileBed(TempDir);

impl FileBed {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("secret.key")
    }
}

impl KeyBed for FileBed {
    fn port(&self) -> Arc<dyn KeyProvider> {
        Arc::new(FileKey::of_data_dir(self.path()))
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.path(), text).unwrap();
        std::fs::set_permissions(self.path(), Permissions::from_mode(0o600)).unwrap();
    }

    fn source(&self) -> KeySource {
        KeySource::File(self.path().display().to_string())
    }

    fn is_empty(&self) -> bool {
        std::fs::read_dir(self.0.path()).unwrap().next().is_none()
    }
}

impl VaultBed for FileBed {
    fn vault(&self) -> Arc<dyn KeyVault> {
        Arc::new(FileKey::of_data_dir(self.path()))
    }

    fn provider(&self) -> Arc<dyn KeyProvider> {
        self.port()
    }
}

/// A folder of credentials that a pretended service manager names. Its files have whatever mode.
struct CredentialBed(FileBed);

impl KeyBed for CredentialBed {
    fn port(&self) -> Arc<dyn KeyProvider> {
        let folder = self.0.0.path().as_os_str().to_owned();
        let lookup = move |name: &str| (name == "CREDENTIALS_DIRECTORY").then(|| folder.clone());
        Arc::new(CredentialKey::new("secret.key", lookup))
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.0.path(), text).unwrap();
    }

    fn source(&self) -> KeySource {
        KeySource::Credential(self.0.path().display().to_string())
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A wrapped key whose wrapper turns bits over. What is no key is written as if it were a wrapped one.
struct WrappedBed {
    folder: TempDir,
    is_document: Mutex<bool>,
}

impl WrappedBed {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), is_document: Mutex::new(true) }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("secret.key.kms")
    }
}

struct Turning;

fn turned(key: &MasterKey) -> WrappedKey {
    WrappedKey {
        wrapper: Wrapper::Kms,
        fingerprint: key.fingerprint(),
        settings: [("key_id".to_owned(), "alias/loom".to_owned())].into(),
        context: Default::default(),
        ciphertext: key.bytes().map(|byte| !byte).to_vec(),
    }
}

#[async_trait]
impl KeyWrapping for Turning {
    async fn wrap(&self, key: &MasterKey, _: &str) -> Result<WrappedKey, KeyError> {
        Ok(turned(key))
    }

    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyError> {
        let bytes: [u8; 32] = wrapped.ciphertext.clone().try_into().unwrap();
        Ok(MasterKey::from_bytes(bytes.map(|byte| !byte)))
    }
}

impl KeyBed for WrappedBed {
    fn port(&self) -> Arc<dyn KeyProvider> {
        let wrappings = KeyWrappings { kms: Some(Arc::new(Turning)), ..KeyWrappings::default() };
        Arc::new(WrappedFile::new(self.path(), Wrapper::Kms, wrappings))
    }

    fn configure(&self, text: &str) {
        let key = MasterKey::from_base64(text);
        *self.is_document.lock().unwrap() = key.is_ok();
        let content = key.map_or_else(|_| text.to_owned(), |key| turned(&key).to_json().unwrap());
        std::fs::write(self.path(), content).unwrap();
    }

    fn source(&self) -> KeySource {
        let path = self.path().display().to_string();
        if *self.is_document.lock().unwrap() {
            KeySource::Wrapped { wrapper: Wrapper::Kms, path, wrapping_key: "alias/loom".to_owned() }
        } else {
            KeySource::File(path)
        }
    }

    fn is_empty(&self) -> bool {
        std::fs::read_dir(self.folder.path()).unwrap().next().is_none()
    }
}

/// A pretended environment that holds one variable or none.
#[derive(Default)]
struct EnvBed(Arc<Mutex<Option<OsString>>>);

impl KeyBed for EnvBed {
    fn port(&self) -> Arc<dyn KeyProvider> {
        let value = Arc::clone(&self.0);
        let lookup = move |name: &str| value.lock().unwrap().clone().filter(|_| name == VARIABLE);
        Arc::new(EnvKey::new(VARIABLE, lookup))
    }

    fn configure(&self, text: &str) {
        *self.0.lock().unwrap() = Some(text.into());
    }

    fn source(&self) -> KeySource {
        KeySource::Environment(VARIABLE.to_owned())
    }

    fn is_empty(&self) -> bool {
        self.0.lock().unwrap().is_none()
    }
}

/// The chain of an environment and a file; keys are configured in the file, its last source.
struct ChainBed {
    env: EnvBed,
    file: FileBed,
}

impl ChainBed {
    fn new() -> Self {
        Self { env: EnvBed::default(), file: FileBed::new() }
    }
}

impl KeyBed for ChainBed {
    fn port(&self) -> Arc<dyn KeyProvider> {
        Arc::new(KeyChain::new(vec![self.env.port(), self.file.port()]))
    }

    fn configure(&self, text: &str) {
        self.file.configure(text);
    }

    fn source(&self) -> KeySource {
        self.file.source()
    }

    fn is_empty(&self) -> bool {
        self.env.is_empty() && self.file.is_empty()
    }
}
