//! What is told: each write with its end, each failure the store is to blame for, and nothing else.

use async_trait::async_trait;
use loom_adapter_memory::MemoryStateStore;
use loom_domain::central::{Central, CentralName};
use loom_domain::config_section::{ExpectedVersion, SectionWrite};
use loom_domain::observed_store::{ObservedStore, ObservedWrite, StoreCall, StoreObserver};
use loom_domain::ports::{Centrals, ConfigSections, StoreError};
use serde_json::json;
use std::future::pending;
use std::sync::{Arc, Mutex};

/// Keeps what it is told, in words.
#[derive(Clone, Default)]
pub(super) struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn tell(&self, words: String) {
        self.0.lock().unwrap().push(words);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

struct Write(Told, StoreCall);

impl StoreObserver for Told {
    fn write_began(&self, call: StoreCall) -> Box<dyn ObservedWrite> {
        self.tell(format!("{}.{} began", call.role, call.method));
        Box::new(Write(self.clone(), call))
    }

    fn failed(&self, call: StoreCall, error: &StoreError) {
        self.tell(format!("{} failed: {error}", call.method));
    }
}

impl ObservedWrite for Write {
    fn ended(self: Box<Self>, fault: Option<&StoreError>) {
        let how = if fault.is_some() { " by a fault" } else { "" };
        self.0.tell(format!("{} ended{how}", self.1.method));
    }
}

fn observed() -> (ObservedStore<MemoryStateStore>, Told) {
    let told = Told::default();
    (ObservedStore::new(Arc::new(MemoryStateStore::new()), Arc::new(told.clone())), told)
}

fn name() -> CentralName {
    CentralName::parse("attic").unwrap()
}

fn central() -> Central {
    Central::new(name(), "ccu3.local", "2026-11-22T22:15:30Z".parse().unwrap())
}

#[tokio::test]
async fn a_write_is_told_with_its_end_and_a_read_is_not_told() {
    let (store, told) = observed();
    store.put_central(&central()).await.unwrap();
    assert_eq!(told.take(), ["Centrals.put_central began", "put_central ended"]);
    assert_eq!(store.list_centrals().await.unwrap().len(), 1);
    assert!(told.take().is_empty());
}

#[tokio::test]
async fn what_a_healthy_store_refuses_is_no_failure_of_it() {
    let (store, told) = observed();
    let missing = store.remove_central(&name()).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotFound { .. }), "{missing}");
    let write = SectionWrite {
        name: "locale".to_owned(),
        value: json!({}),
        expected: ExpectedVersion::Exactly(7),
        at: "2026-11-22T22:15:30Z".parse().unwrap(),
        by: "anna".to_owned(),
    };
    let conflict = store.write_section(&write).await.unwrap_err();
    assert!(matches!(conflict, StoreError::Conflict { .. }), "{conflict}");
    let told = told.take();
    assert!(!told.iter().any(|words| words.contains("failed")), "{told:?}");
    assert_eq!(told.len(), 4, "{told:?}");
}

/// Fails at whatever it is asked; a removal never ends.
struct Broken;

fn gone() -> StoreError {
    StoreError::Unavailable("disk on fire".into())
}

#[async_trait]
impl Centrals for Broken {
    async fn list_centrals(&self) -> Result<Vec<Central>, StoreError> {
        let name = "attic".to_owned();
        Err(StoreError::Unreadable { what: "central", name, reason: "no JSON".to_owned() })
    }

    async fn find_central(&self, _: &CentralName) -> Result<Option<Central>, StoreError> {
        Err(gone())
    }

    async fn put_central(&self, _: &Central) -> Result<(), StoreError> {
        Err(gone())
    }

    async fn remove_central(&self, _: &CentralName) -> Result<(), StoreError> {
        pending().await
    }
}

#[tokio::test]
async fn every_failure_of_the_store_is_told_once_and_comes_out_as_it_was() {
    let told = Told::default();
    let store = ObservedStore::new(Arc::new(Broken), Arc::new(told.clone()));
    let error = store.put_central(&central()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    let failed = "put_central failed: the state store is unavailable: disk on fire";
    assert_eq!(told.take(), ["Centrals.put_central began", failed, "put_central ended by a fault"]);
    store.find_central(&name()).await.unwrap_err();
    store.list_centrals().await.unwrap_err();
    let unreadable = "list_centrals failed: the stored central `attic` cannot be read: no JSON";
    assert_eq!(
        told.take(),
        ["find_central failed: the state store is unavailable: disk on fire", unreadable]
    );
}

#[tokio::test]
async fn a_write_nobody_waits_for_has_no_end() {
    let told = Told::default();
    let store = ObservedStore::new(Arc::new(Broken), Arc::new(told.clone()));
    let name = name();
    tokio::select! {
        biased;
        _ = store.remove_central(&name) => unreachable!("it never ends"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(told.take(), ["Centrals.remove_central began"]);
}
