//! `backup restore`: where it restores to, what it replaces and keeps, what it refuses, and what a dry run shows.
//!
//! Damaged archives are told in `damaged_archives.rs`, undoing in `undo.rs`. Does NOT kill anything.

use loom_e2e::contents::{Contents, working_files};
use loom_e2e::data_dir::{Sample, sqlite};
use loom_e2e::sealing::{key_file, read_key_file};
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use loom_e2e::upstream::UpstreamArchive;
use std::fs;
use std::path::Path;

/// Everything `find` can tell of a folder: names, kinds, modes, sizes, times of change.
fn everything(folder: &Path) -> String {
    shell(folder, "find . -printf '%p %y %m %s %T@ %U\\n' | sort; find . -type f -exec sha256sum {} + | sort")
}

/// The same of all that lies in a folder, without its own time of change: a scratch came and went there.
fn everything_in(folder: &Path) -> String {
    everything(folder).lines().filter(|line| !line.starts_with(". ")).collect::<Vec<_>>().join("\n")
}

#[test]
fn flags_may_stand_before_or_after_the_file() {
    let story = Story::default();
    story.create("a.tar.gz");
    for words in [
        "--force --data-dir var a.tar.gz",
        "a.tar.gz --data-dir var --force",
        "--force a.tar.gz --data-dir var",
    ] {
        story.run(&format!("backup restore {words}")).exits(0);
    }
    assert_eq!(fs::read_dir(story.root()).unwrap().count(), 3);
}

#[test]
fn an_archive_comes_over_standard_input() {
    let story = Story::default();
    let archive = fs::read(story.create("a.tar.gz")).unwrap();
    story.run_with_input("backup restore --data-dir target -", &archive).exits(0);
    assert_eq!(Contents::of(&story.path("target")), Contents::of(&story.data()));
    story.run_with_input("backup restore --data-dir cut -", &archive[..archive.len() - 1]).exits(4);
    assert!(!story.path("cut").exists());
}

#[test]
fn the_target_is_the_flag_then_the_environment_then_the_config_file_then_var() {
    let mut story = Story::default();
    story.create("a.tar.gz");
    fs::rename(story.data(), story.path("old")).unwrap();
    story.run("backup restore a.tar.gz").exits(0).says("./var");
    assert!(story.state().database().exists());
    story.write("other.yaml", format!("data_dir: {}\n", story.path("from-file").display()));
    story.run("backup restore --config other.yaml a.tar.gz").exits(0);
    assert!(story.path("from-file/openccu-loom.db").exists());
    story.set("OPENCCU_LOOM_DATA_DIR", "from-environment");
    story.run("backup restore --config other.yaml a.tar.gz").exits(0);
    assert!(story.path("from-environment/openccu-loom.db").exists());
    story.run("backup restore --config other.yaml --data-dir deep/er/from-flag a.tar.gz").exits(0);
    assert!(story.path("deep/er/from-flag/openccu-loom.db").exists());
}

#[test]
fn a_dry_run_prints_the_plan_and_touches_nothing() {
    let story = Story::default();
    story.create("a.tar.gz");
    fs::write(story.data().join("certs/leaf.pem"), "newer").unwrap();
    fs::write(story.data().join("only-now.txt"), "stays").unwrap();
    let before = everything_in(story.root());
    let told = story.run("backup restore --config config.yaml --force --dry-run a.tar.gz");
    told.exits(0).says("nothing was changed").says("can be carried out");
    for line in [
        "  install    certs/leaf.pem",
        "  install    openccu-loom.db",
        "  install    the config file",
        "  set aside  secret.key",
        "  keep       only-now.txt",
        "  secrets    4 of 4 sealed values open with the key from the archive's own `secret.key`",
        "  database   state/openccu-loom.db: schema goose 45, 7 tables,",
        "  note       the config file is replaced; the old one is kept beside it",
    ] {
        told.says(line);
    }
    assert_eq!(everything_in(story.root()), before);
}

#[test]
fn a_dry_run_of_what_would_be_refused_says_so_and_exits_alike() {
    let story = Story::default();
    story.create("a.tar.gz");
    let before = everything_in(story.root());
    let told = story.run("backup restore --config config.yaml --dry-run a.tar.gz");
    told.exits(6).says("exists; use --force").says("would be refused");
    assert_eq!(everything_in(story.root()), before);
}

#[test]
fn a_dry_run_creates_no_data_dir() {
    let story = Story::default();
    story.create("a.tar.gz");
    let before = everything_in(story.root());
    story.run("backup restore --data-dir nowhere/yet --dry-run a.tar.gz").exits(0);
    assert_eq!(everything_in(story.root()), before);
}

#[test]
fn a_refused_restore_touches_nothing() {
    let story = Story::default();
    story.create("a.tar.gz");
    let before = everything_in(story.root());
    story.run("backup restore --config config.yaml a.tar.gz").exits(6);
    story.run("backup restore --config config.yaml missing.tar.gz --force").exits(2).says("missing.tar.gz");
    assert_eq!(everything(&story.data()), everything(&story.data()));
    assert_eq!(working_files(&story.data()), [] as [&str; 0]);
    let after = everything_in(story.root());
    let contents =
        |text: &str| text.lines().filter(|line| line.len() > 66 && !line.contains(".lock")).count();
    assert_eq!(contents(&before), contents(&after));
}

#[test]
fn the_config_file_is_written_where_none_is() {
    let story = Story::default();
    let config = fs::read(story.state().config()).unwrap();
    story.create("a.tar.gz");
    fs::remove_file(story.state().config()).unwrap();
    story.run("backup restore --config config.yaml a.tar.gz").exits(2).says("--data-dir");
    story.run("backup restore --config config.yaml --data-dir target a.tar.gz").exits(0);
    assert_eq!(fs::read(story.state().config()).unwrap(), config);
}

#[test]
fn an_existing_config_file_is_kept_beside_the_restored_one() {
    let story = Story::default();
    let archived = fs::read(story.state().config()).unwrap();
    story.create("a.tar.gz");
    let live = [&archived[..], b"# edited since\n"].concat();
    fs::write(story.state().config(), &live).unwrap();
    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    assert_eq!(fs::read(story.state().config()).unwrap(), archived);
    assert_eq!(fs::read(story.path(".loom-undo-config.yaml")).unwrap(), live);
    story.run("backup undo-restore --config config.yaml").exits(0);
    assert_eq!(fs::read(story.state().config()).unwrap(), live);
}

#[test]
fn without_config_the_archived_config_file_stays_in_the_archive() {
    let story = Story::default();
    story.create("a.tar.gz");
    fs::write(story.state().config(), "data_dir: edited\n").unwrap();
    story
        .run("backup restore --data-dir target a.tar.gz")
        .exits(0)
        .says("`config.yaml` stays in the archive");
    assert_eq!(fs::read_to_string(story.state().config()).unwrap(), "data_dir: edited\n");
    assert!(!story.path("target/config.yaml").exists());
}

#[test]
fn a_database_the_archive_does_not_hold_is_set_aside() {
    let story = Story::default();
    fs::rename(story.data().join("history.db"), story.path("history.db")).unwrap();
    story.create("a.tar.gz");
    fs::rename(story.path("history.db"), story.data().join("history.db")).unwrap();
    let told = story.run("backup restore --config config.yaml --force --json a.tar.gz");
    let set_aside = told.exits(0).json()["set_aside"].clone();
    assert!(set_aside.as_array().unwrap().contains(&"history.db".into()), "{set_aside}");
    assert!(!story.data().join("history.db").exists());
    story.run("backup undo-restore --config config.yaml").exits(0);
    assert!(story.data().join("history.db").exists());
}

#[test]
fn a_leftover_write_ahead_log_is_not_replayed_into_the_restored_database() {
    let story = Story::default();
    story.create("a.tar.gz");
    story.state().commit_into_wal("DELETE FROM users; INSERT INTO users VALUES ('intruder', 'x', 'admin');");
    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
    let users = sqlite(&story.state().database(), "SELECT subject FROM users ORDER BY 1;");
    assert_eq!(users.lines().collect::<Vec<_>>(), ["gast", "änne"]);
    story.run("backup undo-restore --config config.yaml").exits(0);
    assert_eq!(sqlite(&story.state().database(), "SELECT subject FROM users;").trim(), "intruder");
}

#[test]
fn the_key_of_the_data_dir_stays_where_the_archive_holds_none() {
    let story = Story::default();
    let key = fs::read(story.data().join("secret.key")).unwrap();
    fs::rename(story.data().join("secret.key"), story.path("secret.key")).unwrap();
    story.run("backup create --config config.yaml --out a.tar.gz").exits(3);
    fs::rename(story.path("secret.key"), story.data().join("secret.key")).unwrap();
    story
        .run("backup restore --config config.yaml --force a.tar.gz")
        .exits(0)
        .says("holds no `secret.key`; the one in the data dir stays")
        .says("4 of 4 sealed values open with the key from file");
    assert_eq!(fs::read(story.data().join("secret.key")).unwrap(), key);
}

#[test]
fn secrets_no_key_opens_need_a_consent_of_their_own() {
    let story = Story::default();
    fs::remove_file(story.data().join("secret.key")).unwrap();
    story.run("backup create --config config.yaml --out a.tar.gz").exits(3);
    fs::rename(story.data(), story.path("old")).unwrap();
    let told = story.run("backup restore --config config.yaml --force a.tar.gz");
    told.exits(5).says("no master key opens 4 of 4 sealed values").says("centrals/haus/password_plain");
    told.says("--allow-unreadable-secrets");
    assert!(!story.data().exists());
    story.run("backup restore --config config.yaml --allow-unreadable-secrets a.tar.gz").exits(0);
    assert!(!story.data().join("secret.key").exists(), "a key was made");
}

#[test]
fn the_key_the_daemon_will_use_decides() {
    let mut story = Story::default();
    story.create("a.tar.gz");
    fs::rename(story.data(), story.path("old")).unwrap();
    story.write("right.key", key_file(story.state().key()));
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", key_file([9; 32]).trim());
    let told = story.run("backup restore --config config.yaml a.tar.gz");
    told.exits(5).says("no master key opens 4 of 4");
    story.run("backup restore --config config.yaml --key-file right.key a.tar.gz").exits(0);
}

#[test]
fn a_newer_schema_needs_a_consent_of_its_own() {
    let story = Story::default();
    sqlite(
        &story.state().database(),
        "INSERT INTO goose_db_version (version_id, is_applied) VALUES (46, 1);",
    );
    story.create("a.tar.gz");
    let before = Contents::of(&story.data());
    let told = story.run("backup restore --config config.yaml --force a.tar.gz");
    told.exits(6).says("goose 46").says("newer than this binary supports").says("--allow-newer-schema");
    assert_eq!(Contents::of(&story.data()), before);
    story
        .run("backup restore --config config.yaml --allow-newer-schema a.tar.gz")
        .exits(6)
        .says("use --force");
    story.run("backup restore --config config.yaml --force --allow-newer-schema a.tar.gz").exits(0);
}

#[test]
fn force_does_not_accept_a_damaged_archive() {
    let story = Story::default();
    let database = fs::read(story.state().database()).unwrap();
    let lying = UpstreamArchive::of_database(&database).with_wrong_hash("state/openccu-loom.db").tar_gz();
    story.write("a.tar.gz", lying);
    let before = Contents::of(&story.data());
    let words = "--force --allow-newer-schema --allow-unreadable-secrets";
    story
        .run(&format!("backup restore --config config.yaml {words} a.tar.gz"))
        .exits(4)
        .says("sha256 mismatch");
    assert_eq!(Contents::of(&story.data()), before);
}

#[test]
fn a_database_somebody_has_open_is_not_replaced() {
    let story = Story::default();
    story.create("a.tar.gz");
    let before = Contents::of(&story.data());
    let daemon = loom_e2e::shell::Writer::start(&story.state().database(), "BEGIN IMMEDIATE; COMMIT;");
    let told = story.run("backup restore --config config.yaml --force a.tar.gz");
    told.exits(6).says("is in use by").says("stop it first");
    story.run("backup restore --config config.yaml --force --dry-run a.tar.gz").exits(6).says("in use by");
    daemon.stop();
    assert_eq!(Contents::of(&story.data()), before);
    story.run("backup restore --config config.yaml --force a.tar.gz").exits(0);
}

#[test]
fn another_state_replaces_this_one_as_a_whole() {
    let story = Story::default();
    let other = Story::of(Sample { mark: "second", key: [8; 32], ..Sample::default() });
    other.create("b.tar.gz");
    let archive = other.path("b.tar.gz");
    let words = format!("backup restore --data-dir var --force {}", archive.display());
    story.run(&words).exits(0).says("4 of 4 sealed values open");
    let mut found = Contents::of(&story.data());
    let old_keys: Vec<_> =
        found.0.keys().filter(|name| name.starts_with("secret.key.old-")).cloned().collect();
    let [old] = old_keys.as_slice() else { panic!("{old_keys:?}") };
    assert_eq!(read_key_file(&story.data().join(old)), Sample::default().key);
    found.0.remove(old);
    assert_eq!(found, Contents::of(&other.data()));
}

#[test]
fn a_restore_says_what_it_did() {
    let story = Story::default();
    story.create("a.tar.gz");
    let told = story.run("backup restore --config config.yaml --force a.tar.gz");
    let line = told.exits(0).text();
    assert!(line.starts_with("restored a.tar.gz into "), "{line}");
    assert!(line.contains(story.data().to_str().unwrap()), "{line}");
    told.says("the replaced state can be brought back with `backup undo-restore`");
}

#[test]
fn a_malformed_key_of_the_environment_stops_a_restore_before_anything_is_touched() {
    let mut story = Story::default();
    story.create("a.tar.gz");
    let before = Contents::of(&story.data());
    story.set_secret("OPENCCU_LOOM_SECRET_KEY", "dGhpcyBpcyB0b28gc2hvcnQ=");
    let told = story.run("backup restore --config config.yaml --force a.tar.gz");
    told.exits(5).says("OPENCCU_LOOM_SECRET_KEY").says("32 are needed");
    assert_eq!(Contents::of(&story.data()), before);
}

#[test]
fn an_option_that_names_the_data_dir_wins_over_a_config_file_that_names_another() {
    let story = Story::default();
    story.create("a.tar.gz");
    let before = Contents::of(&story.data());
    story.run("backup restore --config config.yaml --data-dir target a.tar.gz").exits(0);
    assert_eq!(Contents::of(&story.data()), before);
    assert_eq!(Contents::of(&story.path("target")), before);
}

#[test]
fn a_dry_run_exits_as_the_restore_does() {
    let story = Story::default();
    let whole = fs::read(story.create("a.tar.gz")).unwrap();
    story.write("cut.tar.gz", &whole[..whole.len() / 2]);
    let agree = |words: &str, code| {
        for dry_run in ["--dry-run ", ""] {
            story.run(&format!("backup restore {dry_run}{words}")).exits(code);
        }
    };
    agree("--config config.yaml cut.tar.gz", 6);
    agree("--config config.yaml a.tar.gz", 6);
    agree("--config config.yaml --force cut.tar.gz", 4);
    fs::create_dir_all(story.path("fresh/secret.key")).unwrap();
    agree("--data-dir fresh a.tar.gz", 6);
    let told = story.run("backup restore --data-dir fresh a.tar.gz");
    told.exits(6).says("fresh/secret.key` is in the way: it is a folder where a file must go").says("hint: ");
}

#[test]
fn nobody_who_stands_in_a_data_dir_restores_beside_it() {
    let story = Story::default();
    let archive = story.create("a.tar.gz");
    let run = |flags: &str| {
        let mut command = story.command(&format!("backup restore {flags} {}", archive.display()));
        loom_e2e::run::run(command.current_dir(story.data()))
    };
    run("--force").exits(2).says("no data dir was named").says("--data-dir .");
    assert!(!story.data().join("var").exists());
    run("--force --data-dir .").exits(0);
}
