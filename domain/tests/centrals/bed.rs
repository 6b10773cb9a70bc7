//! A central in memory with some devices, and everything that backs it up, restores it and reads it.
//!
//! Does NOT make claims; the cases do.

use async_trait::async_trait;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use loom_adapter_memory::{
    MemoryCcu, MemoryCcuBackupFiles, MemoryClock, MemoryPauses, MemoryProgress, MemoryStateStore,
};
use loom_domain::ccu::CcuFacts;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId, CcuBackupState};
use loom_domain::ccu_failure::CcuFailure;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreState, CcuRestoreStep};
use loom_domain::central::CentralName;
use loom_domain::device::InterfaceRef;
use loom_domain::ports::*;
use loom_domain::usecases::*;
use serde_json::json;
use std::sync::{Arc, Mutex};

pub(crate) const NOW: &str = "2026-11-23T03:15:00Z";
pub(crate) const SERIAL: &str = "3014F711A0001F0000000001";

pub(crate) struct Bed {
    pub(crate) ccu: MemoryCcu,
    pub(crate) files: MemoryCcuBackupFiles,
    pub(crate) store: Arc<MemoryStateStore>,
    pub(crate) clock: MemoryClock,
    pub(crate) pauses: Arc<MemoryPauses>,
    pub(crate) progress: Arc<MemoryProgress>,
    pub(crate) watched: Arc<Watched>,
}

/// Everything the watch was told.
#[derive(Default)]
pub(crate) struct Watched {
    pub(crate) backups: Mutex<Vec<CcuBackup>>,
    pub(crate) restores: Mutex<Vec<CcuRestore>>,
}

impl RecordWatch for Watched {
    fn backup_changed(&self, backup: &CcuBackup) {
        self.backups.lock().unwrap().push(backup.clone());
    }
    fn restore_changed(&self, restore: &CcuRestore) {
        self.restores.lock().unwrap().push(restore.clone());
    }
}

pub(crate) fn central() -> CentralName {
    CentralName::parse("ccu").unwrap()
}

pub(crate) fn id(text: &str) -> CcuBackupId {
    CcuBackupId::parse(text).unwrap()
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

pub(crate) fn interface(id: &str) -> InterfaceRef {
    InterfaceRef { central: central(), interface_id: id.to_owned() }
}

pub(crate) fn facts(serial: &str, firmware: &str) -> CcuFacts {
    let (product, host_name) = ("OpenCCU".to_owned(), "ccu3".to_owned());
    CcuFacts { serial: serial.to_owned(), product, firmware: firmware.to_owned(), host_name }
}

/// A device with one channel per number, each with two paramsets.
pub(crate) fn device(address: &str, channels: usize) -> Vec<CcuDevice> {
    let channel = |number| format!("{address}:{number}");
    let children: Vec<String> = (0..channels).map(channel).collect();
    let one = |address: String, parent: &str, children: &[String]| CcuDevice {
        device_type: if parent.is_empty() { "HmIP-BSM" } else { "MAINTENANCE" }.to_owned(),
        parent: parent.to_owned(),
        firmware: if parent.is_empty() { "1.6.0" } else { "" }.to_owned(),
        paramset_keys: vec!["MASTER".to_owned(), "VALUES".to_owned()],
        description: json!({
            "ADDRESS": address, "VERSION": 1, "CHILDREN": children, "PARAMSETS": ["MASTER", "VALUES"],
        }),
        address,
    };
    let mut all = vec![one(address.to_owned(), "", &children)];
    all.extend(children.iter().map(|child| one(child.clone(), address, &[])));
    all
}

/// So many devices, each with two channels: three addresses each.
pub(crate) fn devices(number: usize) -> Vec<CcuDevice> {
    (0..number).flat_map(|number| device(&format!("ABC{number:07}"), 2)).collect()
}

impl Bed {
    pub(crate) fn new() -> Self {
        let clock = MemoryClock::new(now());
        let pauses = Arc::new(MemoryPauses::moving(clock.clone()));
        Self::with_pauses(clock, pauses)
    }

    pub(crate) fn with_pauses(clock: MemoryClock, pauses: Arc<MemoryPauses>) -> Self {
        let ccu = MemoryCcu::new(facts(SERIAL, "3.87.6.20260101"));
        ccu.count_uptime_by(clock.clone());
        ccu.put_interface("HmIP-RF", devices(4));
        ccu.put_interface("BidCos-RF", devices(2));
        Self {
            ccu,
            files: MemoryCcuBackupFiles::new(),
            store: Arc::new(MemoryStateStore::new()),
            clock,
            pauses,
            progress: Arc::default(),
            watched: Arc::default(),
        }
    }

    pub(crate) fn back_up(&self) -> BackUpCentral {
        self.back_up_on(self.store.clone(), Arc::new(self.files.clone()))
    }

    pub(crate) fn back_up_on(
        &self,
        records: Arc<dyn CcuBackups>,
        files: Arc<dyn CcuBackupFiles>,
    ) -> BackUpCentral {
        BackUpCentral {
            gateway: self.ccu.gateway(),
            files,
            records,
            clock: Arc::new(self.clock.clone()),
            pauses: self.pauses.clone(),
            progress: self.progress.clone(),
            watch: self.watched.clone(),
            zone: TimeZone::fixed(jiff::tz::offset(1)),
            retry_after: BackUpCentral::RETRY_AFTER,
        }
    }

    pub(crate) fn take_up(&self) -> TakeUpCcuBackups {
        TakeUpCcuBackups {
            files: Arc::new(self.files.clone()),
            judging: Arc::new(self.files.clone()),
            records: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            watch: self.watched.clone(),
        }
    }

    pub(crate) fn give_up(&self) -> GiveUpCcuBackup {
        GiveUpCcuBackup {
            files: Arc::new(self.files.clone()),
            records: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            watch: self.watched.clone(),
        }
    }

    pub(crate) fn restore(&self) -> RestoreCentral {
        self.restore_on(self.store.clone())
    }

    pub(crate) fn restore_on(&self, restores: Arc<dyn CcuRestores>) -> RestoreCentral {
        RestoreCentral {
            gateway: self.ccu.gateway(),
            files: Arc::new(self.files.clone()),
            judging: Arc::new(self.files.clone()),
            restores,
            interfaces: self.store.clone(),
            devices: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            pauses: self.pauses.clone(),
            progress: self.progress.clone(),
            watch: self.watched.clone(),
            patience: WayBackPatience::default(),
        }
    }

    pub(crate) fn refresh(&self) -> RefreshDevices {
        RefreshDevices {
            gateway: self.ccu.gateway(),
            interfaces: self.store.clone(),
            devices: self.store.clone(),
            paramsets: self.store.clone(),
            clock: Arc::new(self.clock.clone()),
            progress: self.progress.clone(),
        }
    }

    /// A record that waits, stored.
    pub(crate) async fn queued(&self, name: &str) -> CcuBackup {
        let record = CcuBackup {
            id: id(name),
            central: Some(central()),
            filename: None,
            state: CcuBackupState::Queued,
            contents: None,
            created_at: now(),
            updated_at: now(),
        };
        self.store.create_ccu_backup(&record).await.unwrap();
        record
    }

    /// A completed backup of the central as it is.
    pub(crate) async fn backed_up(&self, name: &str) -> CcuBackup {
        self.back_up().run(self.queued(name).await, Some(SERIAL), None).await.unwrap()
    }

    /// A restore that waits, stored.
    pub(crate) async fn queued_restore(&self, backup: &CcuBackup) -> CcuRestore {
        let record = CcuRestore {
            id: CcuRestoreId::parse("restore-ccu-20261123-031500").unwrap(),
            backup: backup.id.clone(),
            target: central(),
            step: CcuRestoreStep::Preflight,
            state: CcuRestoreState::Queued,
            safety_backup: None,
            created_at: now(),
            updated_at: now(),
        };
        self.store.create_ccu_restore(&record).await.unwrap();
        record
    }

    pub(crate) async fn stored_backup(&self, name: &str) -> CcuBackup {
        self.store.find_ccu_backup(&id(name)).await.unwrap().unwrap()
    }

    pub(crate) async fn stored_restore(&self) -> CcuRestore {
        self.store.list_ccu_restores().await.unwrap().remove(0)
    }

    /// Devices and channels that are cached of the central.
    pub(crate) async fn cached(&self, interface_id: &str) -> Vec<loom_domain::device::Device> {
        self.store.list_devices(&interface(interface_id)).await.unwrap()
    }
}

/// Takes a safety backup of the central of the bed.
pub(crate) struct Safety<'a>(pub(crate) &'a Bed);

#[async_trait]
impl SafetyBackup for Safety<'_> {
    async fn take(&self) -> Result<CcuBackup, BackUpCentralError> {
        self.0.back_up().run(self.0.queued("safety").await, Some(SERIAL), None).await
    }
}

/// The consent to restore a backup of the central to itself.
pub(crate) fn consent() -> RestoreConsent {
    RestoreConsent { confirm: Some("ccu".to_owned()), accept_foreign: None }
}

pub(crate) fn order<'a>(
    backup: &'a CcuBackup,
    consent: &'a RestoreConsent,
    safety: Option<&'a dyn SafetyBackup>,
) -> RestoreOrder<'a> {
    RestoreOrder { backup, consent, serial: Some(SERIAL), security_key: None, safety }
}

/// The words of a failed restore.
pub(crate) fn failure(restore: &CcuRestore) -> &CcuFailure {
    match &restore.state {
        CcuRestoreState::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

/// Reason and hint of an interrupted restore.
pub(crate) fn interruption(restore: &CcuRestore) -> (&str, &str) {
    match &restore.state {
        CcuRestoreState::Interrupted { reason, hint } => (reason, hint),
        other => panic!("{other:?}"),
    }
}

/// Whether a difference says that nobody knows if the backup was taken over.
pub(crate) fn doubts(difference: &str) -> bool {
    difference.starts_with("it is not known whether the central had taken the backup over")
        && difference.ends_with("with the backup yourself")
}

/// What is different after a restore that was completed.
pub(crate) fn differences(restore: &CcuRestore) -> &[String] {
    match &restore.state {
        CcuRestoreState::Completed { differences } => differences,
        other => panic!("{other:?}"),
    }
}
