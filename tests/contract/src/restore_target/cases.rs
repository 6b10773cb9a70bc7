//! The cases of the restore target, up to the end of an `apply` or an interrupted `undo`.
//!
//! Does NOT list them for a test; the macro beside it does.

use super::TargetBed;
use super::states::*;
use crate::staging_area::stage;
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
