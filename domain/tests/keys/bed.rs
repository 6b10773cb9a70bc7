//! A state full of secrets, the places of its key, and the use cases on them.
//!
//! Does NOT hold cases.

use async_trait::async_trait;
use loom_adapter_memory::{MemoryClock, MemoryKeyPlaces, MemoryRandomness, MemoryStateStore, MemoryWrapping};
use loom_contract::sealed_samples::seal_v1;
use loom_domain::audit::AuditFilter;
use loom_domain::audit_trail::{Actor, AuditAction, AuditDraft, AuditTrail};
use loom_domain::central::{Central, CentralName};
use loom_domain::config_section::{ExpectedVersion, SectionWrite};
use loom_domain::ports::{
    AuditLog, Centrals, Clock, ConfigSections, KeyProvider, KeyTarget, Randomness, ResealRecord, Resealed,
    Resealer, Resealing, SecretVisitor, StoreError,
};
use loom_domain::secret::sealed_store::{Plaintext, SealedStore};
use loom_domain::secret::{
    HeldKeys, KeyFingerprint, MasterKey, SecretPlace, SecretText, SecretValue, envelope,
};
use loom_domain::usecases::{KeyInventory, RecoverKeySwitch, RotateKey, RotateOrder, TakeKeyInventory};
use serde_json::json;
use std::sync::{Arc, Mutex};

pub(crate) struct Bed {
    pub(crate) store: Arc<MemoryStateStore>,
    pub(crate) places: MemoryKeyPlaces,
    pub(crate) kms: MemoryWrapping,
    pub(crate) clock: Arc<MemoryClock>,
    pub(crate) randomness: Arc<dyn Randomness>,
}

pub(crate) fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

pub(crate) fn actor() -> Actor {
    Actor::anonymous("test")
}

pub(crate) fn order(target: KeyTarget) -> RotateOrder {
    RotateOrder { target, new_key: None, leave_unreadable: false, actor: actor() }
}

impl Bed {
    /// A data dir with key 1 in its file and nothing in its state.
    pub(crate) fn empty() -> Self {
        let randomness: Arc<dyn Randomness> = Arc::new(MemoryRandomness::default());
        let kms = MemoryWrapping::new(key(99), randomness.clone());
        Self {
            store: Arc::new(MemoryStateStore::new()),
            places: MemoryKeyPlaces::new(Some(key(1)), kms.clone()),
            kms,
            clock: Arc::new(MemoryClock::new("2026-11-23T12:00:00Z".parse().unwrap())),
            randomness,
        }
    }

    /// The same with secrets: two of version 1, two of version 2, one in clear.
    pub(crate) async fn full() -> Self {
        let bed = Self::empty();
        let v1 = |secret: &str| seal_v1(&key(1), secret);
        let mut old = central("old");
        old.password = Some(SecretValue::Sealed(v1("old password")));
        bed.store.put_central(&old).await.unwrap();
        bed.section("north.mqtt", json!({"password": v1("mqtt password"), "topic": "enc:v9"})).await;
        let mut new = central("new");
        let place = SecretPlace::of_central("new", "password_plain");
        new.password = Some(SecretValue::Sealed(bed.v2(1, &place, "new password")));
        new.api_token = Some(SecretValue::Clear(SecretText::new("clear token")));
        bed.store.put_central(&new).await.unwrap();
        let place = SecretPlace::of_section("north.matter", "commissioning.passcode");
        let passcode = bed.v2(1, &place, "20202021");
        bed.section("north.matter", json!({"commissioning": {"passcode": passcode, "salt": null}})).await;
        bed
    }

    pub(crate) fn v2(&self, by: u8, place: &SecretPlace, secret: &str) -> String {
        envelope::seal(&key(by), place, &SecretText::new(secret), &*self.randomness).unwrap()
    }

    async fn section(&self, name: &str, value: serde_json::Value) {
        let (expected, at) = (ExpectedVersion::Any, "2026-11-23T11:00:00Z".parse().unwrap());
        let write = SectionWrite { name: name.to_owned(), value, expected, at, by: "test".to_owned() };
        self.store.write_section(&write).await.unwrap();
    }

    /// Everything secret as a daemon with the present key would show it.
    pub(crate) async fn secrets(&self) -> Vec<String> {
        let held = Arc::new(HeldKeys::new(self.places.resolve().await.unwrap()));
        secrets_of(&self.sealed(held)).await
    }

    pub(crate) fn sealed(&self, held: Arc<HeldKeys>) -> SealedStore<MemoryStateStore> {
        SealedStore::new(self.store.clone(), held, Plaintext::Refused, self.randomness.clone())
    }

    pub(crate) async fn inventory(&self) -> KeyInventory {
        let key = self.places.resolve().await.unwrap().map(|resolved| resolved.key);
        TakeKeyInventory { resealing: self.store.clone() }.run(key.as_ref()).await.unwrap()
    }

    pub(crate) fn rotate(&self) -> RotateKey {
        RotateKey {
            keys: Arc::new(self.places.clone()),
            switch: Arc::new(self.places.clone()),
            old: Arc::new(self.places.clone()),
            resealing: self.store.clone(),
            randomness: self.randomness.clone(),
            clock: self.clock.clone(),
            held: None,
        }
    }

    /// Leaves the record of a rotation to that key, and every value as it is.
    pub(crate) async fn note_rotation_to(&self, byte: u8) {
        struct Nothing;
        impl Resealer for Nothing {
            fn reseal(&self, _: &SecretPlace, _: &str) -> Result<Option<String>, StoreError> {
                Ok(None)
            }
        }
        let begun_at = self.clock.now();
        let audit = AuditDraft::new(&actor(), AuditAction::KeyRotate, "").at(begun_at);
        let record = ResealRecord { key: key(byte).fingerprint(), begun_at, audit };
        self.store.reseal(Arc::new(Nothing), &record).await.unwrap();
    }

    pub(crate) fn recover(&self) -> RecoverKeySwitch {
        RecoverKeySwitch { switch: Arc::new(self.places.clone()), resealing: self.store.clone() }
    }

    pub(crate) fn audit(&self) -> AuditTrail {
        AuditTrail { log: self.store.clone(), clock: self.clock.clone() }
    }

    /// The notes of the newest entries of that action.
    pub(crate) async fn audit_notes(&self, action: &str) -> Vec<String> {
        let filter = AuditFilter {
            device_prefix: None,
            action_part: Some(action.to_owned()),
            central: None,
            since: None,
            until: None,
            limit: 10,
        };
        let entries = self.store.query_audit(&filter).await.unwrap();
        entries.into_iter().filter_map(|recorded| recorded.entry.note).collect()
    }

    pub(crate) async fn present(&self) -> MasterKey {
        self.places.resolve().await.unwrap().unwrap().key
    }
}

/// What `Bed::full` holds, as it is shown.
pub(crate) const SECRETS: [&str; 5] =
    ["new password", "clear token", "old password", "20202021", "\"mqtt password\""];

pub(crate) async fn secrets_of(sealed: &SealedStore<MemoryStateStore>) -> Vec<String> {
    let mut shown = Vec::new();
    for central in sealed.list_centrals().await.unwrap() {
        for value in [central.password, central.api_token].into_iter().flatten() {
            shown.push(match value {
                SecretValue::Clear(text) => text.reveal().to_owned(),
                SecretValue::Sealed(sealed) => sealed,
            });
        }
    }
    for section in sealed.list_sections().await.unwrap() {
        match section.name.as_str() {
            "north.mqtt" => shown.push(section.value["password"].to_string()),
            _ => shown.push(section.value["commissioning"]["passcode"].to_string()),
        }
    }
    shown
}

pub(crate) fn central(name: &str) -> Central {
    Central::new(CentralName::parse(name).unwrap(), "ccu", "2026-11-23T11:00:00Z".parse().unwrap())
}

/// A store that fails to re-seal, after it did or in the middle of it, and takes later writes or not.
pub(crate) struct Failing {
    inner: Arc<MemoryStateStore>,
    after: bool,
    full: bool,
    /// What was written of a commit and not announced, until something is written over it.
    half: Mutex<Option<(Arc<dyn Resealer>, ResealRecord)>>,
}

impl Failing {
    pub(crate) fn new(inner: Arc<MemoryStateStore>, after: bool, full: bool) -> Arc<Self> {
        Arc::new(Self { inner, after, full, half: Mutex::default() })
    }

    /// Starts anew from what was written: a commit that was not announced is taken for one then.
    pub(crate) async fn lose_power(&self) {
        let half = self.half.lock().unwrap().take();
        if let Some((resealer, record)) = half {
            self.inner.reseal(resealer, &record).await.unwrap();
        }
    }
}

fn broken() -> StoreError {
    StoreError::Unavailable("the disk is gone".into())
}

#[async_trait]
impl Resealing for Failing {
    async fn visit_secrets(&self, visitor: Arc<dyn SecretVisitor>) -> Result<(), StoreError> {
        self.inner.visit_secrets(visitor).await
    }

    async fn reseal(
        &self,
        resealer: Arc<dyn Resealer>,
        record: &ResealRecord,
    ) -> Result<Resealed, StoreError> {
        match self.after {
            true => _ = self.inner.reseal(resealer, record).await?,
            false => *self.half.lock().unwrap() = Some((resealer, record.clone())),
        }
        Err(broken())
    }

    async fn rule_out(&self, record: &ResealRecord) -> Result<bool, StoreError> {
        if self.full {
            return Err(broken());
        }
        self.half.lock().unwrap().take();
        self.inner.rule_out(record).await
    }

    async fn resealed_with(&self) -> Result<Option<KeyFingerprint>, StoreError> {
        self.inner.resealed_with().await
    }
}
