//! A restore that died when all but its config file was in place: whoever ends it goes by the new config file.
//!
//! What it leaves is laid out by hand, for no kill hits that instant for sure.

use loom_e2e::age_keys::OFFICE;
use loom_e2e::daemon::DaemonFolder;
use loom_e2e::story::Story;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// A story in which `config.yaml` is yet to become this, made of the old one.
fn died_before(new: impl Fn(&str) -> String) -> Story {
    let story = Story::default();
    die_before(story.root(), new);
    story
}

/// The same of a folder with a config file and the data dir `var`.
fn die_before(root: &Path, new: impl Fn(&str) -> String) {
    let beside = |what: &str| root.join(format!(".loom-{what}-config.yaml"));
    let live = root.join("config.yaml");
    fs::copy(&live, beside("old")).unwrap();
    fs::write(beside("new"), new(&fs::read_to_string(&live).unwrap())).unwrap();
    let paths = |first: PathBuf, second: PathBuf| format!("[{first:?},{second:?}]");
    let journal = format!(
        r#"{{"format":2,"moves":[],"folders":[],"config":{},"keep":{},"discard":null}}"#,
        paths(beside("new"), live),
        paths(beside("old"), beside("undo")),
    );
    fs::create_dir(root.join("var/.loom-restore")).unwrap();
    fs::write(root.join("var/.loom-restore/journal.json"), journal).unwrap();
}

#[test]
fn a_backup_holds_the_config_file_that_came_with_the_restore() {
    let story = died_before(|old| format!("{old}# the new one\n"));
    let new = fs::read_to_string(story.path(".loom-new-config.yaml")).unwrap();
    let told = story.run("backup create --config config.yaml --out a.tar.gz");
    told.exits(0).says("an interrupted restore was brought to its end first");
    assert_eq!(fs::read_to_string(story.path("config.yaml")).unwrap(), new);
    story.run("backup restore --config other.yaml --data-dir other a.tar.gz").exits(0);
    assert_eq!(fs::read_to_string(story.path("other.yaml")).unwrap(), new);
}

#[test]
fn what_was_written_into_the_config_file_since_is_kept_beside_it() {
    let story = died_before(|old| format!("{old}# the new one\n"));
    let live = fs::read_to_string(story.path("config.yaml")).unwrap();
    let edited = format!("{live}# written after the crash\n");
    fs::write(story.path("config.yaml"), &edited).unwrap();
    story.run("backup create --config config.yaml --out a.tar.gz").exits(0);
    assert_eq!(fs::read_to_string(story.path("config.yaml")).unwrap(), format!("{live}# the new one\n"));
    assert_eq!(fs::read_to_string(story.path(".loom-undo-config.yaml")).unwrap(), edited);
}

#[test]
fn no_archive_stays_open_where_the_config_file_that_came_has_it_sealed() {
    let recipient = OFFICE.recipient;
    let mut story = died_before(|old| format!("{old}state_backups:\n  recipients: [{recipient}]\n"));
    let data = story.data().display().to_string();
    story.set("OPENCCU_LOOM_DATA_DIR", &data);
    story.run("backup create --out a.tar.gz").exits(2).says("has archives sealed");
    assert!(!story.path("a.tar.gz").exists());
    story.run("backup create --config config.yaml --out a.tar.gz.age").exits(0).says("for 1 recipient");
}

#[test]
fn a_daemon_starts_with_the_config_file_that_came_with_the_restore() {
    let story = died_before(|_| "data_dir: [no path]\n".to_owned());
    story.run("run --config config.yaml").exits(2).says("config.yaml");
    assert!(!story.data().join(".loom-restore").exists());
}

#[test]
fn a_config_file_nobody_can_read_keeps_no_restore_from_its_end() {
    let story = died_before(str::to_owned);
    let new = fs::read_to_string(story.path("config.yaml")).unwrap();
    fs::write(story.path("config.yaml"), "a: b: c\n").unwrap();
    story.run("backup create --config config.yaml --out a.tar.gz").exits(2);
    assert!(story.data().join(".loom-restore").exists());
    story.run("config export --data-dir var").says(BROUGHT_TO_END);
    assert_eq!(fs::read_to_string(story.path("config.yaml")).unwrap(), new);
}

#[test]
fn a_restore_and_an_undo_stop_where_they_end_an_interrupted_one() {
    for verb in ["restore --force --config config.yaml a.tar.gz", "undo-restore --config config.yaml"] {
        let story = died_before(str::to_owned);
        story.run(&format!("backup {verb}")).exits(6).says("was brought to its end instead");
    }
}

const BROUGHT_TO_END: &str = "an interrupted restore was brought to its end first";

/// The folder of a daemon that has a key and a stored secret, and runs no more.
fn with_a_secret() -> DaemonFolder {
    let folder = DaemonFolder::default();
    let daemon = folder.start();
    let section = json!({ "broker_url": "tcp://broker:1883", "password": "of mqtt" });
    daemon.client().set_up().put("/config/sections/north.mqtt", &section).gives(200);
    daemon.stop();
    folder
}

/// What a config file says that has the daemon ask its environment alone for its key.
fn env_alone(old: &str) -> String {
    format!("{old}backends:\n  keys: env\n")
}

#[test]
fn no_old_key_goes_that_an_archive_in_the_folder_of_the_config_file_that_came_needs() {
    let folder = with_a_secret();
    fs::create_dir(folder.path("arch")).unwrap();
    folder.run("backup create --config config.yaml --seal master-key --out arch/a.tar.gz.oclbak").exits(0);
    folder.run("key rotate --config config.yaml").exits(0);
    let arch = folder.path("arch");
    die_before(folder.root(), |old| format!("{old}state_backups:\n  dir: {arch:?}\n"));
    folder.run("key retire --config config.yaml").exits(6).says(BROUGHT_TO_END).says("a.tar.gz.oclbak");
    assert!(super::names(&folder.data()).iter().any(|name| name.starts_with("secret.key.old-")));
}

#[test]
fn no_verb_goes_by_a_key_that_the_config_file_that_came_does_not_ask() {
    let folder = with_a_secret();
    let before = fs::read_to_string(folder.path("config.yaml")).unwrap();
    let key = fs::read(folder.data().join("secret.key")).unwrap();
    folder.run("config export --config config.yaml --include-secrets --out all.json").exits(0);
    for (verb, code, why) in [
        ("key rotate --to file", 5, "has no master key"),
        ("key unwrap", 2, "`backends.keys` is `env`"),
        ("config import all.json", 5, "no master key"),
        ("config export --include-secrets --out closed.json", 3, "no master key available"),
        ("key kit", 0, "no master key was found"),
    ] {
        fs::write(folder.path("config.yaml"), &before).unwrap();
        die_before(folder.root(), env_alone);
        folder.run(&format!("{verb} --config config.yaml")).exits(code).says(BROUGHT_TO_END).says(why);
        assert_eq!(
            super::names(&folder.data()).iter().filter(|name| name.starts_with("secret.key")).count(),
            1
        );
        assert_eq!(fs::read(folder.data().join("secret.key")).unwrap(), key, "{verb}");
    }
}
