//! Archives of the state under test: in memory, and in a folder beside a database that is open.
//!
//! Does NOT make claims.

use crate::events::EventHub;
use crate::jobs::{Job, JobState, Jobs};
use crate::sealing::SealingSettings;
use crate::state_backups::{FolderPlace, StateBackupError, StateBackupPorts, StateBackups};
use crate::telemetry::metrics::Metrics;
use loom_adapter_archive::{InstanceLock, Role};
use loom_adapter_keys::{FileKey, OsRandomness};
use loom_adapter_memory::{MemoryArchives, MemoryClock, MemoryKey, MemoryRandomness};
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::audit::{AuditEntry, AuditFilter};
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::{ArchiveId, AuditLog, Centrals, Clock, Content, KeyVault, KeyWrappings, ReadError};
use loom_domain::secret::sealed_store::{Plaintext, SealedStore};
use loom_domain::secret::{HeldKeys, SecretText, SecretValue};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::runtime::Handle;

pub(super) const NOW: &str = "2026-06-08T12:00:00Z";

/// Everything around the service.
pub(super) struct Bed {
    pub(super) backups: StateBackups,
    pub(super) jobs: Arc<Jobs>,
    pub(super) metrics: Metrics,
    pub(super) clock: MemoryClock,
}

impl Bed {
    pub(super) fn new(ports: impl FnOnce(Arc<dyn Clock>) -> StateBackupPorts) -> Self {
        Self::sealing(SealingSettings::default(), ports)
    }

    pub(super) fn sealing(
        sealing: SealingSettings,
        ports: impl FnOnce(Arc<dyn Clock>) -> StateBackupPorts,
    ) -> Self {
        let clock = MemoryClock::new(NOW.parse().unwrap());
        let shared: Arc<dyn Clock> = Arc::new(clock.clone());
        let metrics = Metrics::new(shared.clone());
        let events = Arc::new(EventHub::new(64, shared.clone()));
        let randomness = MemoryRandomness::default();
        let jobs =
            Jobs::new(events, shared.clone(), &randomness, metrics.clone(), Handle::current()).unwrap();
        let jobs = Arc::new(jobs);
        let config = Some(b"locale: de\n".as_slice().into());
        let backups =
            StateBackups::new(ports(shared), sealing, config, vec![], metrics.clone(), jobs.clone());
        Self { backups, jobs, metrics, clock }
    }

    pub(super) fn in_memory() -> (Self, MemoryArchives) {
        let archives = MemoryArchives::new();
        let keys = Arc::new(MemoryKey::new(Arc::new(MemoryRandomness::default())));
        let bed = Self::new(|clock| StateBackupPorts::in_memory(archives.clone(), keys, clock));
        (bed, archives)
    }

    /// The job, once it ended.
    pub(super) async fn ended(&self, job: Result<Job, StateBackupError>) -> Job {
        let id = job.unwrap().id;
        loop {
            match self.jobs.find(id.as_str()).unwrap() {
                job if job.has_ended() => return job,
                _ => tokio::time::sleep(std::time::Duration::from_millis(1)).await,
            }
        }
    }

    /// Takes two backups at different times, so that their bytes differ.
    pub(super) async fn two_taken(&self) -> (ArchiveId, ArchiveId) {
        let first = self.taken().await;
        self.clock.set("2026-06-08T13:00:00Z".parse().unwrap());
        (first, self.taken().await)
    }

    /// Takes a backup that has to succeed.
    pub(super) async fn taken(&self) -> ArchiveId {
        let job = self.ended(self.backups.create(false).await).await;
        assert_eq!(job.state, JobState::Completed, "{:?}", job.failure);
        ArchiveId::parse(&job.object).unwrap()
    }

    /// The value of one figure of the state's backups.
    pub(super) fn figure(&self, name: &str) -> Option<f64> {
        let text = self.metrics.render();
        let of_name =
            text.lines().filter_map(|line| line.strip_prefix("openccu_loom_backup_")?.strip_prefix(name));
        let of_state = of_name.filter(|rest| rest.starts_with('{') && rest.contains("kind=\"state\""));
        of_state.filter_map(|rest| rest.rsplit_once(' ')?.1.parse().ok()).next()
    }
}

/// A data dir whose daemon is this process: locked, its database open, with a sealed password in it.
pub(super) struct Home {
    pub(super) folder: TempDir,
    pub(super) store: SqliteStateStore,
    pub(super) keys: Arc<HeldKeys>,
    /// What unwraps keys it had earlier.
    pub(super) wrappings: KeyWrappings,
    _lock: InstanceLock,
}

impl Home {
    pub(super) async fn new() -> Self {
        Self::within(TempDir::new().unwrap()).await
    }

    pub(super) async fn within(folder: TempDir) -> Self {
        let data_dir = folder.path().join("data");
        std::fs::create_dir(&data_dir).unwrap();
        let lock = InstanceLock::acquire(&data_dir, Role::Daemon).unwrap();
        let key = FileKey::new(data_dir.join("secret.key")).create().await.unwrap();
        let keys = Arc::new(HeldKeys::new(Some(key)));
        let store = SqliteStateStore::open(&data_dir.join("openccu-loom.db")).unwrap();
        let (inner, sealing) = (Arc::new(store.clone()), Arc::new(OsRandomness));
        let sealed = SealedStore::new(inner, keys.clone(), Plaintext::Refused, sealing);
        let name = CentralName::parse("haus").unwrap();
        let mut central = Central::new(name, "ccu3.lan", NOW.parse().unwrap());
        central.password = Some(SecretValue::Clear(SecretText::new("sesam")));
        sealed.put_central(&central).await.unwrap();
        Self { folder, store, keys, wrappings: KeyWrappings::default(), _lock: lock }
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(super) fn archives(&self) -> PathBuf {
        self.data_dir().join("state-backups")
    }

    /// The service on this data dir; archives go into `folder`, or where they go by default.
    pub(super) fn bed(&self, folder: Option<&Path>) -> Bed {
        self.sealing_bed(SealingSettings::default(), folder)
    }

    /// The same, with archives sealed like this.
    pub(super) fn sealing_bed(&self, sealing: SealingSettings, folder: Option<&Path>) -> Bed {
        let data_dir = self.data_dir();
        Bed::sealing(sealing, |clock| {
            let place = FolderPlace {
                data_dir: &data_dir,
                folder,
                keys: self.keys.clone(),
                wrappings: self.wrappings.clone(),
                clock,
            };
            place.open().unwrap()
        })
    }

    pub(super) async fn append(&self, number: u64) {
        self.store.append_audit(&entry(number)).await.unwrap();
    }

    /// How many entries the audit log has.
    pub(super) async fn entries(&self) -> u64 {
        let all = AuditFilter { limit: u32::MAX, ..AuditFilter::default() };
        self.store.query_audit(&all).await.unwrap().len() as u64
    }
}

pub(super) fn entry(number: u64) -> AuditEntry {
    AuditEntry {
        timestamp: NOW.parse().unwrap(),
        user: "anna".to_owned(),
        action: "paramset_write".to_owned(),
        central: None,
        device_address: None,
        channel_no: None,
        paramset: None,
        peer: None,
        parameter: None,
        note: Some(format!("write {number}")),
        changes: None,
    }
}

pub(super) fn names(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

pub(super) async fn read(mut content: Box<dyn Content>) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = content.next_chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}
