//! The master key from an environment variable.
//!
//! Does NOT read the process's environment itself: it is handed a lookup, so that tests share nothing.

use async_trait::async_trait;
use loom_domain::ports::{KeyError, KeyProvider, KeySource, ResolvedKey};
use loom_domain::secret::{BadMasterKey, MasterKey};
use std::ffi::OsString;
use zeroize::Zeroizing;

/// A key kept in an environment variable as standard base64. White space around it is ignored; a variable that holds
/// nothing else is unset.
pub struct EnvKey {
    name: String,
    lookup: Box<Lookup>,
}

/// Finds the value of a variable by its name.
pub(crate) type Lookup = dyn Fn(&str) -> Option<OsString> + Send + Sync;

impl EnvKey {
    /// The variable `name`, read through `lookup`: `std::env::var_os` for the process's own environment.
    pub fn new(name: &str, lookup: impl Fn(&str) -> Option<OsString> + Send + Sync + 'static) -> Self {
        Self { name: name.to_owned(), lookup: Box::new(lookup) }
    }
}

#[async_trait]
impl KeyProvider for EnvKey {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        let Some(value) = (self.lookup)(&self.name) else { return Ok(None) };
        let value = Zeroizing::new(value.into_encoded_bytes());
        let text = std::str::from_utf8(&value).map_err(|_| BadMasterKey::NotBase64);
        if text.is_ok_and(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        let source = KeySource::Environment(self.name.clone());
        match text.and_then(MasterKey::from_base64) {
            Ok(key) => Ok(Some(ResolvedKey { key, source })),
            Err(reason) => Err(KeyError::Malformed { origin: source, reason }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    async fn resolve(value: OsString) -> Result<Option<ResolvedKey>, KeyError> {
        EnvKey::new("OPENCCU_LOOM_SECRET_KEY", move |_| Some(value.clone())).resolve().await
    }

    #[tokio::test]
    async fn a_variable_of_white_space_only_is_unset() {
        for blank in ["", " ", "\r\n\t", "\u{a0}"] {
            assert!(resolve(blank.into()).await.unwrap().is_none(), "{blank:?}");
        }
    }

    #[tokio::test]
    async fn white_space_around_the_key_is_ignored() {
        let key = MasterKey::from_bytes([3; 32]);
        let resolved = resolve(format!(" {}\n", *key.to_base64()).into()).await.unwrap().unwrap();
        assert_eq!(resolved.key, key);
    }

    #[tokio::test]
    async fn a_value_that_is_no_text_is_an_error() {
        let error = resolve(OsString::from_vec(vec![0xff; 44])).await.unwrap_err().to_string();
        assert!(
            error.starts_with("environment variable `OPENCCU_LOOM_SECRET_KEY` holds no master key"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn only_the_named_variable_is_looked_up() {
        let key = MasterKey::from_bytes([3; 32]).to_base64();
        let other = EnvKey::new("A", move |name| (name == "B").then(|| key.as_str().into()));
        assert!(other.resolve().await.unwrap().is_none());
    }
}
