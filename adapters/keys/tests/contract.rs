//! Every key source keeps the contract of the key provider; the file keeps that of the key vault too.
//!
//! Does NOT touch the environment of the test process.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails the case")]

use loom_adapter_keys::{EnvKey, FileKey, KeyChain};
use loom_contract::key_provider::KeyBed;
use loom_contract::key_vault::VaultBed;
use loom_domain::ports::{KeyProvider, KeySource, KeyVault};
use std::ffi::OsString;
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
        Arc::new(FileKey::new(self.path()))
    }

    fn configure(&self, text: &str) {
        std::fs::write(self.path(), text).unwrap();
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
        Arc::new(FileKey::new(self.path()))
    }

    fn provider(&self) -> Arc<dyn KeyProvider> {
        self.port()
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
