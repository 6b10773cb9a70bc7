//! The cases of the restore target.
//!
//! Does NOT list them for a test; the macro beside it does.

use super::TargetBed;
use super::states::*;
use crate::moments::moment;
use crate::staging_area::stage;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{Recovery, TargetError};
use loom_domain::restore_plan::{Beside, Present, Survey};
use std::collections::BTreeMap;
use std::sync::Arc;

/// `survey` tells databases from files and changes nothing.
pub async fn a_survey_tells_databases_from_files_and_changes_nothing(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", b"no database, but in its place");
    bed.put_file("a/history.db", DATABASE);
    bed.put_file("a/notes.db", b"text");
    bed.put_file("secret.key", b"AAAA");
    let before = bed.everything();
    let Survey { files, in_use_by, interrupted, .. } = bed.port().survey().await.unwrap();
    assert_eq!(bed.everything(), before);
    let expected = [
        ("a/history.db", Present::Database),
        ("a/notes.db", Present::File),
        ("openccu-loom.db", Present::Database),
        ("secret.key", Present::File),
    ];
    assert_eq!(files, expected.map(|(name, kind)| (path(name), kind)).into());
    assert_eq!((in_use_by, interrupted), (None, false));
}

/// `survey` leaves what an archive never holds out of the files: sidecars, locks, work files, stored CCU backups,
/// archives and folders that hold `.nobackup`.
pub async fn a_survey_leaves_out_what_is_no_state(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", DATABASE);
    for name in [
        "openccu-loom.db-wal",
        "openccu-loom.db-shm",
        "openccu-loom.lock",
        "backups/ccu.sbk",
        "cache/.nobackup",
        "cache/large",
    ] {
        bed.put_file(name, b"x");
    }
    bed.put_file("sealed", b"OCLBAK\x01");
    restore(&bed, &[("openccu-loom.db", RESTORED)], &["openccu-loom.db"]).await;
    let survey = bed.port().survey().await.unwrap();
    assert_eq!(survey.files, [(path("openccu-loom.db"), Present::Database)].into());
}

/// `survey` tells folders, and what stands there that an archive never holds, beside the files; sidecars, locks and
/// work files it does not.
pub async fn a_survey_tells_what_stands_beside_the_files(bed: Arc<dyn TargetBed>) {
    for name in ["openccu-loom.db-wal", "a/notes.db", "backups/ccu.sbk", "cache/.nobackup", "cache/a/large"] {
        bed.put_file(name, b"x");
    }
    bed.put_file("openccu-loom.db", DATABASE);
    bed.put_file("sealed", b"OCLBAK\x01");
    restore(&bed, &[("openccu-loom.db", RESTORED)], &["openccu-loom.db"]).await;
    let survey = bed.port().survey().await.unwrap();
    let folders = ["a", "backups", "cache", "cache/a"].map(|name| (path(name), Beside::Folder));
    let files = ["backups/ccu.sbk", "cache/a/large", "sealed"].map(|name| (path(name), Beside::File));
    assert_eq!(survey.beside, folders.into_iter().chain(files).collect());
}

/// Of a folder that does not exist `survey` says that nothing is there, and does not create it.
pub async fn a_survey_of_a_missing_data_dir_says_nothing_is_there(bed: Arc<dyn TargetBed>) {
    bed.remove_data_dir();
    let survey = bed.port().survey().await.unwrap();
    assert_eq!((survey.files, survey.beside), (BTreeMap::new(), BTreeMap::new()));
    assert_eq!((survey.in_use_by, survey.interrupted), (None, false));
    assert_eq!(bed.everything(), None);
}

/// `claim` creates a missing data dir, readable by its owner only; a dropped one takes it away again.
pub async fn a_claim_creates_a_missing_data_dir_privately(bed: Arc<dyn TargetBed>) {
    bed.remove_data_dir();
    let claim = bed.port().claim().await.unwrap();
    assert!(bed.is_private());
    drop(claim);
    assert_eq!(bed.everything(), None);
    restore(&bed, &[("openccu-loom.db", RESTORED), ("a/b", b"1")], &[]).await;
    assert!(bed.is_private());
    assert_eq!(bed.files(), files(&[("openccu-loom.db", RESTORED), ("a/b", b"1")]));
}

/// While a claim is held another `claim`, and `undo`, is `Busy`; `survey` says so and still works.
pub async fn a_second_claim_is_busy(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", DATABASE);
    let claim = bed.port().claim().await.unwrap();
    assert_busy(&bed, &format!("pid {}", std::process::id())).await;
    let survey = bed.port().survey().await.unwrap();
    assert!(survey.in_use_by.is_some());
    assert_eq!(survey.files.len(), 1);
    drop(claim);
    assert_eq!(bed.port().survey().await.unwrap().in_use_by, None);
    bed.port().claim().await.unwrap();
}

/// While a daemon runs `claim` is `Busy`, with the pid where it is known.
pub async fn a_claim_beside_a_daemon_is_busy_and_names_it(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", DATABASE);
    let (daemon, name) = bed.hold_as_daemon();
    assert_busy(&bed, &name).await;
    assert!(bed.port().survey().await.unwrap().in_use_by.unwrap().contains(&name));
    drop(daemon);
    bed.port().claim().await.unwrap();
}

/// Dropping a claim before `apply` leaves the data dir as it was.
pub async fn a_dropped_claim_leaves_the_data_dir_as_it_was(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", DATABASE);
    bed.put_file("secret.key", b"AAAA");
    // A first restore, so that there is an undo set that must stay as well.
    restore(&bed, &[("openccu-loom.db", RESTORED)], &["openccu-loom.db"]).await;
    let before = bed.everything();
    let mut claim = bed.port().claim().await.unwrap();
    stage(claim.as_mut(), "state/openccu-loom.db", b"staged").await;
    claim.folder(&path("state/folder")).await.unwrap();
    drop(claim);
    assert_eq!(bed.everything(), before);
}

/// `apply` puts the staged files in place and moves what the swap replaces into one undo set; a reader after it sees
/// only the new state.
pub async fn apply_puts_staged_files_in_place_and_sets_aside_what_they_replace(bed: Arc<dyn TargetBed>) {
    let staged = put_old_state(&bed);
    restore(&bed, &staged, &SET_ASIDE).await;
    assert_eq!(bed.files(), new_state());
    assert!(!bed.has_work_files());
}

/// `apply` puts copies of live files in place as the swap says, also of files it moves away; a name that is taken is
/// `Blocked`, and nothing is touched.
pub async fn apply_puts_copies_of_live_files_in_place(bed: Arc<dyn TargetBed>) {
    bed.put_file("secret.key", b"BBBB");
    restore_key(&bed, b"AAAA", "secret.key.old-1").await.unwrap();
    assert_eq!(bed.files(), files(&[("secret.key", b"AAAA"), ("secret.key.old-1", b"BBBB")]));
    let before = bed.everything();
    let error = restore_key(&bed, b"CCCC", "secret.key.old-1").await.unwrap_err();
    assert!(matches!(error, TargetError::Blocked { .. }), "{error}");
    assert_eq!(bed.everything(), before);
    assert!(!bed.has_work_files());
}

/// `apply` creates the folders of the swap and keeps those that are there.
pub async fn apply_makes_folders(bed: Arc<dyn TargetBed>) {
    bed.put_file("kept/file", b"stays");
    let claim = bed.port().claim().await.unwrap();
    let mut swap = swap(&[], &[]);
    swap.folders = vec![path("kept"), path("new"), path("new/deeper")];
    claim.apply(&swap).await.unwrap();
    assert_eq!(bed.files(), files(&[("kept/file", b"stays")]));
    assert!(!bed.has_work_files());
}

/// A folder where a file must go, or a file where a folder is needed, is `Blocked`, and nothing is touched.
pub async fn what_is_in_the_way_blocks_and_nothing_is_touched(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", DATABASE);
    bed.put_file("folder/file", b"1");
    bed.put_file("file", b"2");
    let before = bed.everything();
    for target in ["folder", "file/inner", ".loom-restore/journal.json", ".loom-undo/x", "openccu-loom.lock"]
    {
        let staged: [(&str, &[u8]); 2] = [("openccu-loom.db", RESTORED), (target, b"3")];
        let claim = claim_and_stage(&bed.port(), &staged).await.unwrap();
        let error = claim.apply(&swap(&staged, &["openccu-loom.db"])).await.unwrap_err();
        assert!(matches!(error, TargetError::Blocked { .. }), "{target}: {error}");
        assert_eq!(bed.everything(), before, "{target}");
    }
}

/// An `apply` interrupted at any step is completed or taken back by the next `claim` or `recover`.
pub async fn an_interrupted_apply_ends_wholly_old_or_wholly_new(bed: Arc<dyn TargetBed>) {
    let mut ends = BTreeMap::new();
    for step in 0.. {
        let staged = put_old_state(&bed);
        let dying = bed.dying_port(step);
        let done = async {
            let claim = claim_and_stage(&dying, &staged).await?;
            claim.apply(&swap(&staged, &SET_ASIDE)).await
        };
        let done = done.await.is_ok();
        // Every other time the next restore is what finds the interrupted one.
        let recovery = match step % 2 {
            0 => Some(bed.port().recover().await.unwrap()),
            _ => bed.port().claim().await.map(|_| None).unwrap(),
        };
        let found = bed.files();
        match recovery {
            Some(Recovery::RolledBack) => assert_eq!(found, old_state(), "step {step}"),
            Some(Recovery::RolledForward) => assert_eq!(found, new_state(), "step {step}"),
            _ => assert!(found == old_state() || found == new_state(), "step {step}: {found:?}"),
        }
        ends.entry(found == new_state()).and_modify(|count| *count += 1).or_insert(1);
        assert!(!bed.has_work_files(), "step {step}");
        assert_eq!(bed.port().recover().await.unwrap(), Recovery::NothingToDo, "step {step}");
        if done {
            break;
        }
        restore(&bed, &staged, &SET_ASIDE).await;
        assert_eq!(bed.files(), new_state(), "step {step}");
    }
    assert!(
        ends.len() == 2,
        "no step was interrupted before, or none after, the point of no return: {ends:?}"
    );
}

/// An `undo` interrupted at any step is completed or taken back.
pub async fn an_interrupted_undo_ends_wholly_old_or_wholly_new(bed: Arc<dyn TargetBed>) {
    for step in 0.. {
        let staged = put_old_state(&bed);
        restore(&bed, &staged, &SET_ASIDE).await;
        let done = bed.dying_port(step).undo().await.is_ok();
        let recovery = bed.port().recover().await.unwrap();
        let found = bed.files();
        let undone = found == old_state();
        assert!(undone || found == new_state(), "step {step}: {found:?}");
        assert!(undone || recovery != Recovery::RolledForward, "step {step}");
        assert!(!bed.has_work_files(), "step {step}");
        bed.port().undo().await.unwrap();
        assert_eq!(bed.files(), if undone { new_state() } else { old_state() }, "step {step}");
        if done {
            assert!(step > 0 && undone);
            break;
        }
    }
}

/// `undo` stops with `BroughtToEnd` where it finds an `apply` or `undo` that was interrupted while it replaced files, and
/// only completes that: going on would undo it.
pub async fn an_undo_that_finds_an_interrupted_one_only_completes_that(bed: Arc<dyn TargetBed>) {
    let mut completed = 0;
    for step in 0.. {
        let staged = put_old_state(&bed);
        restore(&bed, &staged, &SET_ASIDE).await;
        let done = bed.dying_port(step).undo().await.is_ok();
        match bed.port().undo().await {
            Err(TargetError::BroughtToEnd(_)) => {
                assert_eq!(bed.files(), old_state(), "step {step}");
                assert!(!bed.has_work_files(), "step {step}");
                completed += 1;
                bed.port().undo().await.unwrap();
                assert_eq!(bed.files(), new_state(), "step {step}");
            }
            other => {
                other.unwrap();
                let found = bed.files();
                assert!(found == old_state() || done, "step {step}: {found:?}");
            }
        }
        if done {
            break;
        }
    }
    assert!(completed > 3, "{completed}");
}

/// `undo` brings back the state before the last `apply`, and says what it moved.
pub async fn undo_brings_back_the_state_before(bed: Arc<dyn TargetBed>) {
    let staged = put_old_state(&bed);
    restore(&bed, &staged, &SET_ASIDE).await;
    // What a daemon writes after the restore belongs to the restored state.
    bed.put_file("openccu-loom.db-wal", b"written after the restore");
    let undone = bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), old_state());
    assert_eq!(undone.replaced_at, moment(7));
    let names = |paths: &[MemberPath]| paths.iter().map(|p| p.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(
        names(&undone.brought_back),
        ["a/b/notes.json", "history.db", "openccu-loom.db", "openccu-loom.db-wal"]
    );
    assert_eq!(
        names(&undone.set_aside),
        ["a/b/notes.json", "new/added.json", "openccu-loom.db", "openccu-loom.db-wal", OLD_KEY]
    );
    assert!(!bed.has_work_files());
}

/// What `undo` replaces is the new undo set.
pub async fn undo_of_undo_brings_the_restored_state_back(bed: Arc<dyn TargetBed>) {
    let staged = put_old_state(&bed);
    restore(&bed, &staged, &SET_ASIDE).await;
    for expected in [old_state(), new_state(), old_state()] {
        bed.port().undo().await.unwrap();
        assert_eq!(bed.files(), expected);
    }
}

/// A key file that `undo` replaces by another one also gets the name of an earlier key, unless one of those is its
/// copy.
pub async fn a_key_that_an_undo_replaces_is_kept(bed: Arc<dyn TargetBed>) {
    bed.put_file("secret.key", b"BBBB");
    restore_key(&bed, b"AAAA", "secret.key.old-1").await.unwrap();
    for (present, earlier) in [(b"BBBB", b"AAAA"), (b"AAAA", b"BBBB"), (b"BBBB", b"AAAA")] {
        bed.port().undo().await.unwrap();
        let found = bed.files();
        assert_eq!(found["secret.key"], present);
        let [(name, bytes)] = <[_; 1]>::try_from(old_keys(&found)).unwrap();
        assert!(name != "secret.key.old-1" || present == b"AAAA", "{name}");
        assert_eq!(bytes, earlier);
    }
    for name in bed.files().keys() {
        bed.remove_file(name);
    }
    restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[]), "no other key took its place");

    bed.put_file("secret.key", b"BBBB");
    bed.put_file("secret.key.old-0", b"AAAA");
    restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("secret.key", b"BBBB"), ("secret.key.old-0", b"AAAA")]));
}

/// A key file that lies in the undo set alone gets the name of an earlier key from the `apply` that replaces the set.
pub async fn a_key_that_lies_in_the_undo_set_alone_outlives_it(bed: Arc<dyn TargetBed>) {
    restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
    // Rotated: no archive holds this one.
    bed.put_file("secret.key", b"BBBB");
    bed.put_file("secret.key.old-0", b"AAAA");
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("secret.key.old-0", b"AAAA")]));
    for times in 1..=2 {
        restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
        let mut found = bed.files();
        assert_eq!(found.remove("secret.key").unwrap(), b"AAAA");
        assert_eq!(found.remove("secret.key.old-0").unwrap(), b"AAAA");
        let [(_, bytes)] = <[_; 1]>::try_from(old_keys(&found)).unwrap();
        assert_eq!((bytes, found.len()), (b"BBBB".to_vec(), 1), "restore {times}");
    }
}

/// Where `undo` brings a key file back, every other kind of key file is set aside: one that was added since may beat
/// it.
pub async fn no_key_file_that_was_added_since_beats_the_one_an_undo_brings_back(bed: Arc<dyn TargetBed>) {
    bed.put_file("secret.key", b"AAAA");
    restore_key(&bed, b"BBBB", "secret.key.old-1").await.unwrap();
    bed.remove_file("secret.key");
    bed.put_file("secret.key.kms", b"wrapped");
    let undone = bed.port().undo().await.unwrap();
    assert!(undone.set_aside.contains(&path("secret.key.kms")), "{undone:?}");
    let mut found = bed.files();
    assert_eq!(found.remove("secret.key").unwrap(), b"AAAA");
    let (name, kept) = found.pop_first().unwrap();
    assert!(
        name.starts_with("secret.key.kms.old-") && kept == b"wrapped" && found.is_empty(),
        "{name} {found:?}"
    );
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("secret.key.kms", b"wrapped"), ("secret.key.old-1", b"AAAA")]));
}

/// There is one undo set: that of the last `apply`.
pub async fn there_is_one_undo_set(bed: Arc<dyn TargetBed>) {
    for version in [b"1", b"2", b"3"] {
        restore(&bed, &[("openccu-loom.db", version)], &["openccu-loom.db"]).await;
    }
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("openccu-loom.db", b"2")]));
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("openccu-loom.db", b"3")]));
}

/// `undo` without an undo set is `NothingToUndo`.
pub async fn undo_without_an_undo_set_is_nothing_to_undo(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", DATABASE);
    let before = bed.files();
    let error = bed.port().undo().await.unwrap_err();
    assert!(matches!(error, TargetError::NothingToUndo(_)), "{error}");
    assert_eq!(bed.files(), before);
    bed.remove_data_dir();
    let error = bed.port().undo().await.unwrap_err();
    assert!(matches!(error, TargetError::NothingToUndo(_)), "{error}");
    assert_eq!(bed.everything(), None);
}

/// `recover` does nothing where nothing was interrupted, a missing data dir included.
pub async fn recovery_of_an_idle_data_dir_does_nothing(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", DATABASE);
    assert_eq!(bed.port().recover().await.unwrap(), Recovery::NothingToDo);
    assert_eq!(bed.files(), files(&[("openccu-loom.db", DATABASE)]));
    bed.remove_data_dir();
    assert_eq!(bed.port().recover().await.unwrap(), Recovery::NothingToDo);
    assert_eq!(bed.everything(), None);
}
