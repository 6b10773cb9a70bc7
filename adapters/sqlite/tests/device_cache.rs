//! The cache of devices and paramsets on the disk: how small it is, and how one of an earlier schema goes on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use jiff::Timestamp;
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::central::CentralName;
use loom_domain::device::{Device, InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::{Devices, ParamsetCounts, Paramsets, StoreError};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// As many devices and channels as the biggest installation in mind has.
const ROWS: usize = 2_696;
const CHANNELS_OF_ONE: usize = 7;
/// Paramsets are alike among devices of one type.
const TYPES: usize = 120;

#[tokio::test]
async fn a_cache_takes_a_fifth_of_what_it_stands_for() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("openccu-loom.db");
    let store = SqliteStateStore::open(&path).unwrap();
    let (mut stands_for, mut paramsets) = (0, 0);
    for n in 0..ROWS.div_ceil(CHANNELS_OF_ONE + 1) {
        let devices: Vec<_> = (0..=CHANNELS_OF_ONE).map(|channel| device(n, channel)).collect();
        let sets: Vec<_> = (0..=CHANNELS_OF_ONE).flat_map(|channel| sets(n, channel)).collect();
        stands_for += devices.iter().map(|device| device.description.to_string().len()).sum::<usize>();
        stands_for += sets.iter().map(|set| set.content.len()).sum::<usize>();
        paramsets += sets.len();
        store.put_devices(&devices).await.unwrap();
        store.put_paramsets(&sets).await.unwrap();
    }
    assert!((7_500..8_500).contains(&paramsets), "{paramsets} paramsets");
    let last = sets(TYPES, 3).remove(1);
    assert_eq!(store.find_paramset(&last.id).await.unwrap(), Some(last));
    let on_disk = checkpointed_size(store, &path);
    assert!(on_disk * 5 <= stands_for as u64, "{on_disk} bytes for {stands_for}");
}

#[tokio::test]
async fn a_description_that_could_not_be_read_again_is_refused_with_its_batch() {
    let dir = TempDir::new().unwrap();
    let store = SqliteStateStore::open(&dir.path().join("openccu-loom.db")).unwrap();
    let endless = "x".repeat(64 << 20);
    let devices = [device(0, 0), Device { description: json!(endless), ..device(0, 1) }];
    let error = store.put_devices(&devices).await.unwrap_err();
    let named = |error: &StoreError, wanted: &str| matches!(error, StoreError::TooLarge { name, .. } if name == wanted);
    assert!(named(&error, &devices[1].address), "{error}");
    assert_eq!(store.list_devices(&here()).await.unwrap(), []);

    let mut sets = sets(0, 1);
    sets[1].content = endless + "x";
    let error = store.put_paramsets(&sets).await.unwrap_err();
    let id = &sets[1].id;
    assert!(named(&error, &format!("{} {}", id.channel_address, id.paramset_key)), "{error}");
    assert_eq!(store.count_paramsets().await.unwrap().paramsets, 0);
}

#[tokio::test]
async fn a_cache_of_schema_101_reads_the_same_and_is_packed_when_it_is_written() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("openccu-loom.db");
    let mut raw = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    for migration in [
        include_str!("../migrations/00000000000100_baseline/up.sql"),
        include_str!("../migrations/00000000000101_state_marks/up.sql"),
        CACHE_OF_101,
    ] {
        raw.batch_execute(migration).unwrap();
    }
    drop(raw);

    let store = SqliteStateStore::open(&path).unwrap();
    let device = store.find_device(&here(), "A").await.unwrap().unwrap();
    assert_eq!(device.description, json!({"ADDRESS": "Küche"}));
    // The row without content is gone; its central is asked again.
    let counts = ParamsetCounts { paramsets: 3, contents: 2 };
    assert_eq!(store.count_paramsets().await.unwrap(), counts);
    let mut contents = Vec::new();
    for channel in ["A:1", "A:2", "A:3"] {
        contents.push(store.find_paramset(&id(channel, "MASTER")).await.unwrap().unwrap().content);
    }
    assert_eq!(contents, ["{ \"T\": 21.50 }", "{ \"T\": 21.50 }", "{\"own\":1}"]);

    store.put_devices(std::slice::from_ref(&device)).await.unwrap();
    assert_eq!(store.find_device(&here(), "A").await.unwrap(), Some(device));
    let shared = Paramset { id: id("A:3", "MASTER"), content: contents[0].clone(), updated_at: at() };
    store.put_paramsets(std::slice::from_ref(&shared)).await.unwrap();
    assert_eq!(store.find_paramset(&shared.id).await.unwrap(), Some(shared));
    let counts = ParamsetCounts { paramsets: 3, contents: 1 };
    assert_eq!(store.count_paramsets().await.unwrap(), counts);
    assert_eq!(store.remove_device(&here(), "A").await.unwrap(), 1);
    assert_eq!(
        store.count_paramsets().await.unwrap(),
        ParamsetCounts { paramsets: 0, contents: 0 },
        "uses of contents were counted when the schema changed"
    );
}

const CACHE_OF_101: &str = r#"
CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
    run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000100'), ('00000000000101');
INSERT INTO devices VALUES
    ('home', 'HmIP-RF', 'A', '', '', '', '', '', '', '', '{"ADDRESS":"Küche"}', '2026-11-22T22:15:30.000000Z');
INSERT INTO paramset_contents VALUES ('9e80906c81ab38babdb1bc7bc642f3491607263ac3cae7abf44d6689527698d1', '{ "T": 21.50 }'), ('nobody', '{}');
INSERT INTO paramsets VALUES
    ('home', 'HmIP-RF', 'A:1', 'MASTER', '9e80906c81ab38babdb1bc7bc642f3491607263ac3cae7abf44d6689527698d1', '', '2026-11-22T22:15:30.000000Z'),
    ('home', 'HmIP-RF', 'A:2', 'MASTER', '9e80906c81ab38babdb1bc7bc642f3491607263ac3cae7abf44d6689527698d1', '', '2026-11-22T22:15:30.000000Z'),
    ('home', 'HmIP-RF', 'A:3', 'MASTER', '9e80906c81ab38babdb1bc7bc642f3491607263ac3cae7abf44d6689527698d1', '{"own":1}', '2026-11-22T22:15:30.000000Z'),
    ('home', 'HmIP-RF', 'A:4', 'MASTER', 'missing', '', '2026-11-22T22:15:30.000000Z');"#;

/// The size of a database once its log is folded into it.
fn checkpointed_size(store: SqliteStateStore, path: &Path) -> u64 {
    drop(store);
    let mut raw = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    raw.batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    fs::metadata(path).unwrap().len()
}

fn here() -> InterfaceRef {
    InterfaceRef { central: CentralName::parse("home").unwrap(), interface_id: "HmIP-RF".to_owned() }
}

fn at() -> Timestamp {
    "2026-11-22T22:15:30Z".parse().unwrap()
}

fn id(channel: &str, key: &str) -> ParamsetId {
    ParamsetId { interface: here(), channel_address: channel.to_owned(), paramset_key: key.to_owned() }
}

/// The address of the nth device, which is like no other and in no order.
fn address(n: usize) -> String {
    format!("{:014X}", (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 8)
}

/// A device (channel 0) or one of its channels, shaped as centrals describe them.
fn device(n: usize, channel: usize) -> Device {
    let (device, device_type) = (address(n), format!("HmIP-TYPE-{}", n % TYPES));
    let of_device = || {
        let children: Vec<_> = (1..=CHANNELS_OF_ONE).map(|channel| format!("{device}:{channel}")).collect();
        json!({"ADDRESS": device, "AVAILABLE_FIRMWARE": "0.0.0", "CHILDREN": children, "DIRECTION": 0, "FIRMWARE": "1.4.6",
            "FLAGS": 1, "INTERFACE": "3014F711A0001F20C9A5B1D2", "PARAMSETS": ["MASTER", "SERVICE"], "PARENT": "",
            "RX_MODE": 2, "TYPE": device_type, "UPDATABLE": true, "VERSION": 12})
    };
    let of_channel = || {
        json!({"ADDRESS": format!("{device}:{channel}"), "AES_ACTIVE": 1, "DIRECTION": 1, "FLAGS": 1, "INDEX": channel,
            "LINK_SOURCE_ROLES": "KEYMATIC SWITCH WINDOW_SWITCH_RECEIVER", "LINK_TARGET_ROLES": "CONDITIONAL_SWITCH",
            "PARAMSETS": ["MASTER", "VALUES", "LINK"], "PARENT": device, "PARENT_TYPE": device_type,
            "TYPE": format!("SWITCH_TRANSMITTER_{channel}"), "VERSION": 12})
    };
    let description: Value = if channel == 0 { of_device() } else { of_channel() };
    Device {
        interface: here(),
        address: description["ADDRESS"].as_str().unwrap().to_owned(),
        device_type: description["TYPE"].as_str().unwrap().to_owned(),
        parent: description["PARENT"].as_str().unwrap().to_owned(),
        firmware: "1.4.6".to_owned(),
        model: device_type,
        manufacturer: "eQ-3".to_owned(),
        product_group: "HmIP".to_owned(),
        hash: format!("{n:064x}"),
        description,
        updated_at: at(),
    }
}

/// The paramsets of a channel: those of one type of device differ from those of another, and among its channels.
fn sets(n: usize, channel: usize) -> Vec<Paramset> {
    let keys = if channel == 0 { &["MASTER", "SERVICE"][..] } else { &["MASTER", "VALUES", "LINK"] };
    let channel_address = if channel == 0 { address(n) } else { format!("{}:{channel}", address(n)) };
    let of = |key: &&str| Paramset {
        id: id(&channel_address, key),
        content: content(n % TYPES, channel, key).to_string(),
        updated_at: at(),
    };
    keys.iter().map(of).collect()
}

fn content(device_type: usize, channel: usize, key: &str) -> Value {
    let parameter = |n: usize| {
        let name = format!("{key}_PARAMETER_{n}_OF_{device_type}");
        let description = json!({"DEFAULT": n, "FLAGS": 1, "ID": name, "MAX": device_type * 8 + channel, "MIN": 0,
            "OPERATIONS": 7, "TAB_ORDER": n, "TYPE": "INTEGER", "UNIT": "100%"});
        (name, description)
    };
    Value::Object((0..15).map(parameter).collect())
}
