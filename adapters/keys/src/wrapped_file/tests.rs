//! Cases of the document beyond the contract of a key provider: what is no document, and whose words are told.

use super::*;
use loom_domain::ports::KeyWrapping;
use loom_domain::secret::MasterKey;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::Arc;

/// A wrapper that gives one key whatever it is asked, or says that it is denied.
struct Stub(Option<MasterKey>);

#[async_trait]
impl KeyWrapping for Stub {
    async fn wrap(&self, _: &MasterKey, _: &str) -> Result<WrappedKey, KeyError> {
        Err(KeyError::SwitchPending)
    }

    async fn unwrap_key(&self, _: &WrappedKey) -> Result<MasterKey, KeyError> {
        self.0.clone().ok_or_else(|| KeyError::Denied {
            origin: KeySource::Memory,
            cause: "words of the service".into(),
            mend: "allow it".to_owned(),
        })
    }
}

fn key() -> MasterKey {
    MasterKey::from_bytes([7; 32])
}

fn document() -> String {
    let wrapped = WrappedKey {
        wrapper: Wrapper::Pkcs11,
        fingerprint: key().fingerprint(),
        settings: [("token", "loom"), ("key_label", "kek")].map(|(a, b)| (a.to_owned(), b.to_owned())).into(),
        context: Default::default(),
        ciphertext: vec![1, 2, 3],
    };
    wrapped.to_json().unwrap()
}

fn file(path: &Path, gives: Option<MasterKey>) -> WrappedFile {
    let wrappings = KeyWrappings { pkcs11: Some(Arc::new(Stub(gives))), ..KeyWrappings::default() };
    WrappedFile::new(path, Wrapper::Pkcs11, wrappings)
}

#[tokio::test]
async fn words_of_the_wrapper_are_told_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.key.pkcs11");
    std::fs::write(&path, document()).unwrap();
    let error = file(&path, None).resolve().await.unwrap_err();
    assert!(matches!(error, KeyError::Denied { .. }), "{error:?}");
    let text = error.to_string();
    let start = format!("file `{}`, wrapped by the pkcs11 key `loom/kek` cannot be", path.display());
    assert!(text.starts_with(&start) && text.contains("words of the service"), "{text}");
}

#[tokio::test]
async fn another_key_than_the_document_names_is_not_taken() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.key.pkcs11");
    std::fs::write(&path, document()).unwrap();
    assert_eq!(file(&path, Some(key())).resolve().await.unwrap().unwrap().key, key());
    let other = file(&path, Some(MasterKey::from_bytes([8; 32]))).resolve().await;
    assert!(matches!(other, Err(KeyError::NotUnwrapped { .. })), "{other:?}");
}

#[tokio::test]
async fn a_wrapper_this_program_lacks_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.key.pkcs11");
    let without = WrappedFile::new(&path, Wrapper::Pkcs11, KeyWrappings::default());
    assert!(without.resolve().await.unwrap().is_none());
    std::fs::write(&path, document()).unwrap();
    let error = without.resolve().await.unwrap_err();
    assert!(matches!(error, KeyError::NotInThisProgram(Wrapper::Pkcs11)), "{error:?}");
    assert_eq!(without.read().unwrap().unwrap().wrapping_key(), "loom/kek");
}

#[tokio::test]
async fn what_is_no_document_of_that_wrapper_is_refused_without_asking() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret.key.pkcs11");
    for (content, reason) in [
        (document().replace("pkcs11", "kms"), "a file of this name is for pkcs11, it says kms"),
        (" ".repeat(40_000), "it is longer than 32768 bytes"),
        (key().to_base64().to_string(), "it is not the JSON of a wrapped key"),
    ] {
        std::fs::write(&path, content).unwrap();
        let error = file(&path, Some(key())).resolve().await.unwrap_err();
        assert!(matches!(error, KeyError::BadWrapping { .. }), "{error:?}");
        assert!(error.to_string().contains(reason), "{error}");
        assert!(!error.to_string().contains(&key().to_base64()[..8]), "{error}");
    }
    std::fs::remove_file(&path).unwrap();
    symlink(folder.path().join("not mounted"), &path).unwrap();
    assert!(matches!(file(&path, Some(key())).resolve().await, Err(KeyError::Unreadable { .. })));
}
