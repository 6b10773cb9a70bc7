//! Master keys wrapped by a key on a token or hardware security module behind a PKCS#11 library.
//!
//! Does NOT keep what was wrapped, and does NOT create keys or tokens: an error tells the command that does. Everything the
//! library does happens on one thread of its own (`thread`).

mod ciphers;
mod failure;
mod pin;
mod thread;
mod token;

pub use pin::PIN_VARIABLE;

use crate::env::Lookup;
use crate::wrapping_settings::Pkcs11Settings;
use async_trait::async_trait;
use ciphers::Sealed;
use failure::Failure;
use loom_domain::ports::{KeyError, KeySource, KeyWrapping};
use loom_domain::secret::{MasterKey, WrappedKey, Wrapper};
use pin::Pin;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thread::Libraries;
use token::Place;
use zeroize::Zeroizing;

/// Name of the data dir's id in the context, which the token binds to what it wraps.
const DATA_DIR: &str = "openccu-loom:data-dir";

/// A token in a reader answers within a second or two, a network module that is gone never.
const PATIENCE: Duration = Duration::from_secs(15);

/// Wraps with one key of a token, and unwraps what any key of the library's tokens wrapped.
pub struct Pkcs11Wrapping {
    settings: Pkcs11Settings,
    lookup: Arc<Lookup>,
    patience: Duration,
}

impl Pkcs11Wrapping {
    /// The token of `settings`; the PIN is looked for in the variable [`PIN_VARIABLE`] that `lookup` knows, then in its
    /// file. Nothing is loaded yet.
    pub fn new(
        settings: Pkcs11Settings,
        lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static,
    ) -> Self {
        Self { settings, lookup: Arc::new(lookup), patience: PATIENCE }
    }

    /// With another patience for one call, the wait for calls before it included.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    fn module(&self) -> Result<PathBuf, KeyError> {
        let module = self.settings.module.clone().filter(|module| !module.as_os_str().is_empty());
        module.ok_or_else(|| {
            not_set_up(
                "no library is named\nhint: set `keys.pkcs11.module` to the PKCS#11 library of the token, such as \
                 `/usr/lib/softhsm/libsofthsm2.so`",
            )
        })
    }

    fn pin(&self) -> Result<Option<Pin>, KeyError> {
        pin::find(&*self.lookup, self.settings.pin_file.as_deref()).map_err(not_set_up)
    }

    /// Runs `work` on the library's thread and waits for it so long.
    async fn run<T: Send + 'static>(
        &self,
        place: Place,
        work: impl FnOnce(&mut Libraries, &Place) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, KeyError> {
        let there = place.clone();
        let done = thread::run(self.patience, move |libraries| work(libraries, &there)).await;
        done.unwrap_or_else(|| Err(Failure::Silent(self.patience))).map_err(|failure| failure.told(&place))
    }
}

#[async_trait]
impl KeyWrapping for Pkcs11Wrapping {
    async fn wrap(&self, key: &MasterKey, data_dir_id: &str) -> Result<WrappedKey, KeyError> {
        let place = Place {
            module: self.module()?,
            token: named(self.settings.token.as_deref(), "token")?,
            key_label: named(self.settings.key_label.as_deref(), "key_label")?,
        };
        let context = BTreeMap::from([(DATA_DIR.to_owned(), data_dir_id.to_owned())]);
        let (pin, additional) = (self.pin()?, additional_data(&context)?);
        let bytes = Zeroizing::new(*key.bytes());
        let sealed = self.run(place.clone(), move |libraries, place| {
            let token = token::open(libraries, place, pin.as_ref())?;
            ciphers::seal(&token, &bytes, &additional)
        });
        let Sealed { mechanism, iv, ciphertext } = sealed.await?;
        let mut settings = BTreeMap::from([
            ("token".to_owned(), place.token),
            ("key_label".to_owned(), place.key_label),
            ("mechanism".to_owned(), mechanism.to_owned()),
        ]);
        settings.extend(iv.map(|iv| ("iv".to_owned(), iv)));
        let fingerprint = key.fingerprint();
        Ok(WrappedKey { wrapper: Wrapper::Pkcs11, fingerprint, settings, context, ciphertext })
    }

    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyError> {
        let stored = |name: &str| wrapped.settings.get(name).cloned().unwrap_or_default();
        let place = Place { module: self.module()?, token: stored("token"), key_label: stored("key_label") };
        let (pin, additional) = (self.pin()?, additional_data(&wrapped.context)?);
        let sealed = wrapped.clone();
        let bytes = self.run(place.clone(), move |libraries, place| {
            let token = token::open(libraries, place, pin.as_ref())?;
            ciphers::open(&token, &sealed, &additional)
        });
        let key = MasterKey::from_bytes(*bytes.await?);
        if wrapped.holds(&key) {
            return Ok(key);
        }
        Err(Failure::NotOpened("what came out is not the master key the document names".to_owned())
            .told(&place))
    }
}

/// What the token binds to the wrapped key: the context as JSON without white space, its names in order.
fn additional_data(context: &BTreeMap<String, String>) -> Result<Vec<u8>, KeyError> {
    serde_json::to_vec(context).map_err(|_| not_set_up("the context has no JSON"))
}

fn named(setting: Option<&str>, name: &str) -> Result<String, KeyError> {
    let found = setting.map(str::trim).filter(|text| !text.is_empty());
    found.map(str::to_owned).ok_or_else(|| {
        not_set_up(format!("no label is given\nhint: set `keys.pkcs11.{name}` to the label of the {name}"))
    })
}

/// Where the trouble is, before anybody has told where the wrapped key lies.
fn origin(place: &Place) -> KeySource {
    KeySource::Wrapped {
        wrapper: Wrapper::Pkcs11,
        path: Wrapper::Pkcs11.file_name().to_owned(),
        wrapping_key: format!("{}/{}", place.token, place.key_label),
    }
}

fn not_set_up(reason: impl Into<String>) -> KeyError {
    KeyError::NotSetUp { wrapper: Wrapper::Pkcs11, reason: reason.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[tokio::test]
    async fn a_token_that_keeps_its_thread_busy_is_unreachable_after_a_bounded_time() {
        let gate = Arc::new(Barrier::new(2));
        let held = gate.clone();
        let busy = tokio::spawn(thread::run(Duration::from_secs(60), move |_| {
            held.wait();
        }));
        tokio::task::yield_now().await;
        let text = |text: &str| Some(text.to_owned());
        let settings = Pkcs11Settings {
            module: Some("/no/such/library.so".into()),
            token: text("loom"),
            key_label: text("kek"),
            pin_file: None,
        };
        let wrapping = Pkcs11Wrapping::new(settings, |_| None).with_patience(Duration::from_millis(20));
        let error = wrapping.wrap(&MasterKey::from_bytes([7; 32]), "4f1c").await.unwrap_err();
        assert!(matches!(error, KeyError::Unreachable { .. }), "{error:?}");
        assert!(error.to_string().contains("the token did not answer within"), "{error}");
        gate.wait();
        busy.await.unwrap().unwrap();
    }
}
