//! The suite of [`KeyProvider`].
//!
//! Does NOT configure keys itself: the adapter's test supplies a [`KeyBed`].

use loom_domain::ports::{KeyProvider, KeySource};
use loom_domain::secret::MasterKey;
use std::error::Error;
use std::sync::Arc;

/// A place a key can come from, where none is configured at first.
pub trait KeyBed: Send + Sync {
    /// The port on this place.
    fn port(&self) -> Arc<dyn KeyProvider>;
    /// Configures what should be the text form of a key, in place of what is configured.
    fn configure(&self, text: &str);
    /// How the port names this place.
    fn source(&self) -> KeySource;
    /// Whether nothing at all is there.
    fn is_empty(&self) -> bool;
}

/// Texts that are no keys, each with a part that must not be shown.
const BROKEN: [(&str, &str); 4] = [
    ("c2VjcmV0LXNlY3JldC1zZWNyZXQ=", "c2VjcmV0"),
    ("VG9vIGxvbmc6IHRoaXMgaXMgbW9yZSB0aGFuIHRoaXJ0eS10d28gYnl0ZXM=", "VG9vIGxv"),
    ("hunter2 is no base64!", "hunter2"),
    ("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8", "AAECAwQF"),
];

/// A configured key is returned with the place it came from.
pub async fn a_configured_key_comes_with_its_source(bed: Arc<dyn KeyBed>) {
    let port = bed.port();
    for byte in [0, 7, 255] {
        let key = MasterKey::from_bytes([byte; 32]);
        bed.configure(&key.to_base64());
        let resolved = port.resolve().await.unwrap().unwrap();
        assert_eq!((resolved.key, resolved.source), (key, bed.source()));
    }
}

/// Nothing configured is `None`, not an error; nothing is created.
pub async fn nothing_configured_is_none_and_stays_so(bed: Arc<dyn KeyBed>) {
    for _ in 0..2 {
        assert_eq!(bed.port().resolve().await.unwrap(), None);
        assert!(bed.is_empty());
    }
}

/// A configured but broken key is an error that names the source, never `None`.
pub async fn a_broken_key_is_an_error_that_names_the_source(bed: Arc<dyn KeyBed>) {
    for (text, _) in BROKEN {
        bed.configure(text);
        let error = bed.port().resolve().await.unwrap_err().to_string();
        assert!(error.contains(&bed.source().to_string()), "{error}");
    }
}

/// No error quotes the key or any part of it.
pub async fn no_error_quotes_the_key(bed: Arc<dyn KeyBed>) {
    for (text, part) in BROKEN {
        bed.configure(text);
        let error = bed.port().resolve().await.unwrap_err();
        let mut next: Option<&dyn Error> = Some(&error);
        while let Some(shown) = next {
            assert!(!format!("{shown} {shown:?} {shown:#?}").contains(part), "a part of the key is shown");
            next = shown.source();
        }
    }
}

/// Tests that a source of keys keeps its contract.
#[macro_export]
macro_rules! key_provider_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            key_provider,
            $fresh,
            [
                a_configured_key_comes_with_its_source,
                nothing_configured_is_none_and_stays_so,
                a_broken_key_is_an_error_that_names_the_source,
                no_error_quotes_the_key,
            ]
        );
    };
}
