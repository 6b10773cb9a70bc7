//! What an import changes and what it keeps.

use crate::bed::{Bed, NOW, central, clear, name, read};
use loom_domain::audit::AuditFilter;
use loom_domain::central::Central;
use loom_domain::ports::{AuditLog, Centrals, Tokens, Users};
use loom_domain::secret::{SecretValue, envelope};
use loom_domain::usecases::{ExportSecrets, ImportError, ImportMode, Imported};
use serde_json::{Value, json};

#[tokio::test]
async fn an_export_with_secrets_makes_the_same_configuration_elsewhere() {
    let there = Bed::filled().await.export(ExportSecrets::Included).await.to_json();
    let bed = Bed::new(Some(9));
    let imported = bed.import_all(&there, ImportMode::Merge).await.unwrap();
    assert_eq!((imported.sections.len(), imported.centrals.len()), (3, 2));
    let mut here = bed.export(ExportSecrets::Included).await.to_json();
    for central in here["centrals"].as_array_mut().unwrap() {
        assert_eq!(central["updated_at"], NOW);
        central["updated_at"] = json!("2026-11-22T22:15:30Z");
    }
    for part in ["sections", "centrals"] {
        assert_eq!(here[part], there[part]);
    }
    let stored = format!("{:?}", bed.inner.list_centrals().await.unwrap());
    assert!(stored.contains("enc:v2:") && !stored.contains("home-secret"), "{stored}");
}

#[tokio::test]
async fn accounts_are_never_imported() {
    let there = Bed::filled().await.export(ExportSecrets::Included).await.to_json();
    let bed = Bed::new(Some(9));
    bed.import_all(&there, ImportMode::Replace).await.unwrap();
    assert_eq!(bed.inner.list_users().await.unwrap(), []);
    assert_eq!(bed.inner.list_tokens().await.unwrap(), []);
}

#[tokio::test]
async fn the_same_document_twice_changes_nothing_the_second_time() {
    for secrets in [ExportSecrets::Included, ExportSecrets::Redacted] {
        let there = Bed::filled().await.export(secrets).await.to_json();
        let bed = Bed::new(Some(9));
        for mode in [ImportMode::Merge, ImportMode::Replace] {
            let first = bed.import_all(&there, mode).await.unwrap();
            assert_eq!(first.changed_anything(), mode == ImportMode::Merge);
            let (before, audited) = (bed.stored().await, entries(&bed).await);
            assert_eq!(bed.import_all(&there, mode).await.unwrap(), Imported::default());
            assert_eq!((bed.stored().await, entries(&bed).await), (before, audited));
        }
    }
}

#[tokio::test]
async fn a_redacted_document_keeps_stored_secrets_in_both_modes() {
    for mode in [ImportMode::Merge, ImportMode::Replace] {
        let bed = Bed::filled().await;
        let mut document = bed.export(ExportSecrets::Redacted).await.to_json();
        document["sections"]["north.mqtt"]["broker_url"] = json!("tcp://b");
        // A secret that was never there, as far as the document knows.
        document["sections"]["north.matter"] = json!({"enabled": true});
        document["centrals"][1]["host"] = json!("elsewhere.local");
        bed.import_all(&document, mode).await.unwrap();
        let mqtt = json!({"broker_url": "tcp://b", "password": "mqtt-secret"});
        assert_eq!(bed.value("north.mqtt").await, Some(mqtt));
        let matter = json!({"enabled": true, "commissioning": {"passcode": 20_202_021}});
        assert_eq!(bed.value("north.matter").await, Some(matter));
        let home = bed.central("home").await.unwrap();
        assert_eq!((home.host.as_str(), home.password), ("elsewhere.local", clear("home-secret")));
    }
}

#[tokio::test]
async fn a_secret_that_does_not_open_stays_sealed_as_it_was() {
    let bed = Bed::filled().await;
    let mut document = bed.export(ExportSecrets::Redacted).await.to_json();
    document["sections"]["north.mqtt"]["broker_url"] = json!("tcp://b");
    document["centrals"][1]["host"] = json!("elsewhere.local");
    let sealed = |central: Option<Central>| match central.unwrap().password {
        Some(SecretValue::Sealed(sealed)) => sealed,
        other => panic!("{other:?}"),
    };
    let before = sealed(bed.inner.find_central(&name("home")).await.unwrap());
    // Nobody has the key, and none is needed.
    bed.with_key(None).import_all(&document, ImportMode::Replace).await.unwrap();
    assert_eq!(sealed(bed.inner.find_central(&name("home")).await.unwrap()), before);
    assert_eq!(bed.value("north.mqtt").await.unwrap()["password"], "mqtt-secret");
    assert_eq!(bed.central("home").await.unwrap().password, clear("home-secret"));
}

#[tokio::test]
async fn a_document_with_secrets_says_also_where_there_is_none() {
    let bed = Bed::filled().await;
    let mut document = bed.export(ExportSecrets::Included).await.to_json();
    document["sections"]["north.mqtt"] = json!({"broker_url": "tcp://a"});
    document["centrals"][1].as_object_mut().unwrap().remove("password_plain");
    document["centrals"][0]["api_token_plain"] = Value::Null;
    bed.import_all(&document, ImportMode::Merge).await.unwrap();
    assert_eq!(bed.value("north.mqtt").await, Some(json!({"broker_url": "tcp://a"})));
    assert_eq!(bed.central("home").await.unwrap().password, None);
    assert_eq!(bed.central("cabin").await.unwrap().api_token, clear("token-secret"));
}

#[tokio::test]
async fn a_merge_keeps_what_the_document_does_not_have_and_a_replace_removes_it() {
    let document = json!({
        "sections": {"locale": {"locale": "en"}, "backup": {"keep_last": 3}},
        "centrals": [{"name": "new", "host": "new.local"}],
    });
    let merged = Bed::filled().await;
    merged.import_all(&document, ImportMode::Merge).await.unwrap();
    let (sections, centrals) = merged.stored().await;
    assert_eq!((sections.len(), centrals.len()), (4, 3));
    assert_eq!(sections.iter().find(|section| section.name == "locale").unwrap().version, 2);
    assert_eq!(sections[0].updated_by, "cli-import");

    let replaced = Bed::filled().await;
    let imported = replaced.import_all(&document, ImportMode::Replace).await.unwrap();
    assert_eq!(imported.removed_sections, ["north.matter", "north.mqtt"]);
    assert_eq!(imported.removed_centrals, [name("cabin"), name("home")]);
    let (sections, centrals) = replaced.stored().await;
    let names: Vec<_> = sections.iter().map(|section| section.name.as_str()).collect();
    assert_eq!(names, ["backup", "locale"]);
    let now = NOW.parse().unwrap();
    let new = Central { host: "new.local".into(), created_at: now, updated_at: now, ..central("new") };
    assert_eq!(centrals, [new]);
}

#[tokio::test]
async fn a_replace_leaves_alone_a_part_the_document_does_not_have() {
    let bed = Bed::filled().await;
    bed.import_all(&json!({"sections": {}}), ImportMode::Replace).await.unwrap();
    let (sections, centrals) = bed.stored().await;
    assert_eq!((sections.len(), centrals.len()), (0, 2));
}

#[tokio::test]
async fn an_import_is_audited_without_a_secret() {
    let there = Bed::filled().await.export(ExportSecrets::Included).await.to_json();
    let bed = Bed::new(Some(9));
    bed.import_all(&there, ImportMode::Merge).await.unwrap();
    let entry = bed.inner.query_audit(&AuditFilter::default()).await.unwrap().remove(0).entry;
    assert_eq!((entry.user.as_str(), entry.action.as_str()), ("cli-import", "config_import"));
    assert_eq!(entry.note.as_deref(), Some("merge: 5 added, 0 changed, 0 removed, via cli"));
    let changes = entry.changes.unwrap();
    assert!(!changes.to_string().contains("secret\""), "{changes}");
    let named = |wanted: &str| changes.as_array().unwrap().iter().any(|change| change["parameter"] == wanted);
    assert!(named("north.mqtt.password") && named("centrals.home.password_plain") && named("locale.locale"));
}

#[tokio::test]
async fn documents_of_go_daemons_are_imported() {
    let bed = Bed::new(Some(9));
    for (document, sections) in [
        (include_str!("../../../fixtures/config-documents/upstream-with-secrets.json"), 3),
        (include_str!("../../../fixtures/config-documents/upstream-redacted.json"), 6),
        (include_str!("../../../fixtures/config-documents/upstream-before-redacted.json"), 6),
    ] {
        let document = serde_json::from_str(document).unwrap();
        bed.import_all(&document, ImportMode::Merge).await.unwrap();
        assert_eq!(bed.stored().await.0.len(), sections);
        // What the first one brought, the redacted ones keep.
        assert_eq!(bed.value("north.mqtt").await.unwrap()["password"], "mqtt-fixture-secret");
        assert_eq!(bed.central("haus").await.unwrap().password, clear("central-fixture-secret"));
        assert_eq!(bed.central("gartenhaus").await.unwrap().api_token, clear("token-fixture-secret"));
    }
    let haus = bed.central("haus").await.unwrap();
    assert_eq!(haus.created_at.to_string(), "2026-01-02T03:04:05Z");
}

async fn entries(bed: &Bed) -> usize {
    bed.inner.query_audit(&AuditFilter::default()).await.unwrap().len()
}

#[tokio::test]
async fn a_secret_that_begins_like_a_sealed_one_is_imported_as_it_is_written() {
    let bed = Bed::filled().await;
    for text in ["enc:", "enc:v1:my password", "enc:v2:my password"] {
        let document = json!({
            "redacted": false,
            "sections": {"north.mqtt": {"broker_url": "tcp://a", "password": text}},
            "centrals": [{"name": "home", "host": "ccu.local", "password_plain": text}],
        });
        bed.import_all(&document, ImportMode::Merge).await.unwrap();
        assert_eq!(bed.value("north.mqtt").await.unwrap()["password"], text);
        assert_eq!(bed.central("home").await.unwrap().password, clear(text));
        let sections = bed.stored().await.0;
        let stored = sections.iter().find(|section| section.name == "north.mqtt").unwrap();
        assert!(envelope::is_well_formed(stored.value["password"].as_str().unwrap()));
        // Nobody can seal it without a key.
        let without = bed.with_key(None).import().plan(&read(&document), ImportMode::Merge).await;
        let Err(ImportError::NoMasterKey(places)) = without else { panic!("{text} was planned") };
        assert_eq!(places, ["`north.mqtt.password`", "the password of central `home`"]);
    }
}
