//! Sample data dirs, as a daemon leaves them: made with the plain `sqlite3` shell, in WAL mode, with sealed values,
//! a history, a key, nested folders and names with umlauts.
//!
//! Does NOT use this project's schema: the tables are those of a Go daemon at schema version 45.

mod schema;

use crate::sealing::{key_file, seal};
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Name of the main database.
pub const DATABASE: &str = "openccu-loom.db";

/// What a sample holds.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// A word in many of its values, so that two samples differ.
    pub mark: &'static str,
    /// Its master key.
    pub key: [u8; 32],
    /// Bytes of paramsets in the main database; a few rows are always there.
    pub paramset_bytes: u64,
}

/// A folder of its own with `config.yaml` and the data dir `var`. Gone when dropped.
#[derive(Debug)]
pub struct SampleDataDir {
    root: TempDir,
    sample: Sample,
}

impl Default for Sample {
    fn default() -> Self {
        Self { mark: "first", key: [7; 32], paramset_bytes: 0 }
    }
}

impl SampleDataDir {
    /// A small one.
    pub fn small() -> Self {
        Self::new(Sample::default())
    }

    /// One that holds `sample`.
    pub fn new(sample: Sample) -> Self {
        let made = Self::empty(sample);
        let dir = made.path();
        let mark = sample.mark;
        sqlite(&made.database(), &schema::state(&sample));
        sqlite(&dir.join("history.db"), &schema::history(mark));
        fs::write(dir.join("secret.key"), key_file(sample.key)).unwrap();
        fs::set_permissions(dir.join("secret.key"), fs::Permissions::from_mode(0o600)).unwrap();
        fs::create_dir_all(dir.join("pläne/küche")).unwrap();
        fs::create_dir_all(dir.join("certs/empty")).unwrap();
        fs::write(dir.join("pläne/küche/Südseite.json"), format!("{{\"mark\":\"{mark}\"}}\n")).unwrap();
        fs::write(dir.join("certs/leaf.pem"), format!("-- {mark} --\n")).unwrap();
        fs::write(dir.join("empty.txt"), "").unwrap();
        made
    }

    /// `config.yaml` and an empty data dir.
    pub fn empty(sample: Sample) -> Self {
        let root = TempDir::new().unwrap();
        let made = Self { root, sample };
        fs::create_dir(made.path()).unwrap();
        fs::write(made.config(), format!("data_dir: \"{}\"\n", made.path().display())).unwrap();
        made
    }

    /// The folder around it, for archives and scratch.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The data dir.
    pub fn path(&self) -> PathBuf {
        self.root().join("var")
    }

    /// The config file; it names the data dir.
    pub fn config(&self) -> PathBuf {
        self.root().join("config.yaml")
    }

    /// The main database.
    pub fn database(&self) -> PathBuf {
        self.path().join(DATABASE)
    }

    /// The master key.
    pub fn key(&self) -> [u8; 32] {
        self.sample.key
    }

    /// Commits `sql` to the main database in such a way that it stays in the `-wal` file.
    pub fn commit_into_wal(&self, sql: &str) {
        sqlite(&self.database(), &format!(".dbconfig no_ckpt_on_close on\n.output\n{sql}"));
        let wal = self.path().join(format!("{DATABASE}-wal"));
        assert!(wal.metadata().unwrap().len() > 0, "nothing stayed in the write-ahead log");
    }
}

/// Runs a script in the `sqlite3` shell and gives its output.
pub fn sqlite(database: &Path, script: &str) -> String {
    let mut shell = Command::new("sqlite3");
    shell.args(["-bail", "-batch"]).arg(database);
    let mut shell =
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = shell.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        // A shell that bails out reads no further; its exit code tells.
        scope.spawn(move || _ = input.write_all(script.as_bytes()));
        shell.wait_with_output().unwrap()
    });
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "sqlite3: {said}{}", String::from_utf8_lossy(&output.stderr));
    said
}

/// A value as the sample seals it.
fn sealed(sample: &Sample, secret: &str) -> String {
    seal(sample.key, &format!("{secret} {}", sample.mark))
}
