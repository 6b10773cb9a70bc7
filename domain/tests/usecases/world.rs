//! A small world in memory: a data dir with state, a place for archives, and a data dir to restore to.
//!
//! Does NOT make claims; the cases do.

use bytes::Bytes;
use loom_adapter_memory::{
    Fault, FaultPlan, Faulty, MemoryArchives, MemoryClock, MemoryDataDir, MemoryDatabase, MemoryDisk,
    MemoryJudge, MemoryKey, MemoryKeyPlaces, MemoryProgress, MemoryRandomness, MemoryRestoreTarget,
    MemoryScratch, MemorySnapshots, MemoryWrapping, Node,
};
use loom_domain::archive::{FormOrder, MemberPath, SealedValue};
use loom_domain::ports::*;
use loom_domain::restore_plan::Consents;
use loom_domain::secret::{MasterKey, SecretPlace, SecretText, envelope};
use loom_domain::usecases::*;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

pub(crate) const TAKEN_AT: &str = "2026-11-22T22:15:30Z";
pub(crate) const SCRATCH: &str = "/scratch";

pub(crate) struct World {
    pub(crate) disk: MemoryDisk,
    /// Where the state is.
    pub(crate) source: MemoryDataDir,
    /// Where it may be restored to; missing at first.
    pub(crate) target: MemoryDataDir,
    pub(crate) archives: MemoryArchives,
    pub(crate) key: MemoryKey,
    pub(crate) progress: Arc<MemoryProgress>,
}

impl World {
    /// A state of two databases, one of them with two sealed values, a key file, nested files and an empty folder;
    /// beside it what an archive leaves out.
    pub(crate) fn new() -> Self {
        let disk = MemoryDisk::new();
        let source = MemoryDataDir::new(disk.clone(), "/source");
        let target = MemoryDataDir::new(disk.clone(), "/elsewhere");
        disk.remove(target.root());
        let key = MemoryKey::new(Arc::new(MemoryRandomness::default()));
        key.configure(&master_key(7).to_base64());

        source.write("openccu-loom.db", main_database(&["first secret", "second secret"]).to_bytes());
        source.write("history.db", MemoryDatabase::new(&["measurements"]).to_bytes());
        source.write("secret.key", key_file(7));
        source.write("a/b/notes.json", "{\"größe\": 1}");
        source.write("empty file", "");
        source.write("large.bin", vec![7; 2 * MAX_CHUNK_BYTES + 5]);
        disk.put(&source.root().join("empty folder"), Node::Folder);

        source.write("openccu-loom.db-wal", "write-ahead log");
        source.write("openccu-loom.lock", "pid 4711");
        source.write("backups/ccu.sbk", "a CCU backup");
        source.write("cache/.nobackup", "");
        source.write("cache/large", "again and again");
        source.write("backup-pi-20260608T120000Z.tar.gz", &b"\x1f\x8b\x08\0"[..]);
        source.write(".env", "OPENCCU_LOOM_MQTT_PASSWORD=of the machine\n");
        disk.put(&source.root().join("socket"), Node::Other("socket"));
        Self { disk, source, target, archives: MemoryArchives::new(), key, progress: Arc::default() }
    }

    pub(crate) fn take_backup(&self, faults: &FaultPlan) -> TakeBackup {
        self.take_backup_of(Arc::new(self.source.clone()), faults)
    }

    pub(crate) fn take_backup_of(&self, files: Arc<dyn DataDirFiles>, faults: &FaultPlan) -> TakeBackup {
        let snapshots: Arc<dyn Snapshots> =
            Arc::new(MemorySnapshots::new(self.disk.clone(), self.source.root()));
        let keys: Arc<dyn KeyProvider> = Arc::new(self.key.clone());
        let sink: Arc<dyn ArchiveSink> = Arc::new(self.archives.clone());
        TakeBackup {
            files: Arc::new(Faulty::new(files, faults.clone())),
            snapshots: Arc::new(Faulty::new(snapshots, faults.clone())),
            keys: Arc::new(Faulty::new(keys, faults.clone())),
            sink: Arc::new(Faulty::new(sink, faults.clone())),
            clock: Arc::new(MemoryClock::new(TAKEN_AT.parse().unwrap())),
            progress: self.progress.clone(),
        }
    }

    pub(crate) fn restore(&self, faults: &FaultPlan) -> RestoreArchive {
        let target: Arc<dyn RestoreTarget> = Arc::new(MemoryRestoreTarget::new(self.target.clone()));
        RestoreArchive {
            source: self.faulty_source(faults),
            target: Arc::new(Faulty::new(target, faults.clone())),
            scratch: self.faulty_scratch(faults),
            examine: self.examine(faults),
            switch: Arc::new(self.key_places()),
            clock: Arc::new(MemoryClock::new("2026-11-23T08:00:00Z".parse().unwrap())),
        }
    }

    /// The places of the key of the data dir that is restored to.
    pub(crate) fn key_places(&self) -> MemoryKeyPlaces {
        let randomness = Arc::new(MemoryRandomness::default());
        MemoryKeyPlaces::new(None, MemoryWrapping::new(MasterKey::from_bytes([9; 32]), randomness))
    }

    pub(crate) fn verify(&self, faults: &FaultPlan) -> VerifyArchive {
        VerifyArchive {
            source: self.faulty_source(faults),
            scratch: self.faulty_scratch(faults),
            examine: self.examine(faults),
        }
    }

    fn examine(&self, faults: &FaultPlan) -> ExamineArchive {
        let judge: Arc<dyn DatabaseJudge> = Arc::new(MemoryJudge::new(self.disk.clone()));
        ExamineArchive {
            judge: Arc::new(Faulty::new(judge, faults.clone())),
            progress: self.progress.clone(),
        }
    }

    fn faulty_source(&self, faults: &FaultPlan) -> Arc<dyn ArchiveSource> {
        let source: Arc<dyn ArchiveSource> = Arc::new(self.archives.clone());
        Arc::new(Faulty::new(source, faults.clone()))
    }

    fn faulty_scratch(&self, faults: &FaultPlan) -> Arc<dyn ScratchAreas> {
        let scratch: Arc<dyn ScratchAreas> = Arc::new(MemoryScratch::new(self.disk.clone(), SCRATCH));
        Arc::new(Faulty::new(scratch, faults.clone()))
    }

    /// Takes the backup `a`.
    pub(crate) async fn backed_up(&self) -> TakenBackup {
        self.take_backup(&FaultPlan::none()).run(backup("a")).await.unwrap()
    }

    /// Fills the target with another, older state.
    pub(crate) fn put_old_state(&self) {
        self.target.write("openccu-loom.db", main_database(&[]).to_bytes());
        self.target.write("openccu-loom.db-wal", "written by the old daemon");
        self.target.write("other.db", MemoryDatabase::new(&["x"]).to_bytes());
        self.target.write("secret.key", key_file(9));
        self.target.write("stays.json", "{}");
    }

    /// Everything in the target, in a form that shows any change.
    pub(crate) fn target_in_full(&self) -> BTreeMap<std::path::PathBuf, Node> {
        let mut all = self.disk.below(self.target.root());
        all.extend(self.disk.node(self.target.root()).map(|node| (self.target.root().to_owned(), node)));
        all
    }

    /// The target's live files.
    pub(crate) fn live(&self) -> BTreeMap<String, Bytes> {
        self.target.files().into_iter().filter(|(path, _)| !path.starts_with(".loom-")).collect()
    }

    pub(crate) fn scratch_is_empty(&self) -> bool {
        self.disk.below(Path::new(SCRATCH)).is_empty()
    }
}

pub(crate) fn master_key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

pub(crate) fn key_file(byte: u8) -> String {
    format!("{}\n", *master_key(byte).to_base64())
}

/// A main database with one central per secret, sealed with key 7.
pub(crate) fn main_database(secrets: &[&str]) -> MemoryDatabase {
    let mut database = MemoryDatabase::new(&["centrals", "users"]);
    database.facts.tables.insert("centrals".to_owned(), secrets.len() as u64);
    let randomness = MemoryRandomness::default();
    database.sealed = secrets
        .iter()
        .enumerate()
        .map(|(at, secret)| {
            let place = SecretPlace::of_central(&format!("ccu{at}"), "password_plain");
            let secret = SecretText::new(*secret);
            let envelope = envelope::seal(&master_key(7), &place, &secret, &randomness).unwrap();
            SealedValue { place, envelope }
        })
        .collect();
    database
}

pub(crate) fn id(name: &str) -> ArchiveId {
    ArchiveId::parse(name).unwrap()
}

pub(crate) fn member(name: &str) -> MemberPath {
    MemberPath::parse(name.as_bytes()).unwrap()
}

pub(crate) fn backup(name: &str) -> BackupRequest {
    BackupRequest {
        id: id(name),
        form: FormOrder::default(),
        daemon_version: "0.1.0".to_owned(),
        host: Some("pi".to_owned()),
        config: Some(Bytes::from_static(b"locale: de\n")),
        secrets_note: None,
        env_files: Vec::new(),
    }
}

pub(crate) fn restore_of(name: &str, consents: Consents) -> RestoreRequest {
    RestoreRequest { id: id(name), keys: KeyRing::default(), consents, env_files: Vec::new() }
}

/// Whether the planned fault is the error's cause, however deep.
pub(crate) fn is_caused_by_a_fault(error: &(dyn Error + 'static)) -> bool {
    error.is::<Fault>() || error.source().is_some_and(is_caused_by_a_fault)
}
