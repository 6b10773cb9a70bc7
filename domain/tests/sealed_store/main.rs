//! The sealing decorator over the store in memory: secrets are sealed below it and in clear above it, and a value that
//! does not open is never lost.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests, their shared parts included")]

mod looking_sealed;
mod turns;

use loom_adapter_memory::{MemoryRandomness, MemoryStateStore};
use loom_domain::central::{Central, CentralName};
use loom_domain::config_batch::ConfigBatch;
use loom_domain::config_section::{ExpectedVersion, SectionWrite};
use loom_domain::ports::{Centrals, ConfigBatches, ConfigSections, KeySource, ResolvedKey, StoreError};
use loom_domain::secret::sealed_store::{Plaintext, SealedStore};
use loom_domain::secret::{HeldKeys, MasterKey, SecretPlace, SecretText, SecretValue, envelope};
use serde_json::{Value, json};
use std::sync::Arc;

fn key(byte: u8) -> Option<MasterKey> {
    Some(MasterKey::from_bytes([byte; 32]))
}

fn held(key: Option<MasterKey>) -> Arc<HeldKeys> {
    Arc::new(HeldKeys::new(key.map(|key| ResolvedKey { key, source: KeySource::Memory })))
}

/// A store and the decorator around it.
fn sealed(
    inner: &Arc<MemoryStateStore>,
    key: Option<MasterKey>,
    plaintext: Plaintext,
) -> SealedStore<MemoryStateStore> {
    SealedStore::new(Arc::clone(inner), held(key), plaintext, Arc::new(MemoryRandomness::default()))
}

mod through_the_decorator {
    use super::*;

    fn centrals() -> Arc<dyn Centrals> {
        Arc::new(sealed(&Arc::new(MemoryStateStore::new()), key(7), Plaintext::Refused))
    }

    fn sections() -> Arc<dyn ConfigSections> {
        Arc::new(sealed(&Arc::new(MemoryStateStore::new()), key(7), Plaintext::Refused))
    }

    fn batches() -> Arc<SealedStore<MemoryStateStore>> {
        Arc::new(sealed(&Arc::new(MemoryStateStore::new()), key(7), Plaintext::Refused))
    }

    loom_contract::centrals_contract!((centrals(), ()));
    loom_contract::config_sections_contract!((sections(), ()));
    loom_contract::config_batches_contract!((batches(), ()));
}

fn clear(text: &str) -> Option<SecretValue> {
    Some(SecretValue::Clear(SecretText::new(text)))
}

fn central(password: Option<SecretValue>, api_token: Option<SecretValue>) -> Central {
    let name = CentralName::parse("ccu3").unwrap();
    Central {
        password,
        api_token,
        ..Central::new(name, "ccu3.local", "2026-11-22T22:15:30Z".parse().unwrap())
    }
}

async fn found(store: &impl Centrals) -> Central {
    store.list_centrals().await.unwrap().remove(0)
}

fn envelope_in(value: &Option<SecretValue>) -> &str {
    match value {
        Some(SecretValue::Sealed(envelope)) => envelope,
        other => panic!("not sealed: {other:?}"),
    }
}

fn write(name: &str, value: Value) -> SectionWrite {
    let at = "2026-11-22T22:15:30Z".parse().unwrap();
    SectionWrite {
        name: name.to_owned(), value, expected: ExpectedVersion::Any, at, by: "jürgen".to_owned()
    }
}

async fn value_of(store: &impl ConfigSections, name: &str) -> Value {
    store.find_section(name).await.unwrap().unwrap().value
}

#[tokio::test]
async fn secrets_of_a_central_are_sealed_below_and_clear_above() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, key(7), Plaintext::Refused);
    let put = central(clear("pässwörd"), clear("tökén"));
    store.put_central(&put).await.unwrap();
    assert_eq!(found(&store).await, put);
    let stored = found(&*inner).await;
    for (value, column, secret) in
        [(&stored.password, "password_plain", "pässwörd"), (&stored.api_token, "api_token_plain", "tökén")]
    {
        let place = SecretPlace::of_central("ccu3", column);
        let opened = envelope::open(&MasterKey::from_bytes([7; 32]), &place, envelope_in(value)).unwrap();
        assert_eq!(opened.reveal(), secret);
    }
    assert_ne!(envelope_in(&stored.password), envelope_in(&stored.api_token));
}

#[tokio::test]
async fn with_another_key_the_envelope_stays_and_other_values_open() {
    let inner = Arc::new(MemoryStateStore::new());
    sealed(&inner, key(9), Plaintext::Refused).put_central(&central(clear("old"), None)).await.unwrap();
    let old = found(&*inner).await.password;
    sealed(&inner, key(7), Plaintext::Refused)
        .put_central(&central(old.clone(), clear("new")))
        .await
        .unwrap();
    let shown = found(&sealed(&inner, key(7), Plaintext::Refused)).await;
    assert_eq!(shown.password, old);
    assert_eq!(shown.api_token, clear("new"));
}

#[tokio::test]
async fn a_value_that_does_not_open_is_written_back_byte_for_byte() {
    let inner = Arc::new(MemoryStateStore::new());
    sealed(&inner, key(9), Plaintext::Refused).put_central(&central(clear("old"), None)).await.unwrap();
    let before = found(&*inner).await.password;
    for other in [key(7), None] {
        let store = sealed(&inner, other, Plaintext::Refused);
        let mut edited = found(&store).await;
        edited.host = "moved.local".to_owned();
        store.put_central(&edited).await.unwrap();
        assert_eq!(found(&*inner).await.password, before);
    }
    assert_eq!(found(&sealed(&inner, key(9), Plaintext::Refused)).await.password, clear("old"));
}

#[tokio::test]
async fn secret_leaves_are_sealed_and_all_others_stay_as_they_are() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, key(7), Plaintext::Refused);
    let rest =
        json!({"listen": ":8119", "auth": {"users": {"a": "x", "b": "y"}, "realm": "home"}, "n": u64::MAX});
    store.write_section(&write("north.rest", rest.clone())).await.unwrap();
    assert_eq!(value_of(&store, "north.rest").await, rest);
    assert_eq!(store.list_sections().await.unwrap()[0].value, rest);
    let stored = value_of(&*inner, "north.rest").await;
    for user in ["a", "b"] {
        assert!(envelope::is_sealed(stored["auth"]["users"][user].as_str().unwrap()));
    }
    assert_eq!(
        (&stored["listen"], &stored["auth"]["realm"], &stored["n"]),
        (&rest["listen"], &json!("home"), &rest["n"])
    );
}

#[tokio::test]
async fn an_integer_leaf_is_a_sealed_string_below_and_an_integer_above() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, key(7), Plaintext::Refused);
    let matter = json!({"commissioning": {"passcode": 20_202_021, "discriminator": 3840}});
    store.write_section(&write("north.matter", matter.clone())).await.unwrap();
    assert_eq!(value_of(&store, "north.matter").await, matter);
    let stored = value_of(&*inner, "north.matter").await;
    assert!(envelope::is_sealed(stored["commissioning"]["passcode"].as_str().unwrap()));
    assert_eq!(stored["commissioning"]["discriminator"], 3840);
}

#[tokio::test]
async fn a_leaf_that_does_not_open_is_shown_sealed_and_written_back_byte_for_byte() {
    let inner = Arc::new(MemoryStateStore::new());
    let webhook = json!({"secret": "old", "inbound": {"token": "t"}, "url": "https://a.example"});
    sealed(&inner, key(9), Plaintext::Refused).write_section(&write("north.webhook", webhook)).await.unwrap();
    let before = value_of(&*inner, "north.webhook").await;
    for other in [key(7), None] {
        let store = sealed(&inner, other, Plaintext::Refused);
        let mut edited = value_of(&store, "north.webhook").await;
        assert_eq!(edited["secret"], before["secret"]);
        edited["url"] = json!("https://b.example");
        store.write_section(&write("north.webhook", edited)).await.unwrap();
        assert_eq!(value_of(&*inner, "north.webhook").await["secret"], before["secret"]);
    }
}

#[tokio::test]
async fn without_a_key_a_secret_is_refused_with_its_place_and_nothing_is_stored() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, None, Plaintext::Refused);
    let refused = [
        store.put_central(&central(clear("p"), None)).await.unwrap_err(),
        store.put_central(&central(None, clear("t"))).await.unwrap_err(),
        store.write_section(&write("north.mqtt", json!({"password": "p"}))).await.unwrap_err(),
        store
            .write_section(&write("north.matter", json!({"commissioning": {"passcode": 1}})))
            .await
            .unwrap_err(),
        store
            .write_section(&write("north.rest", json!({"auth": {"tokens": {"ha": "t"}}})))
            .await
            .unwrap_err(),
    ];
    let places = refused.map(|error| match error {
        StoreError::NoMasterKey(place) => place,
        other => panic!("{other}"),
    });
    assert_eq!(
        places,
        [
            "the password of central `ccu3`",
            "the api token of central `ccu3`",
            "`north.mqtt.password`",
            "`north.matter.commissioning.passcode`",
            "`north.rest.auth.tokens.ha`",
        ]
    );
    assert_eq!(inner.list_centrals().await.unwrap(), []);
    assert_eq!(inner.list_sections().await.unwrap(), []);
}

#[tokio::test]
async fn without_a_key_what_holds_no_secret_is_stored_all_the_same() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, None, Plaintext::Refused);
    store.put_central(&central(None, clear(""))).await.unwrap();
    store.write_section(&write("north.mqtt", json!({"password": "", "host": "broker"}))).await.unwrap();
    assert_eq!(found(&*inner).await.api_token, clear(""));
    assert_eq!(value_of(&*inner, "north.mqtt").await, json!({"password": "", "host": "broker"}));
}

#[tokio::test]
async fn without_a_key_but_with_leave_secrets_are_stored_in_clear() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, None, Plaintext::Allowed);
    let put = central(clear("p"), None);
    store.put_central(&put).await.unwrap();
    let matter = json!({"commissioning": {"passcode": 20_202_021, "salt": "s"}});
    store.write_section(&write("north.matter", matter.clone())).await.unwrap();
    assert_eq!(found(&*inner).await.password, clear("p"));
    assert_eq!(value_of(&*inner, "north.matter").await, matter);
    // Once there is a key they read as before, and the next write seals them.
    let store = sealed(&inner, key(7), Plaintext::Refused);
    assert_eq!(found(&store).await, put);
    store.put_central(&put).await.unwrap();
    assert!(envelope::is_sealed(envelope_in(&found(&*inner).await.password)));
}

#[tokio::test]
async fn no_debug_shows_a_secret_above_the_decorator() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, key(7), Plaintext::Refused);
    store.put_central(&central(clear("hunter2"), clear("hunter2"))).await.unwrap();
    assert!(!format!("{:?} {:#?}", found(&store).await, found(&*inner).await).contains("hunter2"));
}

#[tokio::test]
async fn secrets_of_a_batch_are_sealed_below_and_clear_above() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, key(7), Plaintext::Refused);
    let batch = ConfigBatch {
        sections: vec![write("north.mqtt", json!({"host": "broker", "password": "geheim"}))],
        centrals: vec![central(clear("pässwörd"), None)],
        ..ConfigBatch::default()
    };
    store.apply_config(&batch).await.unwrap();
    assert_eq!(found(&store).await, batch.centrals[0]);
    assert_eq!(value_of(&store, "north.mqtt").await, batch.sections[0].value);
    assert!(envelope::is_sealed(envelope_in(&found(&*inner).await.password)));
    let below = value_of(&*inner, "north.mqtt").await;
    assert_eq!(below["host"], "broker");
    assert!(envelope::is_sealed(below["password"].as_str().unwrap()));
}

#[tokio::test]
async fn a_batch_with_one_secret_that_cannot_be_sealed_changes_nothing() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, None, Plaintext::Refused);
    let harmless = ConfigBatch {
        sections: vec![write("locale", json!({"language": "de"}))],
        centrals: vec![central(None, None)],
        seeded_at: Some("2026-11-22T22:15:30Z".parse().unwrap()),
        ..ConfigBatch::default()
    };
    let mut with_leaf = harmless.clone();
    with_leaf.sections.push(write("north.mqtt", json!({"password": "geheim"})));
    let with_password = ConfigBatch { centrals: vec![central(clear("geheim"), None)], ..harmless.clone() };
    for refused in [with_leaf, with_password] {
        let error = store.apply_config(&refused).await.unwrap_err();
        assert!(matches!(error, StoreError::NoMasterKey(_)), "{error}");
        assert_eq!(inner.list_sections().await.unwrap(), []);
        assert_eq!(inner.list_centrals().await.unwrap(), []);
        assert_eq!(store.seeded_at().await.unwrap(), None);
    }
    store.apply_config(&harmless).await.unwrap();
    assert_eq!(store.seeded_at().await.unwrap(), harmless.seeded_at);
}
