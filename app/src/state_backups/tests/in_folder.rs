//! What the service promises in a local folder. Does NOT repeat what holds everywhere.

use super::bed::{Home, names, read};
use crate::jobs::JobState;
use crate::state_backups::failure::of_backup;
use crate::state_backups::{FolderError, FolderPlace, StateBackupPorts};
use crate::wire::{CreateError, HeldDataDir};
use loom_adapter_archive::SwapLock;
use loom_adapter_memory::MemoryClock;
use loom_domain::archive::{ArchiveLock, FormOrder, SealOrder};
use loom_domain::ports::{ArchiveId, KeyWrappings};
use serde_json::json;
use std::fs::File;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_the_open_state_is_whole_and_opens_its_secrets() {
    let home = Home::new().await;
    let bed = home.bed(None);
    let id = bed.taken().await;
    assert_eq!(names(&home.archives()), [".nobackup".to_owned(), id.to_string()]);
    assert_eq!(home.archives().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let job = bed.ended(bed.backups.verify(&id).await).await;
    let result = job.result.unwrap();
    assert_eq!(result["verdict"], json!("ok"));
    assert_eq!(
        (&result["sealed_values"]["total"], &result["sealed_values"]["unreadable"]),
        (&json!(1), &json!(0))
    );
    let manifest = bed.backups.inspect(&id).await.unwrap().manifest.unwrap();
    let files: Vec<_> = manifest.files.keys().map(|member| member.as_str()).collect();
    assert_eq!(files, ["config.yaml", "state/openccu-loom.db", "state/secret.key"]);
    // A second one does not hold the first.
    let second = bed.taken().await;
    let manifest = bed.backups.inspect(&second).await.unwrap().manifest.unwrap();
    assert_eq!(manifest.files.len(), 3, "{:?}", manifest.files.keys());
    assert_eq!(names(&home.archives()).len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_handed_out_is_the_file() {
    let home = Home::new().await;
    let bed = home.bed(None);
    let id = bed.taken().await;
    let stored = std::fs::read(home.archives().join(id.as_str())).unwrap();
    let found = bed.backups.find(&id).await.unwrap();
    let content = bed.backups.read(&found, 0, found.bytes).await.unwrap();
    bed.backups.remove(&id).await.unwrap();
    assert_eq!(names(&home.archives()), [".nobackup"]);
    assert!(read(content).await.unwrap() == stored, "a removal must not disturb who reads");
}

#[tokio::test]
async fn leftovers_of_a_killed_run_are_removed_at_the_start() {
    let home = Home::new().await;
    let folders = [home.archives(), home.data_dir()];
    let left = folders.each_ref().map(|folder| leave_in(folder));
    home.bed(None);
    assert_eq!(names(&home.archives()), [".nobackup"]);
    assert!(left.iter().all(|left| !left.exists()));
}

/// Leaves in `folder` what a killed run does, and gives its path.
fn leave_in(folder: &Path) -> PathBuf {
    let left = folder.join(".loom-scratch-left");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("archive"), b"half").unwrap();
    // It does not say which machine made it.
    for path in [&left.join("archive"), &left] {
        File::open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
    left
}

/// The data dir and, beside it, a folder for archives elsewhere.
fn with_share(home: &Home) -> (PathBuf, PathBuf, StateBackupPorts) {
    let (data_dir, folder) = (home.data_dir(), home.folder.path().join("share"));
    let clock = Arc::new(MemoryClock::new(super::bed::NOW.parse().unwrap()));
    let (keys, wrappings) = (home.keys.clone(), KeyWrappings::default());
    let place = FolderPlace { data_dir: &data_dir, folder: Some(&folder), keys, wrappings, clock };
    let ports = place.open().unwrap();
    (data_dir, folder, ports)
}

fn sealed() -> FormOrder {
    FormOrder { seal: Some(SealOrder::MasterKey), ..FormOrder::default() }
}

#[tokio::test]
async fn leftovers_of_a_killed_run_make_room_before_a_backup_begins() {
    let home = Home::new().await;
    let (_, folder, ports) = with_share(&home);
    for order in [sealed(), FormOrder::default()] {
        let left = leave_in(&folder);
        let _held = (ports.hold)(&order).unwrap();
        assert!(!left.exists(), "{order:?}");
    }
}

#[tokio::test]
async fn copies_of_databases_lie_beside_open_archives_and_in_the_data_dir_for_sealed_ones() {
    let home = Home::new().await;
    let (data_dir, folder, ports) = with_share(&home);
    let count = |place: &Path| names(place).iter().filter(|name| name.starts_with(".loom-scratch-")).count();
    let scratch = || (count(&data_dir), count(&folder));
    let held = (ports.hold)(&sealed()).unwrap();
    let area = ports.scratch.open_scratch(Some(&ArchiveLock::MasterKey)).await.unwrap();
    assert_eq!(scratch(), (2, 0));
    drop((held, area));
    let held = (ports.hold)(&FormOrder::default()).unwrap();
    let area = ports.scratch.open_scratch(None).await.unwrap();
    assert_eq!(scratch(), (0, 2));
    drop((held, area));
    assert_eq!(scratch(), (0, 0));
}

#[test]
fn where_no_scratch_can_be_made_the_folder_that_is_at_fault_is_the_one_to_mend() {
    let place = tempfile::tempdir().unwrap();
    let (data_dir, missing) = (place.path(), place.path().join("missing"));
    let hint = |held: Result<HeldDataDir, CreateError>| of_backup(&held.err().unwrap()).hint.unwrap();
    assert!(hint(HeldDataDir::hold_beside(data_dir, &missing)).contains("`state_backups.dir`"));
    assert!(hint(HeldDataDir::hold_settled(data_dir, &missing)).contains("in the data dir"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_was_taken_away_is_an_empty_list_and_comes_back_with_the_next_backup() {
    let home = Home::new().await;
    let bed = home.bed(None);
    std::fs::remove_dir_all(home.archives()).unwrap();
    assert!(bed.backups.list().await.unwrap().archives.is_empty());
    bed.taken().await;
    assert_eq!(bed.backups.list().await.unwrap().archives.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_master_key_changes_no_backup_is_taken() {
    let home = Home::new().await;
    let bed = home.bed(None);
    let change = SwapLock::exclusive(&home.data_dir()).unwrap();
    let failed = bed.ended(bed.backups.create(false).await).await;
    assert!(failed.failure.unwrap().reason.contains("is in use by a change of the master key by a daemon"));
    assert_eq!(names(&home.archives()), [".nobackup"]);
    drop(change);
    bed.taken().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_that_is_dropped_in_the_middle_leaves_nothing() {
    let home = Home::new().await;
    // Enough that it takes far longer than this test needs to see how far it is.
    File::create_new(home.data_dir().join("large.bin")).unwrap().set_len(256 << 20).unwrap();
    for step in [None, Some(0), Some(1), Some(1 << 20), Some(8 << 20)] {
        let bed = home.bed(None);
        let job = bed.backups.create(false).await;
        let done = || {
            let job = bed.jobs.find(job.as_ref().unwrap().id.as_str()).unwrap();
            assert!(!job.has_ended(), "{:?}", job.failure);
            job.progress.map(|progress| progress.done_bytes)
        };
        while done() < step {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bed.jobs.stop(Duration::ZERO).await;
        let job = bed.ended(job).await;
        assert_eq!(job.failure.unwrap().reason, "the daemon is stopping");
        assert_eq!(names(&home.archives()), [".nobackup"], "after {step:?} bytes");
    }
}

#[tokio::test]
async fn the_data_dir_itself_is_no_folder_for_archives() {
    let home = Home::new().await;
    let data_dir = home.data_dir();
    let clock = Arc::new(MemoryClock::new(super::bed::NOW.parse().unwrap()));
    let place = FolderPlace {
        data_dir: &data_dir,
        folder: Some(&data_dir),
        keys: home.keys.clone(),
        wrappings: KeyWrappings::default(),
        clock,
    };
    assert!(matches!(place.open(), Err(FolderError::LiveState(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_in_the_folder_is_not_shown_and_not_removed() {
    let home = Home::new().await;
    let bed = home.bed(None);
    let id = bed.taken().await;
    let elsewhere = home.folder.path().join("elsewhere.tar.gz");
    std::fs::copy(home.archives().join(id.as_str()), &elsewhere).unwrap();
    let link = ArchiveId::parse("linked.tar.gz").unwrap();
    std::os::unix::fs::symlink(&elsewhere, home.archives().join(link.as_str())).unwrap();
    assert_eq!(bed.backups.list().await.unwrap().archives.len(), 1);
    assert!(bed.backups.find(&link).await.is_err() && bed.backups.remove(&link).await.is_err());
    assert!(elsewhere.exists());
    let job = bed.ended(bed.backups.verify(&id).await).await;
    assert_eq!(job.state, JobState::Completed);
}
