//! A folder for archives that is full, or cannot be written: a failed job with words, and nothing of it stays.
//!
//! Each case runs as a child in a mount namespace of its own. Does NOT run where nobody may mount.

use super::bed::{Home, names};
use crate::jobs::JobState;
use std::path::PathBuf;
use std::process::Command;

const PLACE: &str = "OPENCCU_LOOM_TEST_PLACE";

/// Runs the test `child` of this file with a file system of 2 MiB mounted, `options` beside.
fn with_small_disk(child: &str, then: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("mount -t tmpfs -o size=2m none \"$1\"; {then}; shift; exec \"$@\"");
    let name = format!("{}::{child}", module_path!().split_once("::").unwrap().1);
    let child = Command::new("unshare")
        .args(["--map-root-user", "--mount", "bash", "-euc", &script, "bash"])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .args([name.as_str(), "--exact", "--ignored", "--nocapture"])
        .env(PLACE, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    let complained = String::from_utf8_lossy(&child.stderr);
    assert!(child.status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

fn place() -> PathBuf {
    std::env::var_os(PLACE).unwrap().into()
}

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn a_full_disk_is_a_failed_job_that_leaves_nothing() {
    with_small_disk("backs_up_into_a_full_folder", "true");
}

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn a_folder_that_cannot_be_written_is_a_failed_job() {
    with_small_disk("backs_up_into_a_read_only_folder", "mount -o remount,ro \"$1\"");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs as the child of another test"]
async fn backs_up_into_a_full_folder() {
    let home = Home::new().await;
    // Bytes that no packing makes few.
    let mut word = 1_u64;
    let mut next = || {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()
    };
    let bytes: Vec<u8> = (0..(4 << 20) / 8).flat_map(|_| next()).collect();
    std::fs::write(home.data_dir().join("large.bin"), bytes).unwrap();
    let bed = home.bed(Some(&place()));
    let job = bed.ended(bed.backups.create(false).await).await;
    assert_eq!(job.state, JobState::Failed);
    let failure = job.failure.unwrap();
    let full = ["no space left", "No space left"].iter().any(|words| failure.reason.contains(words));
    assert!(full && failure.reason.contains(&place().display().to_string()), "{failure:?}");
    assert_eq!(names(&place()), [".nobackup"]);
    std::fs::remove_file(home.data_dir().join("large.bin")).unwrap();
    let id = bed.taken().await;
    assert_eq!(names(&place()), [".nobackup".to_owned(), id.to_string()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs as the child of another test"]
async fn backs_up_into_a_read_only_folder() {
    let home = Home::new().await;
    let bed = home.bed(Some(&place()));
    let failure = bed.ended(bed.backups.create(false).await).await.failure.unwrap();
    assert!(failure.reason.contains("Read-only file system"), "{failure:?}");
    assert!(failure.hint.unwrap().contains("`state_backups.dir`"));
    assert!(bed.backups.list().await.unwrap().archives.is_empty());
    assert!(names(&place()).is_empty());
}
