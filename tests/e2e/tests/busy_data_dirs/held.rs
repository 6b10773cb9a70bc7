//! Data dirs a daemon, or anybody, has open.

use crate::users::User;
use crate::with_other_archive;
use loom_e2e::contents::{Bytes, Contents};

const RESTORE: &str = "backup restore --data-dir var --force other.tar.gz";

#[test]
fn a_data_dir_a_daemon_holds_is_refused_and_the_daemon_named() {
    let (story, other) = with_other_archive();
    let before = Bytes::of(&story.data());
    let daemon = User::daemon(&story.data());
    let by = format!("in use by a daemon {}", daemon.name());
    for verb in [RESTORE, &format!("{RESTORE} --dry-run"), "backup undo-restore --data-dir var"] {
        story.run(verb).exits(6).says(&by).says("stop it first");
    }
    assert_eq!(Bytes::of(&story.data()), before);
    drop(daemon);
    story.run(RESTORE).exits(0);
    assert_eq!(Contents::of(&story.data()), other);
}

#[test]
fn a_backup_beside_a_daemon_is_taken() {
    let (story, _) = with_other_archive();
    let _daemon = User::daemon(&story.data());
    let _reader = User::reader(&story.state().database());
    story.create("beside.tar.gz");
    story.run("backup verify beside.tar.gz").exits(0);
}

#[test]
fn a_database_another_process_has_open_is_refused_and_the_process_named() {
    for name in ["openccu-loom.db", "history.db"] {
        let (story, other) = with_other_archive();
        let before = Bytes::of(&story.data());
        let reader = User::reader(&story.data().join(name));
        let by = format!("in use by another process {}", reader.name());
        for verb in [RESTORE, &format!("{RESTORE} --dry-run")] {
            story.run(verb).exits(6).says(&by);
        }
        assert_eq!(Bytes::of(&story.data()), before);
        drop(reader);
        story.run(RESTORE).exits(0);
        assert_eq!(Contents::of(&story.data()), other);
    }
}

#[test]
fn a_lock_file_whose_holder_is_gone_is_no_obstacle() {
    let (story, other) = with_other_archive();
    std::fs::write(story.data().join("openccu-loom.lock"), "1 daemon\n").unwrap();
    story.run(RESTORE).exits(0);
    assert_eq!(Contents::of(&story.data()), other);
}
