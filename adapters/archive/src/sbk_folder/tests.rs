//! What holds for CCU backups in a folder beyond their port's contract.

mod file_size_limit;
mod threads;

use super::*;
use bytes::Bytes;
use loom_contract::sbk_samples as samples;
use std::ops::ControlFlow;
use std::os::unix::fs::{PermissionsExt, symlink};
use tempfile::TempDir;

fn folder() -> (TempDir, SbkFolder) {
    let parent = tempfile::tempdir().unwrap();
    let folder = SbkFolder::open(parent.path().join("data dir/backups")).unwrap();
    (parent, folder)
}

fn id(id: &str) -> CcuBackupId {
    CcuBackupId::parse(id).unwrap()
}

async fn store(folder: &SbkFolder, name: &str, bytes: &[u8]) -> StoredSbk {
    let mut staging = folder.begin(&id(name)).await.unwrap();
    staging.write(Bytes::copy_from_slice(bytes)).await.unwrap();
    assert!(staging.judge(None).await.unwrap().is_good());
    staging.commit().await.unwrap()
}

fn names(folder: &SbkFolder) -> Vec<String> {
    let entries = folder.folder().read_dir().unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_folder_is_made_marked_and_closed_to_strangers() {
    let (_parent, folder) = folder();
    store(&folder, "a", &samples::good_sbk("3.87.6")).await;
    assert_eq!(names(&folder), [".nobackup", "a.sbk"]);
    // The umask may take more away.
    assert_eq!(mode(folder.folder()) & !0o750, 0);
    assert_eq!(mode(&folder.folder().join("a.sbk")) & !0o640, 0);
    assert_eq!(mode(&folder.folder().join("a.sbk")) & 0o600, 0o600);
    // Once more is once too few to disturb anything.
    SbkFolder::open(folder.folder()).unwrap();
    assert_eq!(names(&folder), [".nobackup", "a.sbk"]);
}

#[tokio::test]
async fn what_a_killed_run_left_is_swept_and_a_living_staging_is_not() {
    let (_parent, folder) = folder();
    let mut living = folder.begin(&id("living")).await.unwrap();
    let left = folder.folder().join(".loom-scratch-left");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("staged.sbk"), "half a backup").unwrap();
    // It does not say which machine made it.
    for path in [left.join("staged.sbk"), left.clone()] {
        std::fs::File::open(path).unwrap().set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
    }
    let again = SbkFolder::open(folder.folder()).unwrap();
    assert!(!left.exists());
    assert_eq!(again.list().await.unwrap(), []);
    living.write(samples::good_sbk("3.87.6").into()).await.unwrap();
    assert!(living.judge(None).await.unwrap().is_good());
    living.commit().await.unwrap();
    assert_eq!(names(&folder), [".nobackup", "living.sbk"]);
}

#[tokio::test]
async fn a_link_is_neither_found_nor_read_nor_removed_nor_replaced() {
    let (parent, folder) = folder();
    let outside = parent.path().join("outside.sbk");
    std::fs::write(&outside, samples::good_sbk("3.87.6")).unwrap();
    symlink(&outside, folder.folder().join("a.sbk")).unwrap();
    assert_eq!(folder.find(&id("a")).await.unwrap(), None);
    assert_eq!(folder.list().await.unwrap(), []);
    assert!(matches!(folder.judge(&id("a")).await, Err(CcuFilesError::NotFound(_))));
    assert!(matches!(folder.remove(&id("a")).await, Err(CcuFilesError::NotFound(_))));
    assert!(matches!(folder.begin(&id("a")).await.err(), Some(CcuFilesError::AlreadyExists(_))));
    assert!(outside.exists() && folder.folder().join("a.sbk").is_symlink());
}

#[tokio::test]
async fn a_link_that_takes_the_place_of_a_found_file_is_not_followed() {
    let (parent, folder) = folder();
    let stored = store(&folder, "a", &samples::good_sbk("3.87.6")).await;
    let path = folder.folder().join("a.sbk");
    let outside = parent.path().join("outside");
    std::fs::copy(&path, &outside).unwrap();
    std::fs::remove_file(&path).unwrap();
    symlink(&outside, &path).unwrap();
    assert!(matches!(folder.read(&stored, 0, 1).await.err(), Some(CcuFilesError::NotFound(_))));
}

#[tokio::test]
async fn a_file_that_takes_the_place_of_the_found_one_is_another_one() {
    let (parent, folder) = folder();
    let bytes = samples::good_sbk("3.87.6");
    let stored = store(&folder, "a", &bytes).await;
    let other = parent.path().join("other");
    std::fs::write(&other, &bytes).unwrap();
    std::fs::rename(&other, folder.folder().join("a.sbk")).unwrap();
    assert!(matches!(folder.read(&stored, 0, 1).await.err(), Some(CcuFilesError::Changed(_))));
    let now = folder.find(&id("a")).await.unwrap().unwrap();
    folder.read(&now, 0, 1).await.unwrap();
}

#[tokio::test]
async fn a_folder_that_is_taken_away_is_told_and_not_a_missing_file() {
    let (_parent, folder) = folder();
    std::fs::remove_dir_all(folder.folder()).unwrap();
    assert!(matches!(folder.list().await, Err(CcuFilesError::Unavailable { .. })));
    let error = folder.begin(&id("a")).await.err().unwrap();
    assert!(matches!(error, CcuFilesError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn a_flipped_bit_is_found_by_the_judge() {
    let (_parent, folder) = folder();
    let bytes = samples::good_sbk_of("3.87.6.20260101", 100_000);
    store(&folder, "a", &bytes).await;
    let path = folder.folder().join("a.sbk");
    for at in [600, bytes.len() / 2] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        let verdict = folder.judge(&id("a")).await.unwrap();
        assert!(!verdict.is_good(), "byte {at}");
        assert_eq!(verdict.size_bytes, bytes.len() as u64);
    }
    std::fs::write(&path, &bytes).unwrap();
    assert!(folder.judge(&id("a")).await.unwrap().is_good());
}

#[tokio::test]
async fn what_is_no_backup_is_hopeless_long_before_its_end() {
    let (_parent, folder) = folder();
    let mut staging = folder.begin(&id("a")).await.unwrap();
    let page = Bytes::from(samples::login_page().repeat(100));
    let mut written = 0;
    let error = loop {
        match staging.write(page.clone()).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 100, "nobody looked at it");
    };
    assert!(matches!(error, CcuFilesError::Hopeless), "{error}");
    assert!(matches!(staging.write(page).await, Err(CcuFilesError::Hopeless)));
    let verdict = staging.judge(None).await.unwrap();
    assert!(verdict.damages[0].to_string().contains("web page"), "{:?}", verdict.damages);
    assert!(matches!(staging.commit().await, Err(CcuFilesError::NotGood)));
}

#[test]
fn judging_a_file_tells_how_far_it_is_and_stops_when_told_to() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("any name");
    let bytes = samples::good_sbk_of("3.87.6", 3 << 20);
    std::fs::write(&path, &bytes).unwrap();
    let mut told = Vec::new();
    let verdict = judge_sbk_file(&path, |reached| {
        told.push(reached);
        ControlFlow::Continue(())
    });
    assert!(verdict.unwrap().unwrap().is_good());
    assert!(told.len() > 2 && told.is_sorted());
    assert_eq!(told.last(), Some(&(bytes.len() as u64)));

    let mut pieces = 0;
    let stopped = judge_sbk_file(&path, |_| {
        pieces += 1;
        ControlFlow::Break(())
    });
    assert_eq!((stopped.unwrap(), pieces), (None, 1));
    let absent = judge_sbk_file(&parent.path().join("absent"), |_| ControlFlow::Continue(()));
    assert_eq!(absent.unwrap_err().kind(), io::ErrorKind::NotFound);
}
