//! Master keys wrapped by a key of AWS KMS, or of another service that speaks its JSON API.
//!
//! Does NOT keep what was wrapped, and does NOT create, list or change keys of the service. Signatures and credentials are
//! the work of a library (`credentials`), the transport is ours (`http`).

mod api;
mod credentials;
mod failure;
mod http;
mod patience;
mod place;

pub use patience::KmsPatience;

use crate::env::Lookup;
use crate::wrapping_settings::KmsSettings;
use api::Api;
use async_trait::async_trait;
use loom_domain::ports::{KeyError, KeySource, KeyWrapping};
use loom_domain::secret::{MasterKey, WrappedKey, Wrapper};
use place::Place;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Name of the data dir's id in the encryption context, which the service binds to what it wraps and writes into its log.
const DATA_DIR: &str = "openccu-loom:data-dir";

/// Wraps with one key of the service, and unwraps what any of its keys wrapped.
pub struct KmsWrapping {
    settings: KmsSettings,
    lookup: Arc<Lookup>,
    patience: KmsPatience,
}

impl KmsWrapping {
    /// The service of `settings`. Credentials and the region are looked for in the variables that `lookup` knows, and in the
    /// files and services they name. Nothing is asked yet.
    pub fn new(
        settings: KmsSettings,
        lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Self {
        Self { settings, lookup: Arc::new(lookup), patience: KmsPatience::default() }
    }

    /// With another patience.
    #[must_use]
    pub fn with_patience(mut self, patience: KmsPatience) -> Self {
        self.patience = patience;
        self
    }

    fn api<'a>(&self, place: &'a Place) -> Api<'a> {
        Api::new(place, self.lookup.clone(), self.patience)
    }
}

#[async_trait]
impl KeyWrapping for KmsWrapping {
    async fn wrap(&self, key: &MasterKey, data_dir_id: &str) -> Result<WrappedKey, KeyError> {
        let place = Place::to_wrap(&self.settings, &*self.lookup).map_err(not_set_up)?;
        let context = BTreeMap::from([(DATA_DIR.to_owned(), data_dir_id.to_owned())]);
        let encrypted = self.api(&place).encrypt(key.bytes(), &context).await;
        let encrypted = encrypted.map_err(|failure| failure.told(&place, "kms:Encrypt"))?;
        let mut settings = BTreeMap::from([
            // The key's ARN and not its alias, which somebody may turn to another key.
            ("key_id".to_owned(), encrypted.key_id.unwrap_or_else(|| place.key_id.clone())),
            ("region".to_owned(), place.region),
        ]);
        settings.extend(place.own_endpoint.map(|endpoint| ("endpoint".to_owned(), endpoint)));
        Ok(WrappedKey {
            wrapper: Wrapper::Kms,
            fingerprint: key.fingerprint(),
            settings,
            context,
            ciphertext: encrypted.ciphertext,
        })
    }

    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyError> {
        let place = Place::to_unwrap(&self.settings, wrapped, &*self.lookup).map_err(not_set_up)?;
        let opened = self.api(&place).decrypt(&wrapped.ciphertext, &wrapped.context).await;
        let opened = opened.map_err(|failure| failure.told(&place, "kms:Decrypt"))?;
        let key = master_key(&opened).filter(|key| wrapped.holds(key));
        key.ok_or_else(|| KeyError::NotUnwrapped {
            origin: origin(&place.key_id),
            cause: "what came out is not the master key the document names".into(),
        })
    }
}

fn master_key(bytes: &Zeroizing<Vec<u8>>) -> Option<MasterKey> {
    let mut exact = Zeroizing::new([0; 32]);
    (bytes.len() == exact.len()).then(|| {
        exact.copy_from_slice(bytes);
        MasterKey::from_bytes(*exact)
    })
}

/// Where the trouble is, before anybody has told where the wrapped key lies.
fn origin(key_id: &str) -> KeySource {
    KeySource::Wrapped {
        wrapper: Wrapper::Kms,
        path: Wrapper::Kms.file_name().to_owned(),
        wrapping_key: key_id.to_owned(),
    }
}

fn not_set_up(reason: String) -> KeyError {
    KeyError::NotSetUp { wrapper: Wrapper::Kms, reason }
}
