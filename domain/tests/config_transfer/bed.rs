//! A state in memory behind the sealing decorator, with the two use cases around it.
//!
//! Does NOT make claims; the cases do.

use loom_adapter_memory::{MemoryClock, MemoryRandomness, MemoryStateStore};
use loom_domain::account::{Role, Subject, Token, User};
use loom_domain::audit_trail::{Actor, AuditTrail};
use loom_domain::central::{Central, CentralName};
use loom_domain::config_document::{ConfigDocument, ReadDocument};
use loom_domain::config_section::{ConfigSection, ExpectedVersion, SectionWrite};
use loom_domain::ports::{Centrals, ConfigBatches, ConfigSections, KeySource, ResolvedKey, Tokens, Users};
use loom_domain::secret::sealed_store::{Plaintext, SealedStore};
use loom_domain::secret::{HeldKeys, MasterKey, SecretText, SecretValue};
use loom_domain::usecases::{
    ExportConfig, ExportSecrets, ImportConfig, ImportError, ImportMode, Imported, SecretStoring,
};
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const NOW: &str = "2026-11-23T12:00:00Z";

pub(crate) type Sealed = SealedStore<MemoryStateStore>;

pub(crate) struct Bed {
    pub(crate) inner: Arc<MemoryStateStore>,
    pub(crate) store: Arc<Sealed>,
    key: Option<u8>,
}

impl Bed {
    /// An empty state.
    pub(crate) fn new(key: Option<u8>) -> Self {
        Self::over(Arc::new(MemoryStateStore::new()), key)
    }

    /// A state with secrets of every kind, sealed under key 7.
    pub(crate) async fn filled() -> Self {
        let bed = Self::new(Some(7));
        bed.write("north.mqtt", json!({"broker_url": "tcp://a", "password": "mqtt-secret"})).await;
        bed.write("north.matter", json!({"commissioning": {"passcode": 20_202_021}})).await;
        bed.write("locale", json!({"locale": "de"})).await;
        let home = Central {
            username: Some("loom".into()),
            password: clear("home-secret"),
            interfaces: vec!["HmIP-RF".into()],
            ..central("home")
        };
        bed.store.put_central(&home).await.unwrap();
        bed.store
            .put_central(&Central { api_token: clear("token-secret"), ..central("cabin") })
            .await
            .unwrap();
        let now = NOW.parse().unwrap();
        let subject = Subject::parse("anna").unwrap();
        let user = User {
            subject: subject.clone(),
            password_hash: SecretText::new("$2a$12$hash-secret"),
            role: Role::Admin,
            created_at: now,
            updated_at: now,
            last_seen_at: None,
        };
        bed.inner.create_user(&user).await.unwrap();
        let token = Token {
            fingerprint: "0123456789ab".into(),
            token_hash: "0123456789ab".to_owned() + &"f".repeat(52),
            subject,
            role: Role::Viewer,
            created_at: now,
            last_seen_at: None,
            expires_at: None,
        };
        bed.inner.create_token(&token).await.unwrap();
        bed
    }

    /// The same state, seen with another key or none.
    pub(crate) fn with_key(&self, key: Option<u8>) -> Self {
        Self::over(Arc::clone(&self.inner), key)
    }

    fn over(inner: Arc<MemoryStateStore>, key: Option<u8>) -> Self {
        let key_of = |byte| ResolvedKey { key: MasterKey::from_bytes([byte; 32]), source: KeySource::Memory };
        let keys = Arc::new(HeldKeys::new(key.map(key_of)));
        let randomness = Arc::new(MemoryRandomness::default());
        let store = SealedStore::new(Arc::clone(&inner), keys, Plaintext::Refused, randomness);
        Self { inner, store: Arc::new(store), key }
    }

    pub(crate) async fn write(&self, name: &str, value: Value) {
        let write = SectionWrite {
            name: name.to_owned(),
            value,
            expected: ExpectedVersion::Any,
            at: "2026-11-22T22:15:30Z".parse().unwrap(),
            by: "anna".to_owned(),
        };
        self.store.write_section(&write).await.unwrap();
    }

    pub(crate) async fn export(&self, secrets: ExportSecrets) -> ConfigDocument {
        let export = ExportConfig {
            sections: self.store.clone(),
            centrals: self.store.clone(),
            users: self.inner.clone(),
            tokens: self.inner.clone(),
            clock: Arc::new(MemoryClock::new(NOW.parse().unwrap())),
            daemon_version: "1.2.3".to_owned(),
        };
        export.run(secrets).await.unwrap()
    }

    pub(crate) fn import(&self) -> ImportConfig {
        self.import_through(self.store.clone())
    }

    pub(crate) fn import_through(&self, batches: Arc<dyn ConfigBatches>) -> ImportConfig {
        let clock = Arc::new(MemoryClock::new(NOW.parse().unwrap()));
        ImportConfig {
            sections: self.store.clone(),
            centrals: self.store.clone(),
            batches,
            audit: AuditTrail { log: self.inner.clone(), clock: clock.clone() },
            clock,
            storing: if self.key.is_some() { SecretStoring::Possible } else { SecretStoring::NoMasterKey },
        }
    }

    pub(crate) async fn import_all(
        &self,
        document: &Value,
        mode: ImportMode,
    ) -> Result<Imported, ImportError> {
        let import = self.import();
        let plan = import.plan(&read(document), mode).await?;
        Ok(import.apply(plan, &actor()).await?.or_tell(|missing| panic!("{missing}")))
    }

    /// All there is, as it lies in the store.
    pub(crate) async fn stored(&self) -> (Vec<ConfigSection>, Vec<Central>) {
        (self.inner.list_sections().await.unwrap(), self.inner.list_centrals().await.unwrap())
    }

    pub(crate) async fn value(&self, section: &str) -> Option<Value> {
        self.store.find_section(section).await.unwrap().map(|section| section.value)
    }

    pub(crate) async fn central(&self, central: &str) -> Option<Central> {
        self.store.find_central(&name(central)).await.unwrap()
    }
}

pub(crate) fn actor() -> Actor {
    Actor::new(&Subject::parse("cli-import").unwrap(), "cli")
}

pub(crate) fn read(document: &Value) -> ReadDocument {
    ReadDocument::from_value(document).unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn name(name: &str) -> CentralName {
    CentralName::parse(name).unwrap()
}

pub(crate) fn central(called: &str) -> Central {
    Central::new(name(called), "ccu.local", "2026-11-22T22:15:30Z".parse().unwrap())
}

pub(crate) fn clear(text: &str) -> Option<SecretValue> {
    Some(SecretValue::Clear(SecretText::new(text)))
}
