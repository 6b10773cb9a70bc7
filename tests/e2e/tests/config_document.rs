//! The configuration on its way between instances: `config export` and `config import` on the real binary.
//!
//! Does NOT look into a database: what is stored is told by an export with secrets.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::contents::working_files;
use loom_e2e::data_dir::{SampleDataDir, sqlite};
use loom_e2e::instants::Instants;
use loom_e2e::run::{Outcome, loom, run, run_with_input};
use loom_e2e::sealing::{key_file, write_key_file};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;
use tempfile::TempDir;

const UPSTREAM: &str = include_str!("../../../fixtures/config-documents/upstream-with-secrets.json");

/// A folder with a data dir in it that has a key and nothing else.
struct Bed(TempDir);

impl Bed {
    fn new(key: u8) -> Self {
        let bed = Self::without_key();
        write_key_file(&bed.data().join("secret.key"), key_file([key; 32]));
        bed
    }

    fn without_key() -> Self {
        let bed = Self(TempDir::new().unwrap());
        fs::create_dir(bed.data()).unwrap();
        fs::write(bed.path("config.yaml"), format!("data_dir: \"{}\"\n", bed.data().display())).unwrap();
        bed
    }

    /// With the configuration of a Go daemon.
    fn filled(key: u8) -> Self {
        let bed = Self::new(key);
        bed.import(UPSTREAM, "").exits(0).says("5 added, 0 changed, 0 removed");
        bed
    }

    fn data(&self) -> PathBuf {
        self.path("var")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, words: &str) -> Command {
        let mut command = loom(words.split_whitespace());
        command.current_dir(self.0.path());
        command
    }

    fn run(&self, words: &str) -> Outcome {
        run(&mut self.command(words))
    }

    /// Imports over standard input.
    fn import(&self, document: &str, flags: &str) -> Outcome {
        let mut command = self.command(&format!("config import --config config.yaml {flags} -"));
        run_with_input(&mut command, document.as_bytes())
    }

    /// An export with secrets, without the times of export and change.
    fn stored(&self) -> Value {
        let mut document = self.run("config export --config config.yaml --include-secrets").exits(0).json();
        document["exported_at"].take();
        for central in document["centrals"].as_array_mut().unwrap() {
            central["updated_at"].take();
            central["created_at"].take();
        }
        document
    }

    /// Names and bytes of all files in the data dir.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = fs::read_dir(self.data())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()))
            .collect();
        files.sort();
        files
    }
}

#[test]
fn a_configuration_goes_over_with_its_secrets() {
    let (from, to) = (Bed::filled(1), Bed::new(2));
    let out = from.path("dump.json");
    let words = "config export --config config.yaml --include-secrets --out dump.json";
    from.run(words).exits(0).says("exported 3 sections and 2 centrals").says("keep it as safe as them");
    assert_eq!(out.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    to.import(&fs::read_to_string(out).unwrap(), "--replace").exits(0);
    assert_eq!(to.stored(), from.stored());
    assert_eq!(to.stored()["centrals"][1]["password_plain"], "central-fixture-secret");
    let database = fs::read(to.data().join("openccu-loom.db")).unwrap();
    let holds = |words: &str| database.windows(words.len()).any(|bytes| bytes == words.as_bytes());
    assert!(holds("enc:v2:") && !holds("fixture-secret"));
}

#[test]
fn a_redacted_document_keeps_stored_secrets_also_with_replace() {
    let bed = Bed::filled(1);
    let before = bed.stored();
    let exported = bed.run("config export --config config.yaml");
    let mut document = exported.exits(0).json();
    assert_eq!(document["redacted"], true);
    assert!(!exported.text().contains("fixture-secret") && !exported.text().contains("20202021"));
    bed.import(&document.to_string(), "--replace").exits(0).says("nothing to do");
    document["sections"]["north.mqtt"]["broker_url"] = json!("tcp://elsewhere");
    bed.import(&document.to_string(), "--replace")
        .exits(0)
        .says("0 added, 1 changed, 0 removed, 4 as they were");
    let mut wanted = before;
    wanted["sections"]["north.mqtt"]["broker_url"] = json!("tcp://elsewhere");
    assert_eq!(bed.stored(), wanted);
}

#[test]
fn a_dry_run_puts_nothing_beside_the_document() {
    let bed = Bed::filled(1);
    fs::create_dir(bed.path("stick")).unwrap();
    fs::write(bed.path("stick/new.json"), UPSTREAM).unwrap();
    let changed = || bed.path("stick").metadata().unwrap().modified().unwrap();
    let before = changed();
    bed.run("config import --config config.yaml --dry-run stick/new.json").exits(0);
    assert_eq!(changed(), before);
    assert_eq!(working_files(&bed.data()), [""; 0]);
}

#[test]
fn a_dry_run_shows_each_key_and_writes_nothing() {
    let bed = Bed::filled(1);
    let before = bed.files();
    let mut document: Value = serde_json::from_str(UPSTREAM).unwrap();
    document["sections"]["north.mqtt"]["password"] = json!("another-secret");
    document["sections"]["locale"]["locale"] = json!("en");
    fs::write(bed.path("new.json"), document.to_string()).unwrap();
    let planned = bed.run("config import --config config.yaml --dry-run new.json");
    planned.exits(0).says("locale: \"de\" -> \"en\"").says("password: secret changed").says("2 changed");
    assert!(!planned.words().contains("-secret"), "{planned:?}");
    let report = bed.run("config import --config config.yaml --dry-run --json new.json").exits(0).json();
    assert_eq!(
        (&report["changed"], &report["kept"], &report["dry_run"]),
        (&json!(2), &json!(3), &json!(true))
    );
    let locale = &report["objects"][0];
    let keys = json!([{"path": "locale", "before": "de", "after": "en"}]);
    assert_eq!(
        (&locale["name"], &locale["action"], &locale["keys"]),
        (&json!("locale"), &json!("change"), &keys)
    );
    // SQLite may leave an empty log behind where it has read.
    let after: Vec<_> = bed
        .files()
        .into_iter()
        .filter(|(name, _)| !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    assert_eq!(after, before);
    let names: BTreeSet<_> =
        fs::read_dir(bed.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["config.yaml", "new.json", "var"].map(Into::into).into());
}

#[test]
fn a_dry_run_without_a_database_creates_none() {
    let bed = Bed::new(1);
    let before = bed.files();
    bed.import(UPSTREAM, "--dry-run").exits(0).says("5 added");
    assert_eq!(bed.files(), before);
}

#[test]
fn what_is_not_right_is_refused_before_anything_is_written() {
    let bed = Bed::filled(1);
    let before = bed.stored();
    for (document, words) in [
        (json!({"sections": {"north.mqqt": {}}, "centrals": []}), "must be the name of a section"),
        (json!({"sections": {"backup": {"keep_last": "x"}}, "centrals": []}), "`backup.keep_last` must be"),
        (json!({"sections": {}, "centrals": [{"name": "a"}]}), "`centrals[0].host` must be given"),
        (json!({}), "neither `sections` nor `centrals`"),
    ] {
        bed.import(&document.to_string(), "--replace").exits(2).says(words).says("nothing was changed");
    }
    bed.import("{", "").exits(2).says("it is no JSON");
    let sealed = include_str!("../../../fixtures/config-documents/upstream-sealed.json");
    bed.import(sealed, "").exits(2).says("no other instance can open it");
    bed.run("config import --config config.yaml nowhere.json").exits(2).says("`nowhere.json` does not exist");
    bed.run("config import --data-dir nowhere config.yaml").exits(2);
    assert_eq!(bed.stored(), before);
    let report = bed.import("[]", "--json").exits(2).json();
    assert_eq!(report["exit_code"], 2);
}

#[test]
fn accounts_are_passed_over_and_said_to_be() {
    let bed = Bed::new(1);
    let document = include_str!("../../../fixtures/config-documents/upstream-redacted.json");
    let outcome = bed.import(document, "");
    outcome.exits(0).says("users of the document: 2 not imported").says("some_later_setting");
    let stored = bed.stored();
    assert_eq!((&stored["users"], &stored["tokens"]), (&json!([]), &json!([])));
    assert_eq!(stored["sections"]["north.mqtt"]["some_later_setting"], 3);
}

#[test]
fn without_a_key_nothing_secret_goes_in_and_an_export_names_what_it_left_out() {
    let keyless = Bed::without_key();
    keyless.import(UPSTREAM, "").exits(5).says("no master key is available").says("`north.mqtt.password`");
    assert!(!keyless.data().join("openccu-loom.db").exists());
    assert!(!keyless.data().join("secret.key").exists());

    let bed = Bed::filled(1);
    fs::remove_file(bed.data().join("secret.key")).unwrap();
    let exported = bed.run("config export --config config.yaml --include-secrets");
    exported
        .exits(3)
        .says("encrypted value but no master key available")
        .says("`centrals.haus.password_plain`");
    let document: Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert_eq!(document["skipped"].as_array().unwrap().len(), 5);
    assert_eq!(document["centrals"][1]["host"], "192.0.2.17");
    assert!(!exported.text().contains("enc:v"));
    bed.run("config export --config config.yaml").exits(0);
    // What was left out stays where the document goes in again.
    bed.import(&document.to_string(), "").exits(0).says("nothing to do");
    write_key_file(&bed.data().join("secret.key"), "no key");
    bed.run("config export --config config.yaml --include-secrets").exits(5);
    assert!(!bed.data().join("secret.key.new").exists());
}

#[test]
fn an_export_never_replaces_a_file_unless_told_to() {
    let bed = Bed::filled(1);
    fs::write(bed.path("kept.json"), "mine").unwrap();
    let words = "config export --config config.yaml --out kept.json";
    bed.run(words).exits(6).says("--force replaces it");
    assert_eq!(fs::read(bed.path("kept.json")).unwrap(), b"mine");
    bed.run(&format!("{words} --force")).exits(0);
    let document: Value = serde_json::from_slice(&fs::read(bed.path("kept.json")).unwrap()).unwrap();
    assert_eq!(document["redacted"], true);
    bed.run("config export --data-dir nowhere").exits(2).says("does not exist");
    Bed::new(1).run("config export --config config.yaml").exits(2).says("does not exist");
}

#[test]
fn a_running_daemon_keeps_an_import_out_and_is_named() {
    let bed = Bed::filled(1);
    let before = bed.stored();
    let script = "
import fcntl, os, sys
lock = open(sys.argv[1], 'w')
fcntl.flock(lock, fcntl.LOCK_EX)
lock.write(f'{os.getpid()} daemon\\n')
lock.flush()
print('ready', flush=True)
sys.stdin.read()";
    let mut daemon = Command::new("python3")
        .args(["-c", script])
        .arg(bed.data().join("openccu-loom.lock"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(BufReader::new(daemon.stdout.take().unwrap()).lines().any(|line| line.unwrap() == "ready"));
    let by = format!("in use by a daemon (pid {})", daemon.id());
    let redacted = bed.run("config export --config config.yaml").exits(0).text();
    bed.import(r#"{"sections": {}, "centrals": []}"#, "--replace")
        .exits(6)
        .says(&by)
        .says("hint: stop it first, or use `POST /api/v1/config/import` of the running daemon");
    bed.import(&redacted, "--dry-run").exits(0).says("nothing would change");
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    assert_eq!(bed.stored(), before);
}

#[test]
fn a_killed_import_leaves_the_old_configuration_or_the_new_one() {
    const KILLS: u32 = 40;
    let bed = Bed::new(1);
    let import = |path: &Path| {
        let mut command = bed.command("config import --config config.yaml --replace");
        command.arg(path);
        command
    };
    let [mut other, mut current] = ["old", "new"].map(|mark| {
        let path = bed.path(&format!("{mark}.json"));
        fs::write(&path, large_document(mark).to_string()).unwrap();
        run(&mut import(&path)).exits(0);
        (bed.stored(), path)
    });
    let started = Instant::now();
    run(&mut import(&other.1)).exits(0);
    let mut instants = Instants::new(KILLS, started.elapsed());
    std::mem::swap(&mut current, &mut other);
    let mut changed = 0;
    while instants.go_on(changed > 0 && changed < instants.turns()) {
        instants.kill(&mut import(&other.1));
        let stored = bed.stored();
        if stored == other.0 {
            std::mem::swap(&mut current, &mut other);
            changed += 1;
        } else {
            instants.nothing_came();
        }
        assert!(stored == current.0, "{instants:?} left neither the old configuration nor the new one");
    }
    let kills = instants.turns();
    println!("{kills} kills: {changed} left the new configuration");
    // Otherwise the instants do not lie where they should, and this test shows nothing.
    assert!(changed > 0 && changed < kills, "{changed} of {kills}");
}

fn large_document(mark: &str) -> Value {
    let secret = |at: u32| format!("{mark} {at}");
    let central = |at: u32| json!({"name": secret(at).replace(' ', "-"), "host": "ccu.local", "password_plain": secret(at)});
    let sections = json!({"north.mqtt": {"client_id": mark, "password": mark}, "locale": {"locale": "de"}});
    json!({"sections": sections, "centrals": (0..300).map(central).collect::<Vec<_>>()})
}

#[test]
fn the_state_of_a_go_daemon_is_exported_and_stays_its_own() {
    let state = SampleDataDir::small();
    sqlite(
        &state.database(),
        "DELETE FROM centrals WHERE name <> 'haus'; DELETE FROM matter_fabrics; DELETE FROM matter_node_identities;",
    );
    let before = sqlite(&state.database(), ".dump");
    let words = ["config", "export", "--include-secrets", "--data-dir"];
    let mut document = run(loom(words).arg(state.path())).exits(0).json();
    assert_eq!(document["sections"]["north.mqtt"]["password"], "mqtt password first");
    assert_eq!(document["centrals"][0]["password_plain"], "central password first");
    assert_eq!(document["users"][1], json!({"subject": "änne", "role": "admin"}));
    assert_eq!(sqlite(&state.database(), ".dump"), before);

    let mut command = loom(["config", "import", "--data-dir"]);
    run_with_input(command.arg(state.path()).arg("-"), UPSTREAM.as_bytes())
        .exits(6)
        .says("start this daemon once");
    assert_eq!(sqlite(&state.database(), ".dump"), before);
    let to = Bed::new(2);
    // The sample seals a text where a daemon seals a number.
    document["sections"]["north.matter"]["commissioning"]["passcode"] = json!(20_202_021);
    to.import(&document.to_string(), "").exits(0).says("3 added");
    assert_eq!(to.stored()["sections"], document["sections"]);
}
