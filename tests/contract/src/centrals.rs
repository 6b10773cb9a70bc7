//! The suite of [`Centrals`].

use crate::moments::{at, moment};
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::{Centrals, StoreError};
use loom_domain::secret::{SecretText, SecretValue};
use serde_json::json;
use std::sync::Arc;

/// A stored central comes back equal in every field, umlauts and JSON included.
pub async fn a_stored_central_comes_back_equal(store: Arc<dyn Centrals>) {
    let full = full_central("Haus-1_a");
    let bare = Central::new(name("bare"), "10.0.0.2", moment(0));
    let sealed = Central {
        password: Some(SecretValue::Sealed("enc:v1:bm90IHJlYWxseSBzZWFsZWQ=".to_owned())),
        api_token: None,
        ..full_central("sealed")
    };
    for central in [&full, &bare, &sealed] {
        store.put_central(central).await.unwrap();
    }
    for central in [full, bare, sealed] {
        assert_eq!(store.find_central(&central.name).await.unwrap(), Some(central));
    }
}

/// `put_central` of an existing name replaces every field but `created_at`.
pub async fn put_replaces_every_field_but_created_at(store: Arc<dyn Centrals>) {
    let first = full_central("home");
    store.put_central(&first).await.unwrap();
    let second = Central::new(name("home"), "other.local", moment(60));
    store.put_central(&second).await.unwrap();
    let expected = Central { created_at: first.created_at, ..second };
    assert_eq!(store.list_centrals().await.unwrap(), [expected]);
}

/// Centrals are listed by name, in byte order.
pub async fn centrals_are_listed_in_byte_order(store: Arc<dyn Centrals>) {
    for central in ["b", "a10", "B", "a-1", "_", "a1"] {
        store.put_central(&Central::new(name(central), "h", moment(0))).await.unwrap();
    }
    assert_eq!(listed(&*store).await, ["B", "_", "a-1", "a1", "a10", "b"]);
}

/// Finding an unknown name is `None`; removing one is `NotFound`.
pub async fn an_unknown_name_is_none_or_not_found(store: Arc<dyn Centrals>) {
    store.put_central(&full_central("home")).await.unwrap();
    assert_eq!(store.find_central(&name("Home")).await.unwrap(), None);
    let error = store.remove_central(&name("Home")).await.unwrap_err();
    assert!(matches!(&error, StoreError::NotFound { name, .. } if name == "Home"), "{error}");
    store.remove_central(&name("home")).await.unwrap();
    assert_eq!(store.find_central(&name("home")).await.unwrap(), None);
    assert!(store.remove_central(&name("home")).await.is_err());
}

/// Times come back as the same instant in UTC; what is finer than a microsecond is cut off.
pub async fn times_are_the_same_instant_in_utc_to_the_microsecond(store: Arc<dyn Centrals>) {
    // The hour that a European clock shows twice, once in summer time and once in winter time.
    let summer = at("2026-10-25T02:30:00.000001+02:00");
    let winter = at("2026-10-25T02:30:00.123456789+01:00");
    let central = Central { created_at: summer, updated_at: winter, ..full_central("home") };
    store.put_central(&central).await.unwrap();
    let found = store.find_central(&central.name).await.unwrap().unwrap();
    assert_eq!(found.created_at.to_string(), "2026-10-25T00:30:00.000001Z");
    assert_eq!(found.updated_at.to_string(), "2026-10-25T01:30:00.123456Z");
}

/// What was put is seen by every later reader, also while others write.
pub async fn a_put_is_seen_by_every_later_reader(store: Arc<dyn Centrals>) {
    const ROUNDS: i64 = 25;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for round in 1..=ROUNDS {
                    let put = Central::new(name(&format!("w{writer}")), "h", moment(round));
                    store.put_central(&put).await.unwrap();
                    let reader = Arc::clone(&store);
                    let (wanted, listed) =
                        tokio::spawn(async move { (put, reader.list_centrals().await.unwrap()) })
                            .await
                            .unwrap();
                    let seen = listed.iter().find(|central| central.name == wanted.name).unwrap();
                    assert_eq!(seen.updated_at, wanted.updated_at);
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let all = store.list_centrals().await.unwrap();
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|central| central.updated_at == moment(ROUNDS)));
}

/// Tests that a store of centrals keeps its contract.
#[macro_export]
macro_rules! centrals_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            centrals,
            $fresh,
            [
                a_stored_central_comes_back_equal,
                put_replaces_every_field_but_created_at,
                centrals_are_listed_in_byte_order,
                an_unknown_name_is_none_or_not_found,
                times_are_the_same_instant_in_utc_to_the_microsecond,
                a_put_is_seen_by_every_later_reader,
            ]
        );
    };
}

async fn listed(store: &dyn Centrals) -> Vec<String> {
    store.list_centrals().await.unwrap().iter().map(|central| central.name.to_string()).collect()
}

fn name(text: &str) -> CentralName {
    CentralName::parse(text).unwrap()
}

pub(crate) fn full_central(central: &str) -> Central {
    Central {
        name: name(central),
        host: "ccu3-küche.fritz.box".to_owned(),
        port: Some(443),
        json_rpc_port: Some(65_535),
        username: Some("Jürgen Groß".to_owned()),
        password_env: Some("CCU_PASSWORD".to_owned()),
        password: Some(SecretValue::Clear(SecretText::new("pässwörd, 'quoted' \"twice\" 🗝"))),
        tls: true,
        tls_insecure_skip_verify: true,
        tls_fingerprint: Some("ab:cd".to_owned()),
        primary_interface: Some("HmIP-RF".to_owned()),
        interfaces: vec!["HmIP-RF".to_owned(), "BidCos-RF".to_owned(), "CUxD".to_owned()],
        ports: json!({"HmIP-RF": 2010, "CUxD": 8701}),
        visibility: json!({"un_ignore": ["LEVEL:*@HmIP-BROLL", "Fenster Süd"]}),
        behavior: json!({"delay": 0.5, "nested": {"on": [true, null]}}),
        serial: Some("3014F711A0001F0000000000".to_owned()),
        system_type: Some("openccu".to_owned()),
        api_token_env: Some("CCU_TOKEN".to_owned()),
        api_token: Some(SecretValue::Clear(SecretText::new("tökén"))),
        api_token_file: Some("/etc/loom/schlüssel".to_owned()),
        enabled: false,
        created_at: moment(1),
        updated_at: moment(2),
    }
}
