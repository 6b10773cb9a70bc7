//! A sample state: what the database of a well-filled home looks like, secrets sealed.
//!
//! Does NOT copy anybody's data: names and addresses are made up.

use super::DemoError;
use jiff::Timestamp;
use loom_adapter_keys::{FileKey, OsRandomness};
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::account::{Role, Subject, User};
use loom_domain::audit::AuditEntry;
use loom_domain::central::{Central, CentralName};
use loom_domain::config_section::{ConfigSection, ExpectedVersion, SectionWrite};
use loom_domain::device::{Device, InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::{
    AuditLog, Centrals, ConfigSections, Devices, KeyProvider, KeyVault, Paramsets, Users,
};
use loom_domain::secret::sealed_store::{Plaintext, SealedStore};
use loom_domain::secret::{HeldKeys, SecretText, SecretValue};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const ROOMS: [&str; 10] = [
    "Wohnzimmer",
    "Küche",
    "Bad",
    "Schlafzimmer",
    "Kinderzimmer",
    "Flur",
    "Büro",
    "Keller",
    "Garage",
    "Gäste-WC",
];
const MODELS: [(&str, usize); 6] = [
    ("HmIP-eTRV-2", 1),
    ("HmIP-WTH-2", 3),
    ("HmIP-SWDO", 1),
    ("HmIP-BROLL", 4),
    ("HmIP-PSM", 6),
    ("HmIP-DLD", 2),
];
const DEVICES: usize = 360;

/// A sample state on disk, its secrets opened on reading.
#[derive(Clone)]
pub(super) struct SampleState {
    store: SqliteStateStore,
    sealed: Arc<SealedStore<SqliteStateStore>>,
}

/// What must be equal after a restore.
#[derive(Debug, PartialEq)]
pub(super) struct Contents {
    pub(super) centrals: Vec<Central>,
    pub(super) sections: Vec<ConfigSection>,
    pub(super) users: Vec<User>,
    pub(super) devices: usize,
    pub(super) paramsets: u64,
}

impl SampleState {
    /// Creates key and database in a new data dir and fills them.
    pub(super) async fn create(data_dir: &Path) -> Result<Self, DemoError> {
        std::fs::create_dir_all(data_dir)?;
        FileKey::new(data_dir.join("secret.key")).create().await?;
        let state = Self::open(data_dir).await?;
        state.fill().await?;
        Ok(state)
    }

    /// Opens an existing one with the key beside it.
    pub(super) async fn open(data_dir: &Path) -> Result<Self, DemoError> {
        let resolved = FileKey::new(data_dir.join("secret.key")).resolve().await?;
        let keys = Arc::new(HeldKeys::new(resolved));
        let store = SqliteStateStore::open(&data_dir.join("openccu-loom.db"))?;
        let inner = Arc::new(store.clone());
        let sealed = Arc::new(SealedStore::new(inner, keys, Plaintext::Refused, Arc::new(OsRandomness)));
        Ok(Self { store, sealed })
    }

    /// What is in it, in words.
    pub(super) fn describe(&self) -> String {
        format!("2 centrals, {DEVICES} devices, 2 users, sealed passwords")
    }

    pub(super) async fn contents(&self) -> Result<Contents, DemoError> {
        let mut devices = 0;
        for central in ["haus", "ferienhaus"] {
            let listed = self.store.list_devices(&interface(central)?).await?;
            // Channels are listed too, each with its device as parent.
            devices += listed.iter().filter(|device| device.parent.is_empty()).count();
        }
        Ok(Contents {
            centrals: self.sealed.list_centrals().await?,
            sections: self.sealed.list_sections().await?,
            users: self.store.list_users().await?,
            devices,
            paramsets: self.store.count_paramsets().await?.paramsets,
        })
    }

    /// Commits one transaction after the other until told to stop; returns how many.
    pub(super) async fn write_until(self, stop: Arc<AtomicBool>) -> Result<u64, DemoError> {
        let mut written = 0;
        while !stop.load(Ordering::Relaxed) || written == 0 {
            let entry = AuditEntry {
                timestamp: Timestamp::now(),
                user: "anna".to_owned(),
                action: "paramset_write".to_owned(),
                central: None,
                device_address: Some("0010D3A99C0001".to_owned()),
                channel_no: Some(1),
                paramset: Some("MASTER".to_owned()),
                peer: None,
                parameter: Some("TEMPERATURE_OFFSET".to_owned()),
                note: Some(format!("write {written}")),
                changes: None,
            };
            self.store.append_audit(&entry).await?;
            written += 1;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(written)
    }

    async fn fill(&self) -> Result<(), DemoError> {
        let now = Timestamp::now();
        for (name, host, password) in
            [("haus", "ccu3.lan", "Öffne dich"), ("ferienhaus", "10.8.0.2", "sesam")]
        {
            let name = CentralName::parse(name).map_err(broken)?;
            let mut central = Central::new(name, host, now);
            // They are nowhere: the daemon of the demonstration must not look for them on somebody's network.
            central.enabled = false;
            central.username = Some("loom".to_owned());
            central.password = Some(SecretValue::Clear(SecretText::new(password)));
            central.interfaces = vec!["HmIP-RF".to_owned(), "BidCos-RF".to_owned()];
            self.sealed.put_central(&central).await?;
        }
        for (name, value) in [
            ("north.mqtt", json!({"broker_url": "mqtt://broker.lan", "password": "mqtt-geheim"})),
            ("north.matter", json!({"commissioning": {"passcode": 20_202_021, "salt": "c2FsdA=="}})),
            ("locale", json!({"locale": "de", "theme": "system"})),
        ] {
            let expected = ExpectedVersion::Absent;
            let (name, by) = (name.to_owned(), "demo".to_owned());
            self.sealed.write_section(&SectionWrite { name, value, expected, at: now, by }).await?;
        }
        for (name, role) in [("anna", Role::Admin), ("gast", Role::Viewer)] {
            let subject = Subject::parse(name).map_err(broken)?;
            let password_hash = SecretText::new("$argon2id$v=19$m=19456,t=2,p=1$ZGVtbw$demo");
            let user =
                User { subject, password_hash, role, created_at: now, updated_at: now, last_seen_at: None };
            self.store.create_user(&user).await?;
        }
        self.fill_devices(now).await
    }

    async fn fill_devices(&self, now: Timestamp) -> Result<(), DemoError> {
        let (mut devices, mut paramsets) = (Vec::new(), Vec::new());
        for n in 0..DEVICES {
            let interface = interface(if n % 4 == 3 { "ferienhaus" } else { "haus" })?;
            let (model, channels) = MODELS[n % MODELS.len()];
            let room = ROOMS[n % ROOMS.len()];
            let address = format!("{:014X}", (0x10_D3A9_9C00_u64 << 8) + n as u64);
            let device = |address: String, parent: &str| Device {
                interface: interface.clone(),
                device_type: model.to_owned(),
                parent: parent.to_owned(),
                firmware: "2.6.2".to_owned(),
                model: model.to_owned(),
                manufacturer: "eQ-3".to_owned(),
                product_group: "HmIP-RF".to_owned(),
                hash: String::new(),
                description: json!({"ADDRESS": address, "TYPE": model, "NAME": format!("{room} {n}")}),
                address,
                updated_at: now,
            };
            for channel in 0..=channels {
                let channel_address = format!("{address}:{channel}");
                devices.push(device(channel_address.clone(), &address));
                for key in ["MASTER", "VALUES"] {
                    let id = ParamsetId {
                        interface: interface.clone(),
                        channel_address: channel_address.clone(),
                        paramset_key: key.to_owned(),
                    };
                    paramsets.push(Paramset { id, content: content(model, channel, key), updated_at: now });
                }
            }
            devices.push(device(address, ""));
        }
        self.store.put_devices(&devices).await?;
        self.store.put_paramsets(&paramsets).await?;
        Ok(())
    }
}

fn interface(central: &str) -> Result<InterfaceRef, DemoError> {
    let central = CentralName::parse(central).map_err(broken)?;
    Ok(InterfaceRef { interface_id: format!("{central}-HmIP-RF"), central })
}

/// A paramset description; channels of one model share it, as they do on a real central.
fn content(model: &str, channel: usize, key: &str) -> String {
    let parameter = |n: usize| {
        json!({"ID": format!("{key}_PARAMETER_{n}"), "TYPE": "FLOAT", "MIN": -3.5, "MAX": 3.5 + n as f64,
               "DEFAULT": 0.0, "UNIT": "°C", "OPERATIONS": 7, "FLAGS": 1, "TAB_ORDER": n})
    };
    let parameters: Vec<_> = (0..24 + channel).map(parameter).collect();
    json!({"MODEL": model, "CHANNEL": channel, "PARAMETERS": parameters}).to_string()
}

fn broken(error: impl std::fmt::Display) -> DemoError {
    DemoError::Broken(error.to_string())
}
