//! Texts that look sealed: a secret of that look is sealed like any other, and a value that does not open goes back as
//! it came.

use super::*;
use loom_contract::sealed_samples::seal_v1;

const SECTION: &str = "north.mqtt";

fn master_key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

/// An envelope of version 2 for the password of the section.
fn envelope_of(byte: u8, secret: &str) -> String {
    let place = SecretPlace::of_section(SECTION, "password");
    envelope::seal(&master_key(byte), &place, &SecretText::new(secret), &MemoryRandomness::default()).unwrap()
}

fn envelope_of_v1(byte: u8, secret: &str) -> String {
    seal_v1(&master_key(byte), secret)
}

/// What begins like an envelope and what is one, of the present key (7) and of another.
fn texts() -> Vec<String> {
    vec![
        "enc:".to_owned(),
        "enc:v1:".to_owned(),
        "enc:v1:my password".to_owned(),
        "enc:v2:my password".to_owned(),
        "enc:v3:AAAA".to_owned(),
        envelope_of_v1(7, "inside"),
        envelope_of_v1(9, "inside"),
        envelope_of(7, "inside"),
        envelope_of(9, "inside"),
    ]
}

/// Passwords that do not open with key 7.
fn closed() -> Vec<String> {
    let moved = SecretPlace::of_section("north.webhook", "secret");
    let (key, random) = (master_key(7), MemoryRandomness::default());
    let moved = envelope::seal(&key, &moved, &SecretText::new("x"), &random).unwrap();
    let mut cut = envelope_of(7, "x");
    cut.pop();
    vec![envelope_of(9, "x"), envelope_of_v1(9, "x"), moved, cut, "enc:v1:".to_owned()]
}

async fn password_in(store: &impl ConfigSections) -> String {
    value_of(store, SECTION).await["password"].as_str().unwrap().to_owned()
}

fn password(text: &str) -> SectionWrite {
    write(SECTION, json!({"host": "broker", "password": text}))
}

fn batch(write: SectionWrite) -> ConfigBatch {
    ConfigBatch { sections: vec![write], ..ConfigBatch::default() }
}

#[tokio::test]
async fn a_secret_that_looks_sealed_is_sealed_and_comes_back() {
    for text in texts() {
        let inner = Arc::new(MemoryStateStore::new());
        let store = sealed(&inner, key(7), Plaintext::Refused);
        for attempt in 0..2 {
            match attempt {
                0 => drop(store.write_section(&password(&text)).await.unwrap()),
                _ => drop(store.apply_config(&batch(password(&text))).await.unwrap()),
            }
            assert_eq!(password_in(&store).await, text);
            let stored = password_in(&*inner).await;
            assert_eq!(envelope::named_key(&stored), Some(master_key(7).fingerprint()), "{text}");
            assert_ne!(stored, text);
        }
        let put = central(clear(&text), None);
        store.put_central(&put).await.unwrap();
        assert_eq!(found(&store).await, put);
        assert_ne!(envelope_in(&found(&*inner).await.password), text);
    }
}

#[tokio::test]
async fn a_value_that_does_not_open_goes_back_byte_for_byte_alone_and_in_a_batch() {
    for closed in closed() {
        for key in [key(7), None] {
            let inner = Arc::new(MemoryStateStore::new());
            inner.write_section(&password(&closed)).await.unwrap();
            let store = sealed(&inner, key, Plaintext::Refused);
            let mut edited = password(&password_in(&store).await);
            edited.value["host"] = json!("elsewhere");
            store.write_section(&edited).await.unwrap();
            assert_eq!(password_in(&*inner).await, closed);
            store.apply_config(&batch(edited.clone())).await.unwrap();
            assert_eq!(password_in(&*inner).await, closed);
            assert_eq!(value_of(&*inner, SECTION).await["host"], "elsewhere");
        }
    }
}

#[tokio::test]
async fn an_envelope_that_is_stored_at_another_path_is_a_secret_like_any_other() {
    let inner = Arc::new(MemoryStateStore::new());
    let theirs = envelope_of(9, "theirs");
    inner.write_section(&write("north.webhook", json!({"secret": theirs}))).await.unwrap();
    let store = sealed(&inner, key(7), Plaintext::Refused);
    let edited = json!({"secret": theirs, "inbound": {"token": theirs}});
    store.write_section(&write("north.webhook", edited.clone())).await.unwrap();
    assert_eq!(value_of(&store, "north.webhook").await, edited);
    let stored = value_of(&*inner, "north.webhook").await;
    assert_eq!(stored["secret"], theirs);
    assert_ne!(stored["inbound"]["token"], theirs);
}

#[tokio::test]
async fn an_envelope_that_was_moved_in_the_database_does_not_open_there() {
    let inner = Arc::new(MemoryStateStore::new());
    let store = sealed(&inner, key(7), Plaintext::Refused);
    store.put_central(&central(clear("password"), clear("token"))).await.unwrap();
    let mut swapped = found(&*inner).await;
    std::mem::swap(&mut swapped.password, &mut swapped.api_token);
    inner.put_central(&swapped).await.unwrap();
    assert_eq!(found(&store).await, swapped);
}

#[tokio::test]
async fn without_a_key_a_secret_that_looks_sealed_is_refused_even_with_leave() {
    for plaintext in [Plaintext::Refused, Plaintext::Allowed] {
        let inner = Arc::new(MemoryStateStore::new());
        let store = sealed(&inner, None, plaintext);
        for text in ["enc:v1:my password", "enc:v2:my password"] {
            let errors = [
                store.write_section(&password(text)).await.unwrap_err(),
                store.apply_config(&batch(password(text))).await.unwrap_err(),
                store.put_central(&central(clear(text), None)).await.unwrap_err(),
            ];
            for error in errors {
                assert!(matches!(error, StoreError::NoMasterKey(_)), "{error}");
            }
        }
        assert_eq!(inner.list_sections().await.unwrap(), []);
    }
}
