//! What an export holds and what it never holds.

use crate::bed::Bed;
use loom_domain::usecases::ExportSecrets;
use serde_json::{Value, json};

#[tokio::test]
async fn an_export_with_secrets_holds_them_in_clear() {
    let document = Bed::filled().await.export(ExportSecrets::Included).await.to_json();
    assert_eq!(document["sections"]["north.mqtt"]["password"], "mqtt-secret");
    assert_eq!(document["sections"]["north.matter"]["commissioning"]["passcode"], 20_202_021);
    assert_eq!(document["centrals"][0]["api_token_plain"], "token-secret");
    assert_eq!(document["centrals"][1]["password_plain"], "home-secret");
    assert_eq!(document["redacted"], false);
    assert_eq!(document["daemon_version"], "1.2.3");
    assert_eq!(document["exported_at"], "2026-11-23T12:00:00Z");
    assert_eq!(document.get("skipped"), None);
}

#[tokio::test]
async fn a_redacted_export_holds_no_secret() {
    let document = Bed::filled().await.export(ExportSecrets::Redacted).await.to_json();
    assert!(!document.to_string().contains("secret"), "{document}");
    assert_eq!(document["redacted"], true);
    assert_eq!(document["sections"]["north.mqtt"], json!({"broker_url": "tcp://a", "password": null}));
    assert_eq!(document["sections"]["north.matter"], json!({"commissioning": {"passcode": null}}));
    assert_eq!(document["centrals"][1].get("password_plain"), None);
}

#[tokio::test]
async fn accounts_are_listed_without_hashes_and_tokens() {
    let bed = Bed::filled().await;
    bed.write("north.rest", json!({"csrf_enabled": true, "auth": {"users": {"anna": "hash-secret"}}})).await;
    let document = bed.export(ExportSecrets::Included).await.to_json();
    assert_eq!(document["users"], json!([{"subject": "anna", "role": "admin"}]));
    assert_eq!(
        document["tokens"],
        json!([{"fingerprint": "0123456789ab", "subject": "anna", "role": "viewer"}])
    );
    let text = document.to_string();
    assert!(!text.contains("hash-secret") && !text.contains("ffff"), "{text}");
    assert_eq!(document["sections"]["north.rest"], json!({"csrf_enabled": true}));
}

#[tokio::test]
async fn one_secret_that_does_not_open_is_named_and_the_rest_is_exported() {
    let bed = Bed::filled().await;
    // Sealed by somebody else.
    let other = bed.with_key(Some(8));
    other.write("north.mqtt", json!({"broker_url": "tcp://b", "password": "mqtt-other"})).await;
    let document = bed.export(ExportSecrets::Included).await;
    let skipped: Vec<_> = document.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
    assert_eq!(skipped, ["north.mqtt.password"]);
    let json = document.to_json();
    assert_eq!(json["sections"]["north.mqtt"], json!({"broker_url": "tcp://b", "password": null}));
    assert_eq!(json["centrals"][1]["password_plain"], "home-secret");
    assert_eq!(json["skipped"][0]["path"], "north.mqtt.password");
}

#[tokio::test]
async fn without_a_key_every_secret_is_named_and_none_leaves_sealed() {
    let document = Bed::filled().await.with_key(None).export(ExportSecrets::Included).await;
    let skipped: Vec<_> = document.skipped.iter().map(|skipped| skipped.path.as_str()).collect();
    let all = [
        "north.matter.commissioning.passcode",
        "north.mqtt.password",
        "centrals.cabin.api_token_plain",
        "centrals.home.password_plain",
    ];
    assert_eq!(skipped, all);
    let json = document.to_json();
    assert!(!json.to_string().contains("enc:v"), "{json}");
    assert_eq!(json["centrals"][1]["password_plain"], Value::Null);
}

#[tokio::test]
async fn what_begins_like_a_sealed_value_is_named_and_left_out() {
    let bed = Bed::filled().await;
    bed.write("north.mqtt", json!({"broker_url": "tcp://a", "password": "enc:v1:my password"})).await;
    let json = bed.export(ExportSecrets::Included).await.to_json();
    assert_eq!(json["sections"]["north.mqtt"]["password"], Value::Null);
    assert_eq!(json["skipped"][0]["path"], "north.mqtt.password");
    assert!(json["skipped"][0]["reason"].as_str().unwrap().contains("somebody chose it"), "{json}");
}
