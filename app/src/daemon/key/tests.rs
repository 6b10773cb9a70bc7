//! What a start makes of a key and of what is sealed.

use super::*;
use crate::daemon::{StartError, StartErrorKind};
use async_trait::async_trait;
use loom_adapter_memory::{MemoryClock, MemoryKey, MemoryRandomness, MemoryStateStore};
use loom_domain::config_section::{ExpectedVersion, SectionWrite};
use loom_domain::ports::BoxError;
use loom_domain::secret::{SecretPlace, SecretText, Wrapper};
use serde_json::json;

/// Gives the same answer each time.
struct Says(fn() -> Result<Option<ResolvedKey>, KeyError>);

#[async_trait]
impl KeyProvider for Says {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        (self.0)()
    }
}

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

fn from(source: KeySource, byte: u8) -> Result<Option<ResolvedKey>, KeyError> {
    Ok(Some(ResolvedKey { key: key(byte), source }))
}

fn in_environment(byte: u8) -> Result<Option<ResolvedKey>, KeyError> {
    from(KeySource::Environment("OPENCCU_LOOM_SECRET_KEY".to_owned()), byte)
}

fn in_file(byte: u8) -> Result<Option<ResolvedKey>, KeyError> {
    from(KeySource::File("/var/secret.key".to_owned()), byte)
}

fn unreachable() -> Result<Option<ResolvedKey>, KeyError> {
    let path = "/var/secret.key.kms".to_owned();
    let origin = KeySource::Wrapped { wrapper: Wrapper::Kms, path, wrapping_key: "alias/loom".to_owned() };
    let cause: BoxError = "no route".into();
    Err(KeyError::Unreachable { origin, cause, mend: "is the network up?".to_owned() })
}

/// A state with a password under the key of that byte, if one is given.
async fn state(sealed_with: Option<u8>) -> MemoryStateStore {
    let store = MemoryStateStore::new();
    let Some(byte) = sealed_with else { return store };
    let place = SecretPlace::of_section("north.mqtt", "password");
    let sealed =
        envelope::seal(&key(byte), &place, &SecretText::new("secret"), &MemoryRandomness::default()).unwrap();
    let write = SectionWrite {
        name: "north.mqtt".to_owned(),
        value: json!({ "password": sealed }),
        expected: ExpectedVersion::Absent,
        at: jiff::Timestamp::UNIX_EPOCH,
        by: "test".to_owned(),
    };
    store.write_section(&write).await.unwrap();
    store
}

/// What comes of a start, and what health says of it.
async fn start(
    all: fn() -> Result<Option<ResolvedKey>, KeyError>,
    in_data_dir: fn() -> Result<Option<ResolvedKey>, KeyError>,
    sealed_with: Option<u8>,
) -> (Result<Option<ResolvedKey>, KeyFailure>, Option<String>) {
    let health = Health::new(Arc::new(MemoryClock::new(jiff::Timestamp::UNIX_EPOCH)));
    let places =
        KeyPlaces { all: Arc::new(Says(all)), in_data_dir: Some(Arc::new(Says(in_data_dir))), vault: None };
    let found = find(&places, &state(sealed_with).await, &health).await;
    let (_, parts) = health.look();
    let part = parts.into_iter().find(|part| part.name == SECRETS);
    (found, part.and_then(|part| part.note))
}

#[tokio::test]
async fn a_wrapped_key_that_cannot_be_had_keeps_a_daemon_from_starting_only_if_something_is_sealed() {
    let (found, _) = start(unreachable, || Ok(None), Some(1)).await;
    assert!(matches!(found, Err(KeyFailure::Key(KeyError::Unreachable { .. }))));
    // Not the key is to be looked after, so that the service manager tries again.
    assert_eq!(StartError::from(found.unwrap_err()).kind(), StartErrorKind::Unexpected);
    let (found, note) = start(unreachable, || Ok(None), None).await;
    assert_eq!(found.unwrap(), None);
    assert!(note.unwrap().contains("no route"));
}

#[tokio::test]
async fn values_that_do_not_open_are_told_with_the_key_they_name() {
    let (found, note) = start(|| in_file(1), || in_file(1), Some(1)).await;
    assert!(found.unwrap().is_some());
    assert_eq!(note, None);
    let (found, note) = start(|| in_file(2), || in_file(2), Some(1)).await;
    assert!(found.unwrap().is_some());
    let note = note.unwrap();
    let named = format!("they name the master key {}", key(1).fingerprint());
    assert!(note.starts_with("1 of 1 sealed values do not open") && note.ends_with(&named), "{note}");
}

#[test]
fn a_missing_key_is_wanted_where_the_daemon_looks_for_it() {
    let all = || Arc::new(Says(|| Ok(None)));
    let vault = MemoryKey::new(Arc::new(MemoryRandomness::default()));
    let env = KeyPlaces { all: all(), in_data_dir: None, vault: None };
    assert!(way_back(&env).contains("OPENCCU_LOOM_SECRET_KEY"), "{}", way_back(&env));
    let file = KeyPlaces { all: all(), in_data_dir: None, vault: Some(Arc::new(vault)) };
    assert!(way_back(&file).starts_with("put the original secret.key back and start"), "{}", way_back(&file));
}

#[tokio::test]
async fn a_variable_that_beats_the_right_key_is_told_by_its_name() {
    let (_, note) = start(|| in_environment(2), || in_file(1), Some(1)).await;
    let hint =
        "the master key of file `/var/secret.key` opens them: remove OPENCCU_LOOM_SECRET_KEY and start again";
    assert!(note.unwrap().ends_with(hint));
    let (_, note) = start(|| in_environment(2), || in_file(3), Some(1)).await;
    assert!(!note.unwrap().contains("remove"));
}

#[tokio::test]
async fn a_credential_that_beats_the_right_key_is_told_with_the_way_out() {
    let credential = || from(KeySource::Credential("/run/credentials/secret.key".to_owned()), 2);
    let (_, note) = start(credential, || in_file(1), Some(1)).await;
    let note = note.unwrap();
    let hint = "opens them: take the credential `secret.key` out of the unit and start again";
    assert!(note.ends_with(hint), "{note}");
}
