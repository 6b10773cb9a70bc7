//! A stopped daemon's state under a known key, every secret sealed as earlier versions did.
//!
//! Does NOT change keys.

use loom_e2e::daemon::DaemonFolder;
use loom_e2e::data_dir::sqlite;
use loom_e2e::run::Outcome;
use loom_e2e::sealing::{key_file, open, open_v2, read_key_file, seal};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

/// The key it begins with.
pub(crate) const KEY: [u8; 32] = *b"a planted key, looked for by all";
/// How many secrets beside those of centrals.
pub(crate) const OTHERS: usize = 1;

/// A state and what it holds.
pub(crate) struct SealedState {
    pub(crate) folder: DaemonFolder,
    /// Token of an admin.
    pub(crate) token: String,
    centrals: usize,
}

impl SealedState {
    /// A state with so many centrals, each with a password, and a section with one.
    pub(crate) fn v1(centrals: usize) -> Self {
        let folder = DaemonFolder::default();
        fs::create_dir(folder.data()).unwrap();
        fs::set_permissions(folder.data(), fs::Permissions::from_mode(0o700)).unwrap();
        write_key(&folder.data().join("secret.key"), KEY);
        let daemon = folder.start();
        let admin = daemon.client().set_up();
        let central =
            json!({ "name": "c0", "host": "ccu.example", "username": "loom", "password_plain": "secret 0" });
        admin.post("/centrals", &central).gives(201);
        let section = json!({ "broker_url": "tcp://broker:1883", "password": "secret of mqtt" });
        admin.put("/config/sections/north.mqtt", &section).gives(200);
        let token = admin.new_token("later");
        daemon.stop();
        let mut script = "CREATE TEMP TABLE t AS SELECT * FROM centrals;\n".to_owned();
        for number in 1..centrals {
            script += &format!("UPDATE t SET name = 'c{number}'; INSERT INTO centrals SELECT * FROM t;\n");
        }
        for number in 0..centrals {
            let sealed = seal(KEY, &format!("secret {number}"));
            script += &format!("UPDATE centrals SET password_plain = '{sealed}' WHERE name = 'c{number}';\n");
        }
        script += &format!(
            "UPDATE config_sections SET value_json = json_set(value_json, '$.password', '{}') WHERE section = 'north.mqtt';\n",
            seal(KEY, "secret of mqtt")
        );
        sqlite(&folder.database(), &script);
        Self { folder, token, centrals }
    }

    pub(crate) fn secrets(&self) -> usize {
        self.centrals + OTHERS
    }

    pub(crate) fn key_path(&self) -> PathBuf {
        self.folder.data().join("secret.key")
    }

    /// Files that keep earlier keys.
    pub(crate) fn old_keys(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.data()).unwrap().map(|entry| entry.unwrap().path());
        let is_old =
            |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("secret.key.old-");
        let mut old: Vec<_> = entries.filter(is_old).collect();
        old.sort();
        old
    }

    /// What `key status --json` says; with these words more.
    #[track_caller]
    pub(crate) fn status(&self, more: &str) -> (Outcome, Value) {
        let outcome = self.folder.run(&format!("key status --config config.yaml --json {more}"));
        let status = outcome.json();
        (outcome, status)
    }

    /// Every stored secret by its place: table, row, field.
    pub(crate) fn stored(&self) -> BTreeMap<[String; 3], String> {
        stored(&self.folder.database())
    }

    /// Every secret is there and opens with the key that lies in the data dir; how many are sealed as version 2.
    #[track_caller]
    pub(crate) fn every_secret_opens(&self) -> usize {
        let key = read_key_file(&self.key_path());
        self.every_secret_opens_with(key)
    }

    #[track_caller]
    pub(crate) fn every_secret_opens_with(&self, key: [u8; 32]) -> usize {
        let stored = self.stored();
        assert_eq!(stored.len(), self.secrets());
        for (place, sealed) in &stored {
            let secret = match place[1].strip_prefix('c') {
                Some(number) => format!("secret {number}"),
                None => "secret of mqtt".to_owned(),
            };
            let [table, row, field] = place;
            let opened = open(key, sealed).or_else(|| open_v2(key, [table, row, field], sealed));
            assert_eq!(opened.as_deref(), Some(secret.as_str()), "{place:?}: {sealed}");
        }
        stored.values().filter(|sealed| sealed.starts_with("enc:v2:")).count()
    }
}

/// Every stored secret of a database by its place.
pub(crate) fn stored(database: &std::path::Path) -> BTreeMap<[String; 3], String> {
    let told = sqlite(
        database,
        "SELECT 'centrals', name, 'password_plain', password_plain FROM centrals WHERE password_plain != ''
         UNION ALL SELECT 'config_sections', section, 'password', value_json ->> '$.password' FROM config_sections
         WHERE value_json ->> '$.password' IS NOT NULL;",
    );
    let row = |line: &str| {
        let [table, row, field, sealed] =
            line.split('|').map(str::to_owned).collect::<Vec<_>>().try_into().unwrap();
        ([table, row, field], sealed)
    };
    told.lines().map(row).collect()
}

/// Writes a key file as a daemon does.
pub(crate) fn write_key(path: &std::path::Path, key: [u8; 32]) {
    fs::write(path, key_file(key)).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}
