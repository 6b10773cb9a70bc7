//! The bed of the suites: a data dir at `/data` and judged databases under `/staged`.

use loom_adapter_memory::{MemoryDatabase, MemoryDisk, MemoryJudge, MemorySnapshots};
use loom_contract::database_bed::DatabaseBed;
use loom_domain::archive::{SchemaLineage, SealedValue};
use loom_domain::ports::{DatabaseJudge, Snapshots};
use loom_domain::secret::SecretPlace;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const DATA_DIR: &str = "/data";
const MAIN: &str = "/data/openccu-loom.db";

#[derive(Default)]
pub(crate) struct MemoryBed {
    disk: MemoryDisk,
    staged: AtomicU64,
}

impl MemoryBed {
    fn change_main(&self, change: impl FnOnce(&mut MemoryDatabase)) {
        let main = Path::new(MAIN);
        let mut database = MemoryDatabase::parse(&self.disk.read(main).unwrap()).unwrap();
        change(&mut database);
        self.disk.write(main, database.to_bytes());
    }
}

impl DatabaseBed for MemoryBed {
    fn snapshots(&self) -> Arc<dyn Snapshots> {
        Arc::new(MemorySnapshots::new(self.disk.clone(), DATA_DIR))
    }

    fn judge(&self) -> Arc<dyn DatabaseJudge> {
        Arc::new(MemoryJudge::new(self.disk.clone()))
    }

    fn create_main(&self) {
        self.disk.write(Path::new(MAIN), MemoryDatabase::new(&["users", "tokens"]).to_bytes());
    }

    fn commit_pair(&self) {
        self.change_main(|database| database.facts.tables.values_mut().for_each(|rows| *rows += 1));
    }

    fn add_orphans(&self) {
        let line = "3 rows of `matter_acl_entries` have no row in `matter_fabrics`";
        self.change_main(|database| database.orphans.push(line.to_owned()));
    }

    fn add_sealed_values(&self) -> Vec<SealedValue> {
        let sealed: Vec<_> = [
            SecretPlace::of_central("home", "password_plain"),
            SecretPlace::of_section("north.mqtt", "password"),
        ]
        .map(|place| SealedValue { place, envelope: "enc:v1:AA==".to_owned() })
        .into();
        self.change_main(|database| database.sealed.clone_from(&sealed));
        sealed
    }

    fn create_foreign(&self, path: &str) {
        let mut database = MemoryDatabase::new(&["notes"]);
        (database.facts.lineage, database.facts.schema_version) = (SchemaLineage::Unknown, None);
        self.disk.write(&Path::new(DATA_DIR).join(path), database.to_bytes());
    }

    fn put_file(&self, path: &str, bytes: &[u8]) {
        self.disk.write(&Path::new(DATA_DIR).join(path), bytes.to_vec());
    }

    fn close_and_damage(&self) {
        let main = Path::new(MAIN);
        self.disk.write(main, self.damaged(self.disk.read(main).unwrap().to_vec()));
    }

    fn damaged(&self, mut database: Vec<u8>) -> Vec<u8> {
        let middle = database.len() / 2;
        database[middle] ^= 1;
        database
    }

    fn count_pairs(&self, database: &[u8]) -> (u64, u64) {
        let tables = MemoryDatabase::parse(database).unwrap().facts.tables;
        (tables["users"], tables["tokens"])
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let below = self.disk.below(Path::new(DATA_DIR));
        let files = below.keys().filter_map(|path| Some((path, self.disk.read(path)?)));
        files.map(|(path, bytes)| (path.display().to_string(), bytes.to_vec())).collect()
    }

    fn kept_bytes(&self) -> u64 {
        0
    }

    fn stage(&self, bytes: &[u8]) -> PathBuf {
        let number = self.staged.fetch_add(1, Ordering::Relaxed);
        let location = PathBuf::from(format!("/staged/{number}/database"));
        self.disk.write(&location, bytes.to_vec());
        location
    }

    fn around(&self, location: &Path) -> String {
        format!("{:?}", self.disk.below(location.parent().unwrap()))
    }
}
