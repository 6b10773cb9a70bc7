//! The bed of the suites: a data dir with a name that needs care, its writer, and a place for judged databases.

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use loom_adapter_sqlite::{SqliteJudge, SqliteSnapshots, SqliteStateStore};
use loom_contract::database_bed::DatabaseBed;
use loom_domain::archive::SealedValue;
use loom_domain::ports::{DatabaseJudge, Snapshots};
use loom_domain::secret::SecretPlace;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

const MAIN: &str = "openccu-loom.db";

pub(crate) struct SqliteBed {
    writer: Mutex<Option<SqliteConnection>>,
    rows: AtomicU64,
    staged: AtomicU64,
    folder: TempDir,
}

impl SqliteBed {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let bed = Self { writer: Mutex::new(None), rows: 0.into(), staged: 0.into(), folder };
        fs::create_dir(bed.data_dir()).unwrap();
        fs::create_dir(bed.scratch_dir()).unwrap();
        bed
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data dir 100%?mode=rwc#ä")
    }

    pub(crate) fn main(&self) -> PathBuf {
        self.data_dir().join(MAIN)
    }

    pub(crate) fn scratch_dir(&self) -> PathBuf {
        self.folder.path().join("scratch?a=b 1%20")
    }

    /// Runs SQL on the main database, on the connection that stays open.
    pub(crate) fn execute(&self, sql: &str) {
        self.writer.lock().unwrap().as_mut().unwrap().batch_execute(sql).unwrap();
    }

    /// Closes the main database.
    pub(crate) fn close(&self) {
        *self.writer.lock().unwrap() = None;
    }

    /// Makes a database of its own from SQL and closes it.
    pub(crate) fn create(&self, path: &Path, sql: &str) {
        connect(path).batch_execute(sql).unwrap();
    }
}

/// Connects as SQLite is told not to read anything into the name.
pub(crate) fn connect(path: &Path) -> SqliteConnection {
    SqliteConnection::establish(path.to_str().unwrap()).unwrap()
}

impl DatabaseBed for SqliteBed {
    fn snapshots(&self) -> Arc<dyn Snapshots> {
        Arc::new(SqliteSnapshots::new(self.data_dir(), self.scratch_dir()))
    }

    fn judge(&self) -> Arc<dyn DatabaseJudge> {
        Arc::new(SqliteJudge::new())
    }

    fn create_main(&self) {
        drop(SqliteStateStore::open(&self.main()).unwrap());
        let mut writer = connect(&self.main());
        // What is in the log stays there, so that a checkpoint by anybody else would show.
        let settings = "PRAGMA busy_timeout = 5000; PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF;";
        writer.batch_execute(settings).unwrap();
        *self.writer.lock().unwrap() = Some(writer);
    }

    fn commit_pair(&self) {
        let row = self.rows.fetch_add(1, Ordering::Relaxed);
        self.execute(&format!(
            "BEGIN IMMEDIATE;
             INSERT INTO users VALUES ('u{row}', hex(randomblob(300)), 'admin', 't', 't', NULL);
             INSERT INTO tokens VALUES ('f{row}', hex(randomblob(300)), 'u{row}', 'admin', 't', NULL, NULL);
             COMMIT;"
        ));
    }

    fn add_orphans(&self) {
        self.execute(
            "PRAGMA foreign_keys = OFF;
             INSERT INTO matter_acl_entries VALUES (1, 7, 1, 1, '[]', '[]', 0), (2, 7, 1, 1, '[]', '[]', 1),
                                                   (3, 9, 1, 1, '[]', '[]', 0);",
        );
    }

    fn add_sealed_values(&self) -> Vec<SealedValue> {
        self.execute(
            r#"INSERT INTO centrals (name, host, password_plain, api_token_plain, created_at, updated_at) VALUES
                 ('attic', 'h', 'in clear', NULL, 't', 't'),
                 ('home', 'enc:v1:not-a-secret-column', 'enc:v2:AAA=', 'enc:v1:BBB=', 't', 't');
               INSERT INTO config_sections (section, value_json, version, updated_at, updated_by) VALUES
                 ('broken', '{"password": "enc:v1:', 1, 't', 'x'),
                 ('north.mqtt', '{"password": "enc:v1:CCC=", "user": "enc:v1:not-secret"}', 1, 't', 'x'),
                 ('north.rest', '{"auth": {"tokens": {"a": "enc:v2:DDD=", "b": "in clear"}}}', 1, 't', 'x');"#,
        );
        [
            (SecretPlace::of_central("home", "api_token_plain"), "enc:v1:BBB="),
            (SecretPlace::of_central("home", "password_plain"), "enc:v2:AAA="),
            (SecretPlace::of_section("north.mqtt", "password"), "enc:v1:CCC="),
            (SecretPlace::of_section("north.rest", "auth.tokens.a"), "enc:v2:DDD="),
        ]
        .map(|(place, envelope)| SealedValue { place, envelope: envelope.to_owned() })
        .into()
    }

    fn create_foreign(&self, path: &str) {
        self.create(&self.data_dir().join(path), "CREATE TABLE notes (text); CREATE TABLE tags (text);");
    }

    fn put_file(&self, path: &str, bytes: &[u8]) {
        fs::write(self.data_dir().join(path), bytes).unwrap();
    }

    fn close_and_damage(&self) {
        self.close();
        let whole = fs::read(self.main()).unwrap();
        fs::write(self.main(), self.damaged(whole)).unwrap();
    }

    fn damaged(&self, mut database: Vec<u8>) -> Vec<u8> {
        // The last leaf that holds rows of a table: its cell pointers now point past the page.
        let mut pages = database.chunks_exact_mut(4096);
        let leaf = pages.rfind(|page| page[0] == 0x0d && page[3..5] != [0, 0]).unwrap();
        leaf[8..12].fill(0xff);
        database
    }

    fn count_pairs(&self, database: &[u8]) -> (u64, u64) {
        let location = self.stage(database);
        let mut connection = connect(&location);
        ["users", "tokens"].map(|table| count(&mut connection, table)).into()
    }

    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let entries = fs::read_dir(self.data_dir()).unwrap().map(|entry| entry.unwrap().path());
        let kept = entries.filter(|path| !path.to_str().unwrap().ends_with("-shm"));
        kept.map(|path| (path.display().to_string(), fs::read(path).unwrap())).collect()
    }

    fn kept_bytes(&self) -> u64 {
        let named = fs::read_dir(self.scratch_dir()).unwrap().map(|entry| entry.unwrap().path());
        // A file without a name is still open in this process.
        let open = fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
        let scratch = self.scratch_dir();
        let open = open.filter(|fd| fs::read_link(fd).is_ok_and(|target| target.starts_with(&scratch)));
        named.chain(open).map(|path| fs::metadata(path).map_or(0, |file| file.size().max(1))).sum()
    }

    fn stage(&self, bytes: &[u8]) -> PathBuf {
        let number = self.staged.fetch_add(1, Ordering::Relaxed);
        let folder = self.folder.path().join(format!("staged {number}%?#"));
        fs::create_dir(&folder).unwrap();
        let location = folder.join("state.db");
        fs::write(&location, bytes).unwrap();
        location
    }

    fn around(&self, location: &Path) -> String {
        let mut all = String::new();
        for entry in fs::read_dir(location.parent().unwrap()).unwrap() {
            let path = entry.unwrap().path();
            let file = fs::metadata(&path).unwrap();
            let sum = fs::read(&path)
                .unwrap()
                .iter()
                .fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)));
            writeln!(all, "{} {} {} {sum}", path.display(), file.mtime_nsec(), file.len()).unwrap();
        }
        all
    }
}

/// Rows of a table.
pub(crate) fn count(connection: &mut SqliteConnection, table: &str) -> u64 {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        rows: i64,
    }
    let query = format!("SELECT count(*) AS rows FROM {table}");
    let count: Count = sql_query(query).get_result(connection).unwrap();
    count.rows.try_into().unwrap()
}
