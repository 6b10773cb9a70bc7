//! What the service promises wherever archives are kept. Does NOT touch a disk.

use super::bed::{Bed, read};
use crate::jobs::{Job, JobState, Jobs};
use crate::state_backups::{StateBackupError, StateBackupPorts};
use async_trait::async_trait;
use loom_adapter_memory::{MemoryArchives, MemoryKey, MemoryRandomness};
use loom_domain::archive::ArchiveForm;
use loom_domain::ports::{
    ArchiveId, ArchiveListing, ArchiveShelf, ArchiveSink, Content, ListedArchive, ShelfError, SinkError,
    SourceError, Staging, StoredArchive, Undescribed,
};
use serde_json::json;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

#[tokio::test]
async fn a_backup_is_taken_listed_inspected_verified_read_and_removed() {
    let (bed, archives) = Bed::in_memory();
    let job = bed.ended(bed.backups.create(true).await).await;
    let result = job.result.clone().unwrap();
    assert_eq!(result["archive"], json!(job.object));
    let id = ArchiveId::parse(&job.object).unwrap();
    let stored = archives.bytes(&id).unwrap();
    assert_eq!(result["bytes"], json!(stored.len()));

    let overview = bed.backups.list().await.unwrap();
    assert_eq!(overview.archives.len(), 1);
    assert!(overview.jobs.is_empty(), "a completed job is an archive");
    let shown = bed.backups.inspect(&id).await.unwrap();
    let manifest = shown.manifest.unwrap();
    let files: Vec<_> = manifest.files.keys().map(|member| member.as_str()).collect();
    assert_eq!(files, ["config.yaml", "secrets/README.txt", "state/openccu-loom.db"]);
    assert!(shown.verified.is_none());

    let job = bed.ended(bed.backups.verify(&id).await).await;
    let result = job.result.unwrap();
    assert_eq!(
        (&result["verdict"], &result["ok"], &result["damage"]),
        (&json!("ok"), &json!(true), &json!([]))
    );
    assert!(bed.backups.inspect(&id).await.unwrap().verified.unwrap().verdict.is_ok());

    let found = bed.backups.find(&id).await.unwrap();
    let content = bed.backups.read(&found, 5, 20).await.unwrap();
    assert_eq!(read(content).await.unwrap(), stored[5..25]);

    bed.backups.remove(&id).await.unwrap();
    assert!(archives.names().is_empty());
    assert!(matches!(bed.backups.remove(&id).await, Err(StateBackupError::NotFound(_))));
    assert!(matches!(bed.backups.inspect(&id).await, Err(StateBackupError::NotFound(_))));
    assert!(matches!(bed.backups.verify(&id).await, Err(StateBackupError::NotFound(_))));
}

#[tokio::test]
async fn the_verdict_on_an_archive_that_something_else_removed_is_forgotten() {
    let (bed, archives) = Bed::in_memory();
    let (kept, gone) = bed.two_taken().await;
    for id in [&kept, &gone] {
        bed.ended(bed.backups.verify(id).await).await;
    }
    archives.remove(&gone).await.unwrap();
    bed.backups.refresh_figures().await;
    let verified: Vec<_> = bed.backups.inner.lock_verified().keys().cloned().collect();
    assert_eq!(verified, [kept]);
}

#[tokio::test]
async fn backups_of_one_second_get_the_seconds_after_it() {
    let (bed, archives) = Bed::in_memory();
    let jobs =
        [bed.backups.create(false).await, bed.backups.create(false).await, bed.backups.create(false).await];
    for job in jobs {
        assert_eq!(bed.ended(job).await.state, JobState::Completed);
    }
    bed.taken().await;
    let names: Vec<_> = archives.names().iter().map(ToString::to_string).collect();
    for (name, second) in names.iter().zip(["00Z", "01Z", "02Z", "03Z"]) {
        assert!(name.ends_with(&format!("-20260608T1200{second}.tar.gz")), "{name}");
    }
    assert_eq!(names.len(), 4);
}

#[tokio::test]
async fn the_list_is_newest_first_with_damaged_ones_last_and_what_is_wrong() {
    let (bed, archives) = Bed::in_memory();
    let first = bed.taken().await;
    bed.clock.set("2026-06-09T12:00:00Z".parse().unwrap());
    let second = bed.taken().await;
    let cut = ArchiveId::parse("a-cut-one").unwrap();
    let whole = archives.bytes(&first).unwrap();
    archives.put_bytes(cut.clone(), whole.slice(..whole.len() / 2));
    archives.put_bytes(ArchiveId::parse("notes.txt").unwrap(), &b"no archive"[..]);
    let listed = bed.backups.list().await.unwrap().archives;
    let ids: Vec<_> = listed.iter().map(|archive| &archive.stored.id).collect();
    assert_eq!(ids, [&second, &first, &cut]);
    assert!(listed[2].manifest.as_ref().is_err_and(|why| why.to_string().contains("damaged")));
    assert!(bed.backups.inspect(&cut).await.unwrap().manifest.is_err());
}

#[tokio::test]
async fn a_damaged_archive_gets_the_verdict_that_it_is() {
    let (bed, archives) = Bed::in_memory();
    let id = bed.taken().await;
    let mut bytes = archives.bytes(&id).unwrap().to_vec();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    archives.put_bytes(id.clone(), bytes);
    let job = bed.ended(bed.backups.verify(&id).await).await;
    let result = job.result.unwrap();
    assert_eq!((&result["verdict"], &result["ok"]), (&json!("damaged"), &json!(false)));
    assert!(result["damage"][0].as_str().unwrap().contains("damaged"), "{result}");
    assert!(bed.backups.inspect(&id).await.unwrap().verified.unwrap().verdict.is_damaged());
    assert_eq!(bed.figure("never_succeeded"), Some(1.0), "a damaged archive counts as none");
}

#[tokio::test]
async fn a_verdict_is_forgotten_when_the_bytes_are_others() {
    let (bed, archives) = Bed::in_memory();
    let (id, other) = bed.two_taken().await;
    bed.ended(bed.backups.verify(&id).await).await;
    archives.put_bytes(id.clone(), archives.bytes(&other).unwrap());
    assert!(bed.backups.inspect(&id).await.unwrap().verified.is_none());
}

#[tokio::test]
async fn an_archive_in_use_is_neither_removed_nor_verified_twice() {
    let (bed, _) = Bed::in_memory();
    let id = bed.taken().await;
    // Tests run on one thread: the jobs wait until this one does.
    let job = bed.backups.verify(&id).await;
    let error = bed.backups.remove(&id).await.unwrap_err();
    assert!(matches!(error, StateBackupError::InUse { by: "a verification", .. }), "{error}");
    let error = bed.backups.verify(&id).await.unwrap_err();
    assert!(matches!(error, StateBackupError::InUse { .. }), "{error}");
    bed.ended(job).await;
    bed.backups.remove(&id).await.unwrap();
}

#[tokio::test]
async fn only_what_was_found_is_read() {
    let (bed, archives) = Bed::in_memory();
    let (id, other) = bed.two_taken().await;
    let found = bed.backups.find(&id).await.unwrap();
    let error = bed.backups.read(&found, found.bytes, 1).await.err().unwrap();
    assert!(matches!(error, StateBackupError::Shelf(ShelfError::OutOfRange { .. })), "{error}");
    archives.put_bytes(id.clone(), archives.bytes(&other).unwrap());
    let error = bed.backups.read(&found, 0, 1).await.err().unwrap();
    assert!(matches!(error, StateBackupError::Shelf(ShelfError::Changed(_))), "{error}");
}

#[tokio::test]
async fn the_figures_follow_the_newest_good_archive() {
    let (bed, archives) = Bed::in_memory();
    bed.backups.refresh_figures().await;
    assert_eq!(bed.figure("never_succeeded"), Some(1.0));
    let (first, second) = bed.two_taken().await;
    assert_eq!((bed.figure("never_succeeded"), bed.figure("age_seconds")), (Some(0.0), Some(0.0)));
    let bytes = archives.bytes(&second).unwrap().len();
    assert_eq!(bed.figure("last_bytes").map(|bytes| bytes.to_string()), Some(bytes.to_string()));
    bed.backups.remove(&second).await.unwrap();
    assert_eq!(bed.figure("age_seconds"), Some(3600.0));
    assert_eq!(bed.figure("last_duration_seconds"), None, "of that one nobody knows any more");
    bed.backups.remove(&first).await.unwrap();
    assert_eq!(bed.figure("never_succeeded"), Some(1.0));
}

#[tokio::test]
async fn how_long_the_newest_backup_took_is_known_as_long_as_it_is_the_newest() {
    let (bed, _) = Bed::in_memory();
    let id = bed.taken().await;
    let took = bed.figure("last_duration_seconds").unwrap();
    assert!(took > 0.0);
    bed.ended(bed.backups.verify(&id).await).await;
    bed.backups.refresh_figures().await;
    assert_eq!(bed.figure("last_duration_seconds"), Some(took));
    bed.clock.set("2026-06-08T13:00:00Z".parse().unwrap());
    bed.taken().await;
    assert_ne!(bed.figure("last_duration_seconds"), Some(took));
}

/// Looks at the archives there are, and tells of them when every job has ended.
struct SlowListing {
    archives: MemoryArchives,
    jobs: Arc<OnceLock<Arc<Jobs>>>,
}

#[async_trait]
impl ArchiveListing for SlowListing {
    async fn list_archives(&self) -> Result<Vec<ListedArchive>, SourceError> {
        let listed = self.archives.list_archives().await;
        while self.jobs.get().is_some_and(|jobs| !jobs.list().iter().all(Job::has_ended)) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        listed
    }

    async fn describe_archive(&self, id: &ArchiveId) -> Result<Option<ListedArchive>, SourceError> {
        self.archives.describe_archive(id).await
    }
}

#[tokio::test]
async fn a_backup_that_ends_while_archives_are_listed_is_not_missed() {
    let (archives, jobs) = (MemoryArchives::new(), Arc::new(OnceLock::new()));
    let keys = Arc::new(MemoryKey::new(Arc::new(MemoryRandomness::default())));
    let bed = Bed::new(|clock| StateBackupPorts {
        listing: Arc::new(SlowListing { archives: archives.clone(), jobs: jobs.clone() }),
        ..StateBackupPorts::in_memory(archives.clone(), keys, clock)
    });
    assert!(jobs.set(bed.jobs.clone()).is_ok());
    let job = bed.backups.create(false).await.unwrap();
    let overview = bed.backups.list().await.unwrap();
    assert_eq!((overview.archives.len(), overview.jobs.len()), (0, 1));
    assert_eq!(overview.jobs[0].object, job.object);
    let overview = bed.backups.list().await.unwrap();
    assert_eq!((overview.archives.len(), overview.jobs.len()), (1, 0));
    assert!(bed.backups.open_backup(&ArchiveId::parse(&job.object).unwrap()).is_none());
}

/// One archive in a folder of which nothing can be known.
struct ClosedFolder;

#[async_trait]
impl ArchiveListing for ClosedFolder {
    async fn list_archives(&self) -> Result<Vec<ListedArchive>, SourceError> {
        let (id, manifest) = (ArchiveId::parse("closed"), Err(Undescribed::Unreadable("denied".to_owned())));
        Ok(vec![ListedArchive { id: id.unwrap(), bytes: 0, manifest, lock: None }])
    }

    async fn describe_archive(&self, _id: &ArchiveId) -> Result<Option<ListedArchive>, SourceError> {
        Ok(self.list_archives().await?.pop())
    }
}

#[async_trait]
impl ArchiveShelf for ClosedFolder {
    async fn find(&self, _id: &ArchiveId) -> Result<Option<StoredArchive>, ShelfError> {
        Err(ShelfError::Unavailable { location: "closed".to_owned(), source: "denied".into() })
    }

    async fn read(
        &self,
        archive: &StoredArchive,
        _offset: u64,
        _length: u64,
    ) -> Result<Box<dyn Content>, ShelfError> {
        Err(ShelfError::NotFound(archive.id.to_string()))
    }

    async fn remove(&self, id: &ArchiveId) -> Result<(), ShelfError> {
        Err(ShelfError::NotFound(id.to_string()))
    }
}

#[tokio::test]
async fn an_archive_that_cannot_even_be_found_is_listed_as_unreadable() {
    let keys = Arc::new(MemoryKey::new(Arc::new(MemoryRandomness::default())));
    let bed = Bed::new(|clock| StateBackupPorts {
        listing: Arc::new(ClosedFolder),
        shelf: Arc::new(ClosedFolder),
        ..StateBackupPorts::in_memory(MemoryArchives::new(), keys, clock)
    });
    let listed = bed.backups.list().await.unwrap().archives;
    assert_eq!(listed[0].stored.id.as_str(), "closed");
    assert!(matches!(listed[0].manifest, Err(Undescribed::Unreadable(_))));
}

struct BreakingSink;

#[async_trait]
impl ArchiveSink for BreakingSink {
    async fn begin(&self, _id: &ArchiveId, _form: &ArchiveForm) -> Result<Box<dyn Staging>, SinkError> {
        panic!("a fault of the program")
    }
}

#[tokio::test]
async fn a_backup_that_breaks_off_counts_as_failed() {
    let keys = Arc::new(MemoryKey::new(Arc::new(MemoryRandomness::default())));
    let bed = Bed::new(|clock| StateBackupPorts {
        sink: Arc::new(BreakingSink),
        ..StateBackupPorts::in_memory(MemoryArchives::new(), keys, clock)
    });
    assert_eq!(bed.figure("failures_total"), Some(0.0));
    bed.ended(bed.backups.create(false).await).await;
    assert_eq!(bed.figure("failures_total"), Some(1.0));
}

struct FullSink;

#[async_trait]
impl ArchiveSink for FullSink {
    async fn begin(&self, _id: &ArchiveId, _form: &ArchiveForm) -> Result<Box<dyn Staging>, SinkError> {
        Err(SinkError::Full("archives".to_owned()))
    }
}

#[tokio::test]
async fn a_failed_backup_says_why_counts_and_frees_its_name() {
    let archives = MemoryArchives::new();
    let keys = Arc::new(MemoryKey::new(Arc::new(MemoryRandomness::default())));
    let bed = Bed::new(|clock| StateBackupPorts {
        sink: Arc::new(FullSink),
        ..StateBackupPorts::in_memory(archives.clone(), keys, clock)
    });
    let first = bed.ended(bed.backups.create(false).await).await;
    let failure = first.failure.clone().unwrap();
    assert!(failure.reason.starts_with("no space left in `archives`"), "{failure:?}");
    assert!(failure.hint.unwrap().contains("make room"));
    assert_eq!(bed.figure("failures_total"), Some(1.0));
    assert_eq!(bed.backups.list().await.unwrap().jobs, std::slice::from_ref(&first));
    let second = bed.ended(bed.backups.create(false).await).await;
    assert_eq!(second.object, first.object, "the name is still taken");
}

#[tokio::test]
async fn a_stopping_daemon_fails_what_waits_and_takes_nothing_more() {
    let (bed, archives) = Bed::in_memory();
    let (running, waiting) = (bed.backups.create(false).await, bed.backups.create(false).await);
    tokio::task::yield_now().await;
    bed.jobs.stop(Duration::from_secs(60)).await;
    assert_eq!(bed.ended(running).await.state, JobState::Completed);
    assert_eq!(bed.ended(waiting).await.failure.unwrap().reason, "the daemon is stopping");
    assert_eq!(archives.names().len(), 1);
    assert!(matches!(bed.backups.create(false).await, Err(StateBackupError::Refused(_))));
}
