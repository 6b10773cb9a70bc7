//! The cache of a central with every device there is: complete, small, and not read twice.

use crate::bed::{Bed, INTERFACE};
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::central::CentralName;
use loom_domain::device::{InterfaceRef, ParamsetId};
use loom_domain::ports::{Clock, Devices as _, Paramsets as _, Silent};
use loom_domain::usecases::{InterfaceReport, RefreshDevices, RefreshMemory, RefreshMode};
use loom_foreign_ccu::Truth;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use tempfile::TempDir;

struct Now;

impl Clock for Now {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

/// A cache in a file of its own.
struct Cache(TempDir);

impl Cache {
    fn open(&self) -> Arc<SqliteStateStore> {
        Arc::new(SqliteStateStore::open(&self.0.path().join("openccu-loom.db")).unwrap())
    }

    /// Refreshes as a daemon does that has just started.
    async fn refresh(&self, bed: &Bed) -> InterfaceReport {
        let store = self.open();
        let refresh = RefreshDevices {
            gateway: bed.gateway.clone(),
            interfaces: store.clone(),
            devices: store.clone(),
            paramsets: store,
            clock: Arc::new(Now),
            progress: Arc::new(Silent),
        };
        let mut memory = RefreshMemory::default();
        let report = refresh.run(&here().central, &mut memory, RefreshMode::Incremental).await.unwrap();
        let [interface] = <[InterfaceReport; 1]>::try_from(report.interfaces).unwrap();
        assert_eq!((&interface.error, &interface.kept, interface.pending), (&None, &None, 0));
        interface
    }

    /// Bytes of the database with all that lies beside it.
    fn bytes(&self) -> u64 {
        let files = fs::read_dir(self.0.path()).unwrap();
        files.map(|file| file.unwrap().metadata().unwrap().len()).sum()
    }
}

fn here() -> InterfaceRef {
    InterfaceRef { central: CentralName::parse("foreign").unwrap(), interface_id: INTERFACE.to_owned() }
}

#[tokio::test]
#[ignore = "needs Python with pydevccu"]
async fn every_device_there_is_fits_a_fifth_and_is_read_once() {
    let mut bed = Bed::new().await;
    let truth = bed.foreign.truth().unwrap();
    let cache = Cache(TempDir::new().unwrap());

    let first = cache.refresh(&bed).await;
    assert_eq!((first.listed, first.simplified), (2_696, false));
    holds(&cache, &truth).await;
    let stands_for = compact_bytes(&truth);
    assert!(cache.bytes() * 5 <= stands_for, "{} bytes for {stands_for}", cache.bytes());
    bed.foreign.calls().unwrap();

    let second = cache.refresh(&bed).await;
    assert_eq!((second.described, second.removed), (0, 0));
    assert_eq!(bed.foreign.calls().unwrap(), [["listDevices"]]);

    let device =
        truth.devices.iter().find(|device| device["PARAMSETS"].as_array().unwrap().len() == 2).unwrap();
    let address = device["ADDRESS"].as_str().unwrap();
    bed.foreign.set_firmware(address, "99.9.9").unwrap();
    cache.refresh(&bed).await;
    let calls = bed.foreign.calls().unwrap();
    assert_eq!((calls.len(), &calls[0]), (3, &vec!["listDevices".to_owned()]));
    assert!(calls[1..].iter().all(|call| call[..2] == ["getParamsetDescription", address]), "{calls:?}");
    let stored = cache.open().find_device(&here(), address).await.unwrap().unwrap();
    assert_eq!(stored.firmware, "99.9.9");
    cache.refresh(&bed).await;
    assert_eq!(bed.foreign.calls().unwrap(), [["listDevices"]]);
}

/// The cache has every device and every paramset as the central has it, and no other.
async fn holds(cache: &Cache, truth: &Truth) {
    let store = cache.open();
    let devices = store.list_devices(&here()).await.unwrap();
    let cached: BTreeMap<_, _> =
        devices.iter().map(|device| (&*device.address, &device.description)).collect();
    let wanted = truth.devices.iter().map(|device| (device["ADDRESS"].as_str().unwrap(), device)).collect();
    assert!(cached == wanted, "{} devices differ from {}", cached.len(), truth.devices.len());
    assert!(devices.iter().all(|device| !device.hash.is_empty()));
    let paramsets: BTreeMap<_, _> =
        truth.paramsets.iter().map(|(address, key, described)| ((address, key), described)).collect();
    assert_eq!(store.count_paramsets().await.unwrap().paramsets, paramsets.len() as u64);
    for ((address, key), described) in paramsets {
        let id =
            ParamsetId { interface: here(), channel_address: address.clone(), paramset_key: key.clone() };
        let content = store.find_paramset(&id).await.unwrap().unwrap().content;
        assert_eq!(&serde_json::from_str::<Value>(&content).unwrap(), described, "{key} of {address}");
    }
}

/// All that is cached, as JSON without a space.
fn compact_bytes(truth: &Truth) -> u64 {
    let paramsets: BTreeMap<_, _> =
        truth.paramsets.iter().map(|(address, key, described)| ((address, key), described)).collect();
    let bytes: usize =
        truth.devices.iter().chain(paramsets.into_values()).map(|value| value.to_string().len()).sum();
    bytes as u64
}
