//! Writes that fail, overlap with reads, or are dropped: what is read is never out of date once they have returned.

use crate::stage::{Failing, Stage, names, session, subject, user};
use loom_domain::cached_store::CachedStore;
use loom_domain::ports::{Sessions, StoreError, Users};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Makes a gate of permits that nobody passes for now.
fn close(gate: &Semaphore) {
    gate.forget_permits(gate.available_permits());
}

/// Waits until as many calls have reached their gate.
async fn reached(stage: &Stage, calls: u32) {
    stage.reached.acquire_many(calls).await.unwrap().forget();
}

#[tokio::test]
async fn after_a_failed_write_what_is_read_is_what_the_store_has() {
    for (failing, expected) in [(Failing::Before, &["admin"][..]), (Failing::After, &["admin", "anna"])] {
        let stage = Stage::new().await;
        let cached = CachedStore::new(Arc::clone(&stage));
        assert_eq!(names(&cached).await, ["admin"]);
        *stage.next_write.lock().unwrap() = Some(failing);
        let error = cached.create_user(&user("anna")).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        assert_eq!(names(&cached).await, expected);
        let before = stage.reads();
        assert_eq!(names(&cached).await, expected);
        assert_eq!(stage.reads(), before);
    }
}

#[tokio::test]
async fn after_a_failed_removal_a_session_is_what_the_store_has() {
    for (failing, expected) in [(Failing::Before, Some(session("1"))), (Failing::After, None)] {
        let stage = Stage::new().await;
        let cached = CachedStore::new(Arc::clone(&stage));
        cached.create_session(&session("1")).await.unwrap();
        *stage.next_write.lock().unwrap() = Some(failing);
        assert!(cached.remove_session(&session("1").id).await.is_err());
        assert_eq!(cached.find_session(&session("1").id).await.unwrap(), expected);
    }
}

#[tokio::test]
async fn a_refused_write_leaves_the_role_in_memory() {
    let stage = Stage::new().await;
    let cached = CachedStore::new(Arc::clone(&stage));
    assert_eq!(names(&cached).await, ["admin"]);
    let error = cached.create_user(&user("admin")).await.unwrap_err();
    assert!(matches!(error, StoreError::AlreadyExists { .. }), "{error}");
    let before = stage.reads();
    assert_eq!(names(&cached).await, ["admin"]);
    assert_eq!(stage.reads(), before);
}

#[tokio::test]
async fn a_listing_that_was_overtaken_by_a_write_is_not_kept() {
    let stage = Stage::new().await;
    let cached = Arc::new(CachedStore::new(Arc::clone(&stage)));
    close(&stage.listings);
    let reader = tokio::spawn({
        let cached = Arc::clone(&cached);
        async move { names(&*cached).await }
    });
    reached(&stage, 1).await;
    // A write that takes effect, and after which nobody lists anew.
    *stage.next_write.lock().unwrap() = Some(Failing::After);
    assert!(cached.create_user(&user("anna")).await.is_err());
    stage.listings.add_permits(Semaphore::MAX_PERMITS);
    assert_eq!(reader.await.unwrap(), ["admin"]);
    assert_eq!(names(&*cached).await, ["admin", "anna"]);
}

#[tokio::test]
async fn while_a_write_is_under_way_readers_see_the_old_and_then_the_new() {
    let stage = Stage::new().await;
    let cached = Arc::new(CachedStore::new(Arc::clone(&stage)));
    assert_eq!(names(&*cached).await, ["admin"]);
    reached(&stage, 1).await;
    close(&stage.writes);
    let writer = tokio::spawn({
        let cached = Arc::clone(&cached);
        async move { cached.create_user(&user("anna")).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(names(&*cached).await, ["admin"]);
    reached(&stage, 1).await;
    stage.writes.add_permits(1);
    writer.await.unwrap().unwrap();
    assert_eq!(names(&*cached).await, ["admin", "anna"]);
}

#[tokio::test]
async fn of_overlapping_writes_none_is_lost() {
    let stage = Stage::new().await;
    let cached = Arc::new(CachedStore::new(Arc::clone(&stage)));
    let writers = (0..20).map(|n| {
        let cached = Arc::clone(&cached);
        tokio::spawn(async move {
            let name = format!("u{n:02}");
            cached.create_user(&user(&name)).await.unwrap();
            assert!(cached.find_user(&subject(&name)).await.unwrap().is_some());
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let before = names(&*cached).await;
    assert_eq!(before.len(), 21);
    let reads = stage.reads();
    assert_eq!(names(&*cached).await, before);
    assert_eq!(stage.reads(), reads);
}

#[tokio::test]
async fn a_write_that_takes_effect_after_its_caller_has_gone_is_seen() {
    let stage = Stage::new().await;
    let cached = Arc::new(CachedStore::new(Arc::clone(&stage)));
    assert_eq!(names(&*cached).await, ["admin"]);
    cached.create_session(&session("1")).await.unwrap();
    reached(&stage, 2).await;
    close(&stage.writes);
    let callers = [
        tokio::spawn({
            let cached = Arc::clone(&cached);
            async move { cached.create_user(&user("anna")).await }
        }),
        tokio::spawn({
            let cached = Arc::clone(&cached);
            async move { cached.remove_session(&session("1").id).await }
        }),
    ];
    tokio::task::yield_now().await;
    for caller in callers {
        caller.abort();
        assert!(caller.await.unwrap_err().is_cancelled());
    }
    // Neither has happened yet, so this is right, and must not be remembered.
    assert_eq!(names(&*cached).await, ["admin"]);
    assert!(cached.find_session(&session("1").id).await.unwrap().is_some());
    reached(&stage, 1).await;
    stage.writes.add_permits(2);
    reached(&stage, 2).await;
    assert_eq!(names(&*cached).await, ["admin", "anna"]);
    assert_eq!(cached.find_session(&session("1").id).await.unwrap(), None);
}

#[tokio::test]
async fn after_a_dropped_write_the_next_one_ends_the_doubt() {
    let stage = Stage::new().await;
    let cached = Arc::new(CachedStore::new(Arc::clone(&stage)));
    close(&stage.writes);
    let caller = tokio::spawn({
        let cached = Arc::clone(&cached);
        async move { cached.create_user(&user("anna")).await }
    });
    tokio::task::yield_now().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    for round in 1..=2 {
        assert_eq!(names(&*cached).await, ["admin"]);
        assert_eq!(stage.reads(), round);
    }
    stage.writes.add_permits(2);
    cached.create_user(&user("bernd")).await.unwrap();
    let before = stage.reads();
    assert_eq!(names(&*cached).await, ["admin", "anna", "bernd"]);
    assert_eq!(stage.reads(), before);
}
