//! A restore that died when all but its config file was in place: whoever ends it goes by the new config file.
//!
//! What it leaves is laid out by hand, for no kill hits that instant for sure.

use loom_e2e::age_keys::OFFICE;
use loom_e2e::story::Story;
use std::fs;
use std::path::PathBuf;

/// A story in which `config.yaml` is yet to become this, made of the old one.
fn died_before(new: impl Fn(&str) -> String) -> Story {
    let story = Story::default();
    let beside = |what: &str| story.path(&format!(".loom-{what}-config.yaml"));
    let live = story.path("config.yaml");
    fs::copy(&live, beside("old")).unwrap();
    fs::write(beside("new"), new(&fs::read_to_string(&live).unwrap())).unwrap();
    let paths = |first: PathBuf, second: PathBuf| format!("[{first:?},{second:?}]");
    let journal = format!(
        r#"{{"format":2,"moves":[],"folders":[],"config":{},"keep":{},"discard":null}}"#,
        paths(beside("new"), live),
        paths(beside("old"), beside("undo")),
    );
    fs::create_dir(story.data().join(".loom-restore")).unwrap();
    fs::write(story.data().join(".loom-restore/journal.json"), journal).unwrap();
    story
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
fn a_restore_and_an_undo_stop_where_they_end_an_interrupted_one() {
    for verb in ["restore --force --config config.yaml a.tar.gz", "undo-restore --config config.yaml"] {
        let story = died_before(str::to_owned);
        story.run(&format!("backup {verb}")).exits(6).says("was brought to its end instead");
    }
}
