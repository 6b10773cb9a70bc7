//! Write-ahead logs the replaced database left behind: replayed into the restored one, they would ruin it.

use loom_e2e::contents::{Contents, working_files};
use loom_e2e::data_dir::sqlite;
use loom_e2e::story::Story;
use std::fs;

#[test]
fn the_log_of_the_replaced_database_is_not_replayed() {
    let story = Story::default();
    story.create("a.tar.gz");
    let wanted = Contents::of(&story.data());
    // The same pages as in the archive, so a log that stayed would fit.
    story.state().commit_into_wal("UPDATE users SET role = 'intruder'; DELETE FROM centrals;");
    let changed = Contents::of(&story.data());
    assert_ne!(changed, wanted);
    story.run("backup restore --data-dir var --force a.tar.gz").exits(0);
    assert_eq!(Contents::of(&story.data()), wanted);
    let roles = sqlite(&story.state().database(), "SELECT DISTINCT role FROM users ORDER BY role;");
    assert_eq!(roles, "admin\nviewer\n");
    story.run("backup undo-restore --data-dir var").exits(0);
    assert_eq!(Contents::of(&story.data()), changed, "the undo must bring the log back with its database");
}

#[test]
fn a_log_without_its_database_is_not_replayed_either() {
    let story = Story::default();
    story.create("a.tar.gz");
    let wanted = Contents::of(&story.data());
    story.state().commit_into_wal("UPDATE users SET role = 'intruder';");
    fs::remove_file(story.state().database()).unwrap();
    story.run("backup restore --data-dir var a.tar.gz").exits(6).says("history.db` exists; use --force");
    fs::remove_file(story.data().join("history.db")).unwrap();
    story.run("backup restore --data-dir var a.tar.gz").exits(0);
    assert_eq!(Contents::of(&story.data()), wanted);
}

#[test]
fn a_rollback_journal_is_not_rolled_back_into_the_restored_database() {
    let story = Story::default();
    let database = story.state().database();
    sqlite(&database, "PRAGMA journal_mode = DELETE;");
    story.create("a.tar.gz");
    let wanted = Contents::of(&story.data());
    // What a power cut in a large transaction leaves: changed pages in the database, the old ones in the journal.
    let script = "PRAGMA cache_size = 1; BEGIN; UPDATE users SET role = 'x'; UPDATE paramsets SET paramset_json = hex(zeroblob(3000));\n.system cp DB DB-copy; cp DB-journal DB-journal-copy\n";
    sqlite(&database, &script.replace("DB", &database.display().to_string()));
    for name in ["openccu-loom.db", "openccu-loom.db-journal"] {
        fs::rename(story.data().join(format!("{name}-copy")), story.data().join(name)).unwrap();
    }
    story.run("backup restore --data-dir var --force a.tar.gz").exits(0);
    assert!(!story.data().join("openccu-loom.db-journal").exists());
    assert_eq!(Contents::of(&story.data()), wanted);
    assert_eq!(working_files(&story.data()), [".loom-undo"]);
}
