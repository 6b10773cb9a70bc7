//! What a token does and what it says, case by case.

use super::*;
use loom_contract::key_wrapping::{WrappingBed, every_case};
use loom_domain::ports::{KeyError, KeyWrapping};
use loom_domain::secret::WrappedKey;
use std::sync::Arc;

const MECHANISMS: [(&str, &str); 2] = [("kek", "AES-GCM"), ("wraps only", "AES-KEY-WRAP-PAD")];

async fn wrapped(key_label: &str) -> WrappedKey {
    wrapping("loom", key_label, Some(PIN)).wrap(&key(), "4f1c").await.unwrap()
}

/// Another program, which knows the library and the PIN and nothing else.
async fn unwrap(wrapped: &WrappedKey) -> Result<MasterKey, KeyError> {
    wrapping("", "", Some(PIN)).unwrap_key(wrapped).await
}

/// The token, as programs with other settings see it.
struct Bed;

impl WrappingBed for Bed {
    fn port(&self) -> Arc<dyn KeyWrapping> {
        Arc::new(wrapping("loom", "kek", Some(PIN)))
    }

    fn without_key(&self) -> Arc<dyn KeyWrapping> {
        Arc::new(wrapping("loom", "nobody", Some(PIN)))
    }

    fn denied(&self) -> Arc<dyn KeyWrapping> {
        Arc::new(wrapping("loom", "kek", Some("8888")))
    }

    fn away(&self) -> Arc<dyn KeyWrapping> {
        Arc::new(wrapping("unplugged", "kek", Some(PIN)))
    }

    fn name_another_key(&self, wrapped: &mut WrappedKey) {
        wrapped.settings.insert("key_label".to_owned(), "another kek".to_owned());
    }
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn softhsm_keeps_the_contract_of_key_wrapping() {
    every_case(Arc::new(Bed)).await;
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn softhsm_opens_what_it_sealed_with_either_mechanism() {
    for (key_label, mechanism) in MECHANISMS {
        let wrapped = wrapped(key_label).await;
        assert_eq!(wrapped.settings["mechanism"], mechanism);
        assert_eq!(wrapped.settings.contains_key("iv"), mechanism == "AES-GCM");
        assert_eq!(wrapped.settings["token"], "loom");
        assert!(wrapped.holds(&key()));
        assert!(!wrapped.ciphertext.windows(4).any(|part| part == &key().bytes()[..4]));
        let again = WrappedKey::from_json(wrapped.to_json().unwrap().as_bytes()).unwrap();
        assert_eq!(unwrap(&again).await.unwrap(), key());
    }
    assert_ne!(wrapped("kek").await.ciphertext, wrapped("kek").await.ciphertext);
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn softhsm_opens_nothing_that_was_changed() {
    type Change = fn(&mut WrappedKey);
    let changes: [(&str, Change); 7] = [
        ("context", |wrapped| {
            wrapped.context.insert("openccu-loom:data-dir".to_owned(), "another".to_owned());
        }),
        ("no context", |wrapped| wrapped.context.clear()),
        ("ciphertext", |wrapped| wrapped.ciphertext[7] ^= 1),
        ("shortened", |wrapped| {
            wrapped.ciphertext.pop();
        }),
        ("emptied", |wrapped| wrapped.ciphertext.clear()),
        ("mechanism", |wrapped| {
            wrapped.settings.insert("mechanism".to_owned(), "ROT13".to_owned());
        }),
        ("fingerprint", |wrapped| wrapped.fingerprint = MasterKey::from_bytes([1; 32]).fingerprint()),
    ];
    for (key_label, mechanism) in MECHANISMS {
        for (what, change) in changes {
            let mut wrapped = wrapped(key_label).await;
            change(&mut wrapped);
            let error = unwrap(&wrapped).await.unwrap_err();
            assert!(matches!(error, KeyError::NotUnwrapped { .. }), "{mechanism}, {what}: {error:?}");
            assert!(error.to_string().contains("wrapped by the pkcs11 key `loom/"), "{error}");
        }
    }
    for iv in ["AAAAAAAAAAAAAAAA", "", "no base64!"] {
        let mut wrapped = wrapped("kek").await;
        wrapped.settings.insert("iv".to_owned(), iv.to_owned());
        assert!(matches!(unwrap(&wrapped).await, Err(KeyError::NotUnwrapped { .. })), "{iv}");
    }
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn softhsm_is_not_asked_twice_with_a_pin_it_refused() {
    let first = wrapping("loom", "kek", Some("9999")).wrap(&key(), "4f1c").await.unwrap_err();
    assert!(matches!(first, KeyError::Denied { .. }), "{first:?}");
    assert!(first.to_string().contains("the token refuses the PIN"), "{first}");
    let second = wrapping("loom", "kek", Some("9999")).wrap(&key(), "4f1c").await.unwrap_err();
    assert!(second.to_string().contains("it was not tried again"), "{second}");
    for error in [first, second] {
        assert!(error.to_string().contains(PIN_VARIABLE) && !format!("{error} {error:?}").contains("9999"));
    }
    wrapped("kek").await;
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn softhsm_without_a_pin_is_not_set_up() {
    let error = wrapping("loom", "kek", None).wrap(&key(), "4f1c").await.unwrap_err();
    assert!(matches!(error, KeyError::NotSetUp { .. }), "{error:?}");
    assert!(error.to_string().contains("`keys.pkcs11.pin_file`"), "{error}");
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn softhsm_that_is_not_plugged_in_is_unreachable() {
    let error = wrapping("unplugged", "kek", Some(PIN)).wrap(&key(), "4f1c").await.unwrap_err();
    assert!(matches!(error, KeyError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("plug the token `unplugged` in"), "{error}");
    let error = wrapping("twin", "kek", Some(PIN)).wrap(&key(), "4f1c").await.unwrap_err();
    assert!(error.to_string().contains("2 tokens have that label"), "{error}");
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn softhsm_tells_a_key_that_may_not_from_one_of_two() {
    let error = wrapping("loom", "does nothing", Some(PIN)).wrap(&key(), "4f1c").await.unwrap_err();
    assert!(matches!(error, KeyError::Denied { .. }), "{error:?}");
    assert!(error.to_string().contains("CKA_ENCRYPT"), "{error}");
    let error = wrapping("loom", "two", Some(PIN)).wrap(&key(), "4f1c").await.unwrap_err();
    assert!(matches!(error, KeyError::NoWrappingKey { .. }), "{error:?}");
    let mut moved = wrapped("kek").await;
    moved.settings.insert("key_label".to_owned(), "does nothing".to_owned());
    assert!(matches!(unwrap(&moved).await, Err(KeyError::Denied { .. })));
}

/// Needs no token.
#[tokio::test]
async fn a_library_that_is_none_is_told_by_its_path() {
    let text = tempfile::NamedTempFile::new().unwrap();
    for module in ["/no/such/library.so".into(), text.path().to_owned()] {
        let settings = Pkcs11Settings {
            module: Some(module.clone()),
            token: Some("loom".to_owned()),
            key_label: Some("kek".to_owned()),
            pin_file: None,
        };
        let error = Pkcs11Wrapping::new(settings, |_| None).wrap(&key(), "4f1c").await.unwrap_err();
        assert!(matches!(error, KeyError::NotSetUp { .. }), "{error:?}");
        assert!(error.to_string().contains(&module.display().to_string()), "{error}");
    }
}

/// Needs no token.
#[tokio::test]
async fn missing_settings_are_named() {
    let error = Pkcs11Wrapping::new(Pkcs11Settings::default(), |_| None).wrap(&key(), "4f1c").await;
    assert!(error.unwrap_err().to_string().contains("`keys.pkcs11.module`"));
    for (token, key_label, missing) in [("", "kek", "token"), ("loom", " ", "key_label")] {
        let error = wrapping(token, key_label, None).wrap(&key(), "4f1c").await.unwrap_err().to_string();
        assert!(error.contains(&format!("`keys.pkcs11.{missing}`")), "{error}");
    }
}
