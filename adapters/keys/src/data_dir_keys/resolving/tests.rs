//! Old keys that can be had, and those that cannot.
//!
//! Does NOT change the key.

use super::*;
use async_trait::async_trait;
use loom_domain::ports::KeyWrapping;
use loom_domain::secret::{MasterKey, WrappedKey};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Unwraps nothing, and counts how often it was asked.
#[derive(Default)]
struct Away {
    asked: AtomicU32,
    /// It does not even say so.
    silent: bool,
}

#[async_trait]
impl KeyWrapping for Away {
    async fn wrap(&self, _: &MasterKey, _: &str) -> Result<WrappedKey, KeyError> {
        unreachable!("nothing is wrapped here")
    }

    async fn unwrap_key(&self, _: &WrappedKey) -> Result<MasterKey, KeyError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.silent {
            std::future::pending::<()>().await;
        }
        let (cause, mend) = ("said the network".into(), "look at it".to_owned());
        Err(KeyError::Unreachable { origin: KeySource::Memory, cause, mend })
    }
}

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

/// Two keys in clear, of which others can read the second, and two that are wrapped.
fn data_dir() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str, mode: u32| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    write("secret.key.old-1", &key(1).to_base64(), 0o600);
    write("secret.key.old-2", &key(2).to_base64(), 0o644);
    for n in [3, 4] {
        let wrapped = WrappedKey {
            wrapper: Wrapper::Kms,
            fingerprint: key(n).fingerprint(),
            settings: BTreeMap::from([("key_id".to_owned(), "alias/loom".to_owned())]),
            context: BTreeMap::new(),
            ciphertext: vec![n; 32],
        };
        write(&format!("secret.key.kms.old-{n}"), &wrapped.to_json().unwrap(), 0o600);
    }
    folder
}

async fn resolved(away: Away, patience: Duration) -> (ResolvedOldKeys, u32) {
    let (folder, away) = (data_dir(), Arc::new(away));
    let wrappings = KeyWrappings { kms: Some(away.clone()), ..KeyWrappings::default() };
    let found = newest_first(folder.path(), &wrappings, patience).await.unwrap();
    (found, away.asked.load(Ordering::Relaxed))
}

#[tokio::test]
async fn a_key_that_cannot_be_had_is_told_with_the_reason_and_holds_back_no_other() {
    let (found, asked) = resolved(Away::default(), PATIENCE).await;
    let keys: Vec<_> = found.keys.into_iter().map(|resolved| resolved.key).collect();
    assert_eq!(keys, [key(1)]);
    let names: Vec<_> = found.unresolved.keys().map(String::as_str).collect();
    assert_eq!(names, ["secret.key.kms.old-3", "secret.key.kms.old-4", "secret.key.old-2"]);
    assert!(matches!(found.unresolved["secret.key.old-2"], KeyError::Exposed { .. }));
    assert_eq!(asked, 1, "what does not answer is asked once");
    let words = |name: &str| found.unresolved[name].to_string();
    assert!(words("secret.key.kms.old-4").contains("said the network"));
    assert!(words("secret.key.kms.old-3").contains("this one was not tried"));
}

#[tokio::test]
async fn a_service_that_never_answers_is_waited_for_once_and_so_long() {
    let silent = Away { silent: true, ..Away::default() };
    let (found, asked) = resolved(silent, Duration::from_millis(20)).await;
    assert_eq!((found.keys.len(), asked), (1, 1));
    let error = &found.unresolved["secret.key.kms.old-4"];
    assert!(matches!(error, KeyError::Unreachable { .. }), "{error:?}");
    assert!(error.to_string().contains("no answer in time"), "{error}");
}
