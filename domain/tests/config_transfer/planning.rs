//! What a plan shows, key by key, and that planning changes nothing.

use crate::bed::{Bed, read};
use loom_domain::usecases::import_config::{Action, Change, ImportPlan, SecretFate};
use loom_domain::usecases::{ExportSecrets, ImportError, ImportMode};
use serde_json::{Value, json};

/// A plan in lines: `change north.mqtt`, `  broker_url "a" → "b"`, `  password kept`.
fn lines(plan: &ImportPlan) -> Vec<String> {
    let shown = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
    let mut lines = Vec::new();
    for object in &plan.objects {
        lines.push(format!("{} {} {}", object.action.as_str(), object.kind.as_str(), object.name));
        for key in &object.keys {
            lines.push(match &key.change {
                Change::Value { before, after } => {
                    format!("  {} {} → {}", key.path, shown(before), shown(after))
                }
                Change::Secret(fate) => format!("  {} {}", key.path, fate.as_str()),
            });
        }
    }
    lines
}

#[tokio::test]
async fn a_plan_shows_every_key_that_changes_and_no_secret() {
    let bed = Bed::filled().await;
    let before = bed.stored().await;
    let document = json!({
        "redacted": false,
        "sections": {
            "backup": {"keep_last": 3},
            "north.mqtt": {"broker_url": "tcp://b", "topic_base": "loom", "password": "new-secret"},
            "north.matter": {"commissioning": {"passcode": 20_202_021, "salt": null}},
        },
        "centrals": [
            {"name": "home", "host": "ccu.local", "username": "loom", "interfaces": ["HmIP-RF", "CUxD"],
             "password_plain": null},
        ],
    });
    let plan = bed.import().plan(&read(&document), ImportMode::Replace).await.unwrap();
    assert_eq!(
        lines(&plan),
        [
            "add section backup",
            "  keep_last nothing → 3",
            "remove section locale",
            r#"  locale "de" → nothing"#,
            "keep section north.matter",
            "  commissioning.passcode unchanged",
            "  commissioning.salt missing",
            "change section north.mqtt",
            r#"  broker_url "tcp://a" → "tcp://b""#,
            r#"  topic_base nothing → "loom""#,
            "  password changed",
            "remove central cabin",
            "  behavior {} → nothing",
            "  enabled true → nothing",
            r#"  host "ccu.local" → nothing"#,
            "  interfaces [] → nothing",
            "  ports {} → nothing",
            "  visibility {} → nothing",
            "  api_token_plain changed",
            "change central home",
            r#"  interfaces ["HmIP-RF"] → ["HmIP-RF","CUxD"]"#,
            "  password_plain kept",
        ]
    );
    let counts = [Action::Add, Action::Change, Action::Remove, Action::Keep].map(|action| plan.count(action));
    assert_eq!(counts, [1, 2, 2, 1]);
    assert_eq!(bed.stored().await, before);
}

#[tokio::test]
async fn withheld_secrets_that_are_nowhere_stored_are_said_to_be_missing() {
    let document = Bed::filled().await.export(ExportSecrets::Redacted).await.to_json();
    let bed = Bed::new(None);
    let plan = bed.import().plan(&read(&document), ImportMode::Merge).await.unwrap();
    let missing: Vec<_> = plan
        .objects
        .iter()
        .flat_map(|object| object.keys.iter().map(move |key| (format!("{}.{}", object.name, key.path), key)))
        .filter(|(_, key)| key.change == Change::Secret(SecretFate::Missing))
        .map(|(path, _)| path)
        .collect();
    let all = ["north.matter.commissioning.passcode", "north.mqtt.password", "home.password_plain"];
    assert_eq!(missing, all);
    bed.import_all(&document, ImportMode::Merge).await.unwrap();
    assert_eq!(bed.value("north.mqtt").await, Some(json!({"broker_url": "tcp://a"})));
}

#[tokio::test]
async fn what_is_skipped_is_counted_and_says_why() {
    let bed = Bed::filled().await;
    let document = bed.export(ExportSecrets::Included).await.to_json();
    let plan = bed.import().plan(&read(&document), ImportMode::Merge).await.unwrap();
    assert!(!plan.changes_anything());
    let skipped: Vec<_> = plan.skipped.iter().map(|skipped| (skipped.part, skipped.count)).collect();
    assert_eq!(skipped, [("users", 1), ("tokens", 1)]);
}

#[tokio::test]
async fn secrets_are_refused_before_any_write_where_there_is_no_key() {
    let document = Bed::filled().await.export(ExportSecrets::Included).await.to_json();
    let bed = Bed::new(None);
    let error = bed.import_all(&document, ImportMode::Merge).await.unwrap_err();
    assert!(matches!(&error, ImportError::NoMasterKey(places) if places.len() == 4), "{error}");
    let words = error.to_string();
    assert!(words.contains("`north.mqtt.password`") && words.contains("the password of central `home`"));
    assert!(!words.contains("-secret"), "{words}");
    assert_eq!(bed.stored().await, (vec![], vec![]));
}
