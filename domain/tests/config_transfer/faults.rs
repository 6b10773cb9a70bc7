//! Faults in the middle of an import: nothing is changed by it, and nothing of others is lost.

use crate::bed::{Bed, Sealed, actor, central, read};
use async_trait::async_trait;
use jiff::Timestamp;
use loom_domain::audit::AuditFilter;
use loom_domain::central::Central;
use loom_domain::config_batch::ConfigBatch;
use loom_domain::ports::{AuditLog, Centrals, ConfigBatches, ConfigSections, StoreError};
use loom_domain::usecases::{ExportSecrets, ImportError, ImportMode};
use serde_json::json;
use std::sync::Arc;

/// A store on which something happens between the comparison and the write.
enum Troubled {
    Full,
    WrittenMeanwhile(Bed),
}

#[async_trait]
impl ConfigBatches for Troubled {
    async fn apply_config(&self, batch: &ConfigBatch) -> Result<Vec<i64>, StoreError> {
        match self {
            Self::Full => Err(StoreError::Unavailable("the disk is full".into())),
            Self::WrittenMeanwhile(bed) => {
                bed.write("north.mqtt", json!({"broker_url": "tcp://others"})).await;
                let store: &Sealed = &bed.store;
                store.apply_config(batch).await
            }
        }
    }

    async fn seeded_at(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(None)
    }
}

async fn changed_document(bed: &Bed) -> serde_json::Value {
    let mut document = bed.export(ExportSecrets::Included).await.to_json();
    document["sections"]["locale"] = json!({"locale": "en"});
    document["sections"]["north.mqtt"]["broker_url"] = json!("tcp://b");
    document["centrals"][0]["host"] = json!("elsewhere.local");
    document
}

#[tokio::test]
async fn a_store_that_fails_leaves_everything_as_it_was() {
    let bed = Bed::filled().await;
    let document = read(&changed_document(&bed).await);
    let before = bed.stored().await;
    let import = bed.import_through(Arc::new(Troubled::Full));
    let plan = import.plan(&document, ImportMode::Replace).await.unwrap();
    let error = import.apply(plan, &actor()).await.unwrap_err();
    assert!(matches!(error, ImportError::Store(StoreError::Unavailable(_))), "{error}");
    assert_eq!(bed.stored().await, before);
    assert_eq!(bed.inner.query_audit(&AuditFilter::default()).await.unwrap(), []);
}

#[tokio::test]
async fn a_section_written_at_the_last_instant_is_a_conflict() {
    let bed = Bed::filled().await;
    let document = read(&changed_document(&bed).await);
    let import = bed.import_through(Arc::new(Troubled::WrittenMeanwhile(bed.with_key(Some(7)))));
    let plan = import.plan(&document, ImportMode::Merge).await.unwrap();
    let before = bed.stored().await;
    let error = import.apply(plan, &actor()).await.unwrap_err();
    assert!(matches!(error, ImportError::Store(StoreError::Conflict { .. })), "{error}");
    assert_eq!(bed.value("north.mqtt").await, Some(json!({"broker_url": "tcp://others"})));
    assert_eq!(bed.value("locale").await, Some(json!({"locale": "de"})));
    assert_eq!(bed.stored().await.1, before.1);
}

#[tokio::test]
async fn whatever_changes_after_planning_is_a_conflict() {
    for change in ["section", "new section", "no section", "central", "new central", "no central"] {
        let bed = Bed::filled().await;
        let document = read(&changed_document(&bed).await);
        let import = bed.import();
        let plan = import.plan(&document, ImportMode::Replace).await.unwrap();
        let named = crate::bed::name("cabin");
        match change {
            "section" => bed.write("north.matter", json!({})).await,
            "new section" => bed.write("alarm", json!({})).await,
            "no section" => _ = bed.store.remove_section("north.matter").await.unwrap(),
            "central" => {
                bed.store.put_central(&Central { host: "b".into(), ..central("home") }).await.unwrap();
            }
            "new central" => bed.store.put_central(&central("third")).await.unwrap(),
            _ => bed.store.remove_central(&named).await.unwrap(),
        }
        let before = bed.stored().await;
        let error = import.apply(plan, &actor()).await.unwrap_err();
        let words = error.to_string();
        assert!(matches!(error, ImportError::Store(StoreError::Conflict { .. })), "{change}: {words}");
        assert!(words.contains(change.rsplit(' ').next().unwrap()), "{change}: {words}");
        assert_eq!(bed.stored().await, before, "{change}");
    }
}
