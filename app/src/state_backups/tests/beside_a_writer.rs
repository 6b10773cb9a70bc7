//! A daemon backs itself up while it writes: its own locks on the database have to outlive every backup.
//!
//! POSIX locks belong to the process: opening and closing the database past SQLite would end them. What the kernel
//! says of each open file is in `/proc/self/fdinfo`; `/proc/locks` is no witness, since it is read page by page while
//! locks come and go, and leaves out one that is held all the time. Does NOT look into archives beyond their verdict.

use super::bed::{Home, read};
use crate::jobs::JobState;
use serde_json::json;
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How many POSIX locks this process has on a file, by any descriptor of it.
fn locks_on(path: &Path) -> usize {
    let searched = path.metadata().unwrap();
    let is_it = |file: Metadata| (file.dev(), file.ino()) == (searched.dev(), searched.ino());
    let open = std::fs::read_dir("/proc/self/fd").unwrap().map(|entry| entry.unwrap().path());
    // A descriptor of another test may be closed by the time it is looked at.
    let of_it = open.filter(|descriptor| descriptor.metadata().is_ok_and(is_it));
    of_it.map(|descriptor| posix_locks(&descriptor)).sum()
}

fn posix_locks(descriptor: &Path) -> usize {
    let number = descriptor.file_name().unwrap();
    let said = std::fs::read_to_string(Path::new("/proc/self/fdinfo").join(number)).unwrap_or_default();
    said.lines().filter(|line| line.starts_with("lock:") && line.contains("POSIX")).count()
}

fn shared_memory(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-shm");
    path.into()
}

async fn pause() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

#[tokio::test]
async fn the_look_at_locks_sees_them_end() {
    let home = Home::new().await;
    let database = home.data_dir().join("openccu-loom.db");
    home.append(0).await;
    assert!(locks_on(&database) > 0 && locks_on(&shared_memory(&database)) > 0);
    drop(std::fs::File::open(&database).unwrap());
    assert_eq!(locks_on(&database), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_backups_beside_a_writer_are_whole_and_the_writer_loses_nothing() {
    let home = Arc::new(Home::new().await);
    let database = home.data_dir().join("openccu-loom.db");
    let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let writer = tokio::spawn({
        let (home, stop, written) = (home.clone(), stop.clone(), written.clone());
        async move {
            while !stop.load(Ordering::SeqCst) {
                home.append(written.load(Ordering::SeqCst)).await;
                written.fetch_add(1, Ordering::SeqCst);
                pause().await;
            }
        }
    });
    let bed = home.bed(None);
    for _ in 0..20 {
        let before = written.load(Ordering::SeqCst);
        let id = bed.taken().await;
        let job = bed.ended(bed.backups.verify(&id).await).await;
        assert_eq!(job.state, JobState::Completed, "{:?}", job.failure);
        assert_eq!(job.result.unwrap()["verdict"], json!("ok"));
        let found = bed.backups.find(&id).await.unwrap();
        let content = bed.backups.read(&found, 0, found.bytes).await.unwrap();
        assert_eq!(read(content).await.unwrap().len() as u64, found.bytes);
        bed.backups.list().await.unwrap();
        assert!(locks_on(&database) > 0, "the database is no longer locked by its daemon");
        assert!(locks_on(&shared_memory(&database)) > 0, "its shared memory is no longer locked");
        // The second one began after the backup did.
        while written.load(Ordering::SeqCst) < before + 2 {
            assert!(!writer.is_finished(), "the writer gave up");
            pause().await;
        }
    }
    stop.store(true, Ordering::SeqCst);
    writer.await.unwrap();
    assert_eq!(home.entries().await, written.load(Ordering::SeqCst));
    assert_eq!(bed.backups.list().await.unwrap().archives.len(), 20);
}
