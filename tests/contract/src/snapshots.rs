//! The suite of [`Snapshots`](loom_domain::ports::Snapshots).
//!
//! Does NOT make databases itself: the adapter's test supplies a [`DatabaseBed`].

use crate::database_bed::{DatabaseBed, MAIN, PAIR, bytes_of, main_snapshot};
use loom_domain::archive::{MemberPath, SchemaLineage};
use loom_domain::ports::{MAX_CHUNK_BYTES, Silent, Snapshot, SnapshotError};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A snapshot holds every row committed before it began, and no half of any transaction, while others write.
pub async fn a_snapshot_is_one_instant_while_others_write(bed: Arc<dyn DatabaseBed>) {
    const SNAPSHOTS: usize = 5;
    bed.create_main();
    let committed = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (bed, committed, stop) = (Arc::clone(&bed), Arc::clone(&committed), Arc::clone(&stop));
        tokio::task::spawn_blocking(move || {
            while !stop.load(Ordering::Relaxed) {
                bed.commit_pair();
                committed.fetch_add(1, Ordering::SeqCst);
            }
        })
    };
    for round in 0..SNAPSHOTS {
        // The writer has to be under way, or nothing is proved.
        while committed.load(Ordering::SeqCst) < (round as u64 + 1) * 10 {
            tokio::task::yield_now().await;
        }
        let before = committed.load(Ordering::SeqCst);
        let snapshot = main_snapshot(&*bed).await;
        let told = PAIR.map(|table| snapshot.facts.tables[table]);
        let (users, tokens) = bed.count_pairs(&bytes_of(snapshot).await.unwrap());
        assert_eq!(users, tokens);
        assert!(users >= before, "{users} rows, but {before} were committed before it began");
        assert_eq!(told, [users, tokens]);
    }
    stop.store(true, Ordering::Relaxed);
    writer.await.unwrap();
}

/// The live database is not changed in any byte, nor its write-ahead log checkpointed.
pub async fn the_live_database_is_not_changed(bed: Arc<dyn DatabaseBed>) {
    bed.create_main();
    for _ in 0..20 {
        bed.commit_pair();
    }
    let before = bed.files();
    let snapshot = main_snapshot(&*bed).await;
    drop(bytes_of(snapshot).await.unwrap());
    assert!(bed.files() == before, "left: {:?}, right: {:?}", bed.files().keys(), before.keys());
    // The writer goes on as if nothing had been.
    bed.commit_pair();
    assert_eq!(main_snapshot(&*bed).await.facts.tables[PAIR[0]], 21);
}

/// A missing database is `Missing`; nothing is created in its place.
pub async fn a_missing_database_is_missing_and_not_created(bed: Arc<dyn DatabaseBed>) {
    let before = bed.files();
    for name in [MAIN, "history.db", "no/such/folder/x.db"] {
        let error = refused(&*bed, name).await;
        assert!(matches!(&error, SnapshotError::Missing(path) if path == name), "{error}");
    }
    assert_eq!(bed.files(), before);
    assert_eq!(bed.kept_bytes(), 0);
}

/// A file that is no SQLite database, or a main database without a single OpenCCU-Loom table, is `Foreign`.
pub async fn what_is_not_ours_is_foreign(bed: Arc<dyn DatabaseBed>) {
    for (name, bytes) in
        [("a.db", &b"plain text"[..]), ("b.db", &[0x5a; 70_000]), ("c.db", b""), ("d.db", b"x")]
    {
        bed.put_file(name, bytes);
        let error = refused(&*bed, name).await;
        assert!(matches!(&error, SnapshotError::Foreign { path, .. } if path == name), "{error}");
    }
    bed.create_foreign(MAIN);
    let error = refused(&*bed, MAIN).await;
    assert!(matches!(&error, SnapshotError::Foreign { path, .. } if path == MAIN), "{error}");
    assert_eq!(bed.kept_bytes(), 0);

    // Any other database may hold anything.
    bed.create_foreign("history.db");
    let snapshot = take(&*bed, "history.db").await.unwrap();
    assert_eq!(snapshot.facts.lineage, SchemaLineage::Unknown);
    assert_eq!(snapshot.facts.schema_version, None);
}

/// A damaged database is `Damaged`; no snapshot comes of it.
pub async fn a_damaged_database_is_damaged(bed: Arc<dyn DatabaseBed>) {
    bed.create_main();
    for _ in 0..200 {
        bed.commit_pair();
    }
    bed.close_and_damage();
    let error = refused(&*bed, MAIN).await;
    assert!(
        matches!(&error, SnapshotError::Damaged { path, reason } if path == MAIN && !reason.is_empty()),
        "{error}"
    );
    assert_eq!(bed.kept_bytes(), 0);
}

/// Facts and sealed values describe the snapshot, not the live database of a moment later.
pub async fn facts_describe_the_snapshot(bed: Arc<dyn DatabaseBed>) {
    bed.create_main();
    bed.commit_pair();
    let early = main_snapshot(&*bed).await;
    bed.commit_pair();
    let sealed = bed.add_sealed_values();
    assert!(sealed.len() > 1);
    let late = main_snapshot(&*bed).await;

    assert_eq!(early.facts.lineage, SchemaLineage::Loom);
    assert_eq!(early.facts.schema_version, SchemaLineage::Loom.highest_known());
    assert_eq!(early.sealed, []);
    assert_eq!(early.facts.tables[PAIR[0]], 1);
    assert_eq!(bed.count_pairs(&bytes_of(early).await.unwrap()), (1, 1));

    let mut found = late.sealed.clone();
    found.sort_by(|a, b| a.place.cmp(&b.place));
    assert_eq!(found, sealed);
    assert_eq!(late.facts.tables[PAIR[0]], 2);
    assert_eq!(bed.count_pairs(&bytes_of(late).await.unwrap()), (2, 2));
}

/// Dropping a snapshot removes what was kept for it.
pub async fn a_dropped_snapshot_leaves_nothing(bed: Arc<dyn DatabaseBed>) {
    bed.create_main();
    for _ in 0..50 {
        bed.commit_pair();
    }
    let unread = main_snapshot(&*bed).await;
    let mut begun = main_snapshot(&*bed).await;
    let chunk = begun.content.next_chunk().await.unwrap().unwrap();
    assert!((1..=MAX_CHUNK_BYTES).contains(&chunk.len()));
    drop((unread, begun));
    assert_eq!(bed.kept_bytes(), 0);
}

/// Tests that an adapter for snapshots keeps its contract.
#[macro_export]
macro_rules! snapshots_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            snapshots,
            $fresh,
            [
                a_snapshot_is_one_instant_while_others_write,
                the_live_database_is_not_changed,
                a_missing_database_is_missing_and_not_created,
                what_is_not_ours_is_foreign,
                a_damaged_database_is_damaged,
                facts_describe_the_snapshot,
                a_dropped_snapshot_leaves_nothing,
            ]
        );
    };
}

async fn take(bed: &dyn DatabaseBed, name: &str) -> Result<Snapshot, SnapshotError> {
    let path = MemberPath::parse(name.as_bytes()).unwrap();
    bed.snapshots().take_snapshot(&path, &Silent).await
}

async fn refused(bed: &dyn DatabaseBed, name: &str) -> SnapshotError {
    take(bed, name).await.unwrap_err()
}
