//! Backups of a central in memory: what one leaves must not harm the next.

use super::*;
use crate::events::EventHub;
use crate::pauses::RuntimePauses;
use async_trait::async_trait;
use loom_adapter_memory::{
    MemoryCcu, MemoryCcuBackupFiles, MemoryCcus, MemoryClock, MemoryRandomness, MemoryStateStore,
};
use loom_domain::ccu::CcuFacts;
use loom_domain::central::Central;
use loom_domain::ports::{CcuFilesError, Centrals};
use loom_domain::sbk::SbkVerdict;
use serde_json::Value;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

struct World {
    backups: CcuBackups,
    jobs: Arc<Jobs>,
    store: Arc<MemoryStateStore>,
    files: MemoryCcuBackupFiles,
    clock: MemoryClock,
}

async fn world() -> World {
    let files = MemoryCcuBackupFiles::new();
    world_judged_by(Arc::new(files.clone()), files).await
}

async fn world_judged_by(judging: Arc<dyn CcuBackupJudging>, files: MemoryCcuBackupFiles) -> World {
    let clock = MemoryClock::new("2026-06-08T12:00:00Z".parse().unwrap());
    let told: Arc<dyn Clock> = Arc::new(clock.clone());
    let store = Arc::new(MemoryStateStore::new());
    let name = CentralName::parse("home").unwrap();
    store.put_central(&Central::new(name.clone(), "home.invalid", told.now())).await.unwrap();
    let ccus = MemoryCcus::new();
    let text = str::to_owned;
    let (serial, product) = (text("0001"), text("OpenCCU"));
    ccus.put(
        name,
        MemoryCcu::new(CcuFacts { serial, product, firmware: text("3.87.6"), host_name: text("ccu") }),
    );
    let config = LiveConfig::load(Value::Null, BTreeMap::new(), store.clone()).await.unwrap();
    let config = Arc::new(config);
    let gateways =
        CentralGateways::new(Some(Arc::new(ccus)), store.clone(), Arc::new(|_: &str| None), config.clone());
    let events = Arc::new(EventHub::new(64, told.clone()));
    let metrics = Metrics::new(told.clone());
    let randomness = MemoryRandomness::default();
    let jobs =
        Jobs::new(events.clone(), told.clone(), &randomness, metrics.clone(), Handle::current()).unwrap();
    let jobs = Arc::new(jobs);
    let ports = CcuBackupPorts {
        files: Arc::new(files.clone()),
        judging,
        records: store.clone(),
        restores: store.clone(),
        watch: Arc::new(RecordEvents::new(events)),
        pauses: Arc::new(RuntimePauses),
        clock: told,
    };
    let backups = CcuBackups::new(ports, Arc::new(gateways), config, metrics, jobs.clone(), None);
    World { backups, jobs, store, files, clock }
}

impl World {
    /// Takes a backup and waits for the end of its job.
    async fn take(&self) -> CcuBackup {
        let (record, job) = self.backups.create(None).await.unwrap();
        while !self.jobs.find(job.id.as_str()).unwrap().has_ended() {
            tokio::task::yield_now().await;
        }
        self.backups.find(&record.id).await.unwrap().record
    }
}

#[tokio::test]
async fn a_good_backup_whose_record_lags_is_completed_by_the_next_one() {
    let world = world().await;
    let first = world.take().await;
    assert!(matches!(first.state, CcuBackupState::Completed { .. }), "{:?}", first.state);
    // As a full disk leaves it behind the commit.
    let lagging = CcuBackup { state: CcuBackupState::Running, ..first.clone() };
    world.store.update_ccu_backup(&lagging).await.unwrap();
    world.clock.set("2026-06-08T12:01:00Z".parse().unwrap());

    let second = world.take().await;
    let kept = world.backups.find(&first.id).await.unwrap();
    assert_eq!((kept.record.state, kept.record.contents), (first.state, first.contents));
    assert!(kept.available);
    assert_eq!(world.files.ids(), [first.id, second.id]);
}

#[tokio::test]
async fn a_backup_is_begun_while_the_file_of_one_that_broke_off_is_still_read() {
    let files = MemoryCcuBackupFiles::new();
    let slow = Arc::new(Slow { files: files.clone(), gate: Semaphore::new(0) });
    let world = world_judged_by(slow.clone(), files).await;
    let first = world.take().await;
    let lagging = CcuBackup { state: CcuBackupState::Running, ..first.clone() };
    world.store.update_ccu_backup(&lagging).await.unwrap();
    world.clock.set("2026-06-08T12:01:00Z".parse().unwrap());

    let begun = tokio::time::timeout(Duration::from_secs(120), world.backups.create(None)).await;
    let (second, job) = begun.expect("whoever asks does not wait for the file").unwrap();
    assert!(!world.backups.find(&first.id).await.unwrap().record.has_ended());
    slow.gate.add_permits(1);
    while !world.jobs.find(job.id.as_str()).unwrap().has_ended() {
        tokio::task::yield_now().await;
    }
    for id in [&first.id, &second.id] {
        let state = world.backups.find(id).await.unwrap().record.state;
        assert!(matches!(state, CcuBackupState::Completed { .. }), "{id}: {state:?}");
    }
}

/// A disk that takes until the gate opens to read a file.
struct Slow {
    files: MemoryCcuBackupFiles,
    gate: Semaphore,
}

#[async_trait]
impl CcuBackupJudging for Slow {
    async fn judge(&self, id: &CcuBackupId) -> Result<SbkVerdict, CcuFilesError> {
        self.gate.acquire().await.unwrap().forget();
        self.files.judge(id).await
    }
}
