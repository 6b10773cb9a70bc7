//! `backup create`: its flags, its defaults, and what it refuses. What goes in and what stays out is told in
//! `create_contents.rs`. Does NOT restore.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::contents::{Bytes, hash};
use loom_e2e::data_dir::sqlite;
use loom_e2e::run::{Outcome, run};
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

fn names(story: &Story) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(story.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn the_default_name_is_made_of_host_and_utc_time_in_the_current_folder() {
    let story = Story::default();
    let before = shell(story.root(), "date -u +%Y%m%dT%H%M%SZ");
    let host = shell(story.root(), "uname -n");
    story.run("backup create --config config.yaml").exits(0);
    let after = shell(story.root(), "date -u +%Y%m%dT%H%M%SZ");
    let made: Vec<_> = names(&story).into_iter().filter(|name| name.starts_with("backup-")).collect();
    let [name] = made.as_slice() else { panic!("{made:?}") };
    let time = name.strip_prefix(&format!("backup-{}-", host.trim())).unwrap();
    let time = time.strip_suffix(".tar.gz").unwrap();
    assert!((before.trim()..=after.trim()).contains(&time), "{before} {time} {after}");
}

#[test]
fn an_archive_is_readable_by_its_owner_only_whatever_the_umask() {
    let story = Story::default();
    for (umask, name) in [("000", "open.tar.gz"), ("077", "closed.tar.gz")] {
        let binary = loom_e2e::binary::binary().display();
        shell(
            story.root(),
            &format!("umask {umask}; {binary} backup create --config config.yaml --out {name}"),
        );
        assert_eq!(story.path(name).metadata().unwrap().permissions().mode() & 0o777, 0o600, "{umask}");
    }
}

#[test]
fn an_existing_file_is_refused_and_stays_as_it_is() {
    let story = Story::default();
    let precious = story.write("precious.tar.gz", "the only good one");
    let before = names(&story);
    story.run("backup create --config config.yaml --out precious.tar.gz").exits(6).says("already exists");
    assert_eq!(fs::read_to_string(precious).unwrap(), "the only good one");
    assert_eq!(names(&story), before);
}

#[test]
fn a_dash_streams_the_archive_to_standard_output_and_nothing_else() {
    let story = Story::default();
    let streamed = story.run("backup create --config config.yaml --out -");
    streamed.exits(0);
    let archive = story.write("streamed.tar.gz", &streamed.stdout);
    story.run("backup verify streamed.tar.gz").exits(0);
    shell(
        story.root(),
        "gzip -t streamed.tar.gz && tar -tzf streamed.tar.gz | tail -n 1 | grep -qx manifest.json",
    );
    assert!(streamed.stderr.contains(&hash(&fs::read(archive).unwrap())), "{}", streamed.stderr);
    assert_eq!(names(&story), ["config.yaml", "streamed.tar.gz", "var"]);
    assert_eq!(loom_e2e::contents::working_files(&story.data()), [] as [&str; 0]);
}

#[test]
fn with_a_dash_the_line_of_json_goes_to_standard_error() {
    let story = Story::default();
    let streamed = story.run("backup create --config config.yaml --json --out -");
    streamed.exits(0);
    let line = streamed.stderr.lines().find_map(|line| line.strip_prefix("note: {")).unwrap();
    let told: serde_json::Value = serde_json::from_str(&format!("{{{line}")).unwrap();
    assert_eq!(told["path"], "-");
    assert_eq!(told["sha256"], hash(&streamed.stdout));
    assert_eq!(told["bytes"], streamed.stdout.len());
}

#[test]
fn the_text_line_holds_path_bytes_and_hash() {
    let story = Story::default();
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    let bytes = fs::read(story.path("a.tar.gz")).unwrap();
    told.exits(0).says("a.tar.gz").says(&hash(&bytes)).says(&format!("{} bytes", bytes.len()));
    assert_eq!(told.text().lines().count(), 1);
    told.says("holds `secret.key` and is not encrypted");
}

#[test]
fn include_secrets_adds_a_note_without_any_secret() {
    let mut story = Story::default();
    story.set_secret("OPENCCU_LOOM_MQTT_PASSWORD", "mqtt-only-in-the-environment");
    story.run("backup create --config config.yaml --out plain.tar.gz").exits(0);
    story.run("backup create --config config.yaml --include-secrets --out noted.tar.gz").exits(0);
    let plain = shell(story.root(), "tar -tzf plain.tar.gz");
    assert!(!plain.contains("secrets/"), "{plain}");
    let note = shell(story.root(), "tar -xzOf noted.tar.gz secrets/README.txt");
    assert!(note.contains("OPENCCU_LOOM_MQTT_PASSWORD"), "{note}");
    assert!(!note.contains("mqtt-only-in-the-environment"), "{note}");
}

#[test]
fn without_config_the_data_dir_is_var_and_a_note_says_so() {
    let story = Story::default();
    story.run("backup create --out a.tar.gz").exits(0).says("note: no --config given").says("./var");
    let members = shell(story.root(), "tar -tzf a.tar.gz");
    assert!(!members.lines().any(|name| name == "config.yaml"), "{members}");
}

#[test]
fn without_config_the_environment_names_the_data_dir() {
    let mut story = Story::default();
    fs::rename(story.data(), story.path("elsewhere")).unwrap();
    story.set("OPENCCU_LOOM_DATA_DIR", story.path("elsewhere").to_str().unwrap());
    story.run("backup create --out a.tar.gz").exits(0).says("OPENCCU_LOOM_DATA_DIR");
    story.run("backup verify a.tar.gz").exits(0);
}

#[test]
fn the_environment_beats_the_config_file() {
    let mut story = Story::default();
    let other = Story::default();
    sqlite(&other.state().database(), "UPDATE users SET subject = 'somebody else' WHERE subject = 'gast';");
    story.set("OPENCCU_LOOM_DATA_DIR", other.data().to_str().unwrap());
    story.create("a.tar.gz");
    shell(story.root(), "tar -xzf a.tar.gz state/openccu-loom.db");
    assert!(
        sqlite(&story.path("state/openccu-loom.db"), "SELECT subject FROM users;").contains("somebody else")
    );
}

#[test]
fn the_config_file_is_in_the_archive_only_if_it_was_named() {
    let story = Story::default();
    story.create("with.tar.gz");
    let archived = shell(story.root(), "tar -xzOf with.tar.gz config.yaml");
    assert_eq!(archived, fs::read_to_string(story.state().config()).unwrap());
}

#[test]
fn secrets_of_the_environment_are_nowhere_in_the_archive() {
    let mut story = Story::default();
    let key = loom_e2e::sealing::key_file([9; 32]);
    story.set_secret("OPENCCU_LOOM_MQTT_PASSWORD", "mqtt-only-in-the-environment");
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", key.trim());
    story
        .run("backup create --config config.yaml --include-secrets --out a.tar.gz")
        .exits(3)
        .says("does not open 4 of 4 sealed values");
    let found = format!(
        "gzip -dc a.tar.gz > a.tar; grep -c -a -e mqtt-only-in-the-environment -e '{}' a.tar || true",
        key.trim()
    );
    assert_eq!(shell(story.root(), &found).trim(), "0");
    // The search itself finds what is there.
    assert_eq!(shell(story.root(), "grep -c -a -e \"$(cat var/secret.key)\" a.tar").trim(), "1");
}

#[test]
fn a_key_that_is_only_in_the_environment_is_told_by_its_fingerprint() {
    let mut story = Story::default();
    fs::remove_file(story.data().join("secret.key")).unwrap();
    let key = loom_e2e::sealing::key_file(story.state().key());
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", key.trim());
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    let fingerprint = shell(
        story.root(),
        &format!(
            "{{ printf 'openccu-loom master key fingerprint v1\\0'; echo {} | base64 -d; }} | sha256sum | cut -c1-16",
            key.trim()
        ),
    );
    told.exits(0).says(&format!("the master key {} is not inside", fingerprint.trim()));
    assert!(!story.data().join("secret.key").exists(), "a key was made");
}

#[test]
fn without_any_key_the_backup_is_taken_and_says_what_a_restore_will_need() {
    let story = Story::default();
    fs::remove_file(story.data().join("secret.key")).unwrap();
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    told.exits(3).says("encrypted value but no master key available").says("4 sealed values");
    assert!(!story.data().join("secret.key").exists(), "a key was made");
}

#[test]
fn a_malformed_key_is_an_error_that_names_its_source_and_not_its_text() {
    let mut story = Story::default();
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", "dGhpcyBpcyB0b28gc2hvcnQ=");
    story
        .run("backup create --config config.yaml --out a.tar.gz")
        .exits(5)
        .says("OPENCCU_LOOM_SECRET_KEY")
        .says("32 are needed");
    let story = Story::default();
    let broken = "this-is-no-base64-of-a-key!";
    fs::write(story.data().join("secret.key"), broken).unwrap();
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    told.exits(5).says("secret.key").says("not standard base64");
    assert!(!told.words().contains(broken));
    assert_eq!(names(&story), ["config.yaml", "var"]);
}

#[test]
fn a_white_environment_key_counts_as_none() {
    let mut story = Story::default();
    story.set("OPENCCU_LOOM_SECRET_KEY", "  \n ");
    story.create("a.tar.gz");
    story.run("backup verify a.tar.gz").exits(0).says("4 of 4 sealed values open");
}

#[test]
fn a_missing_data_dir_database_or_config_file_is_named_and_leaves_nothing() {
    let story = Story::default();
    story.write("nowhere.yaml", format!("data_dir: {}\n", story.path("nowhere").display()));
    let told = story.run("backup create --config nowhere.yaml --out a.tar.gz");
    told.exits(2).says("nowhere").says("does not exist");
    story.run("backup create --config missing.yaml --out a.tar.gz").exits(2).says("missing.yaml");
    fs::remove_file(story.state().database()).unwrap();
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    told.exits(2).says("openccu-loom.db").says("does not exist");
    assert!(!story.state().database().exists(), "an empty database was made");
    assert_eq!(names(&story), ["config.yaml", "nowhere.yaml", "var"]);
}

#[test]
fn a_foreign_database_is_refused_and_leaves_nothing() {
    let story = Story::default();
    fs::write(story.state().database(), "a text file, whatever its name says").unwrap();
    story.run("backup create --config config.yaml --out a.tar.gz").exits(2).says("no OpenCCU-Loom database");
    fs::remove_file(story.state().database()).unwrap();
    sqlite(&story.state().database(), "CREATE TABLE moz_bookmarks (id); CREATE TABLE moz_places (id);");
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    told.exits(2).says("no OpenCCU-Loom database").says("moz_bookmarks");
    assert_eq!(names(&story), ["config.yaml", "var"]);
}

#[test]
fn a_damaged_database_is_refused_and_leaves_nothing() {
    let story = Story::default();
    let mut bytes = fs::read(story.state().database()).unwrap();
    // The page of the schema stays whole.
    bytes[4096..].fill(0xa5);
    fs::write(story.state().database(), bytes).unwrap();
    story.run("backup create --config config.yaml --out a.tar.gz").exits(1).says("is damaged");
    assert_eq!(names(&story), ["config.yaml", "var"]);
}

#[test]
fn an_unreadable_file_is_named_and_leaves_nothing() {
    let story = Story::default();
    let locked = story.data().join("certs/leaf.pem");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    let mut before = names(&story);
    let told = if rustix::process::geteuid().is_root() {
        before.push("openccu-loom".to_owned());
        before.sort();
        run_without_rights(&story)
    } else {
        story.run("backup create --config config.yaml --out a.tar.gz")
    };
    told.exits(1).says("certs/leaf.pem").says("ermission denied");
    assert_eq!(names(&story), before);
}

/// Root can read everything, so the verb is run by somebody who cannot.
fn run_without_rights(story: &Story) -> Outcome {
    shell(story.root(), "chmod 0755 . && chown -R 65534:65534 . && chown 0:0 var/certs/leaf.pem");
    // The build folder may be closed to others; a copy of the binary is not.
    let binary = story.path("openccu-loom");
    loom_e2e::binary::copy_binary(&binary);
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&binary);
    command.args(["backup", "create", "--config", "config.yaml", "--out", "a.tar.gz"]);
    run(command.current_dir(story.root()).stdin(Stdio::null()))
}

#[test]
fn a_missing_folder_for_the_archive_is_named() {
    let story = Story::default();
    story.run("backup create --config config.yaml --out nowhere/a.tar.gz").exits(1).says("nowhere");
}

#[test]
fn a_data_dir_of_a_go_daemon_is_not_migrated_and_not_changed_in_any_byte() {
    let story = Story::default();
    story.state().commit_into_wal("INSERT INTO users VALUES ('late', 'x', 'viewer');");
    let before = Bytes::of(&story.data());
    story.create("a.tar.gz");
    assert_eq!(Bytes::of(&story.data()), before);
    shell(story.root(), "tar -xzf a.tar.gz state/openccu-loom.db");
    let snapshot = story.path("state/openccu-loom.db");
    assert_eq!(sqlite(&snapshot, "SELECT count(*) FROM users WHERE subject = 'late';").trim(), "1");
    assert!(!sqlite(&snapshot, ".tables").contains("__diesel"), "it was migrated");
}

#[test]
fn a_reader_that_goes_away_ends_the_run_and_nothing_is_left() {
    let story = Story::default();
    // More than a pipe holds.
    shell(story.root(), "head -c 2000000 /dev/urandom > var/noise");
    let before = Bytes::of(&story.data());
    let script = format!(
        "set +e; {} backup create --config config.yaml --out - 2>said | head -c 100 > part; echo ${{PIPESTATUS[0]}}",
        loom_e2e::binary::binary().display()
    );
    assert_eq!(shell(story.root(), &script).trim(), "1");
    assert!(fs::read_to_string(story.path("said")).unwrap().starts_with("error: "));
    assert_eq!(Bytes::of(&story.data()), before);
}

#[test]
fn without_a_terminal_there_is_no_progress() {
    let story = Story::default();
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    assert!(!told.words().contains(['\r', '\u{1b}']), "{}", told.words());
    let told = story.run("backup verify a.tar.gz");
    assert!(told.stderr.is_empty(), "{}", told.stderr);
}

#[test]
fn the_snapshot_is_compact_and_needs_no_log() {
    let story = Story::default();
    sqlite(&story.state().database(), "DELETE FROM paramsets;");
    assert_ne!(sqlite(&story.state().database(), "PRAGMA freelist_count;").trim(), "0");
    story.create("a.tar.gz");
    shell(story.root(), "tar -xzf a.tar.gz state/openccu-loom.db");
    let snapshot = story.path("state/openccu-loom.db");
    assert_eq!(sqlite(&snapshot, "PRAGMA freelist_count; PRAGMA quick_check;").trim(), "0\nok");
    assert!(snapshot.metadata().unwrap().len() < story.state().database().metadata().unwrap().len());
}
