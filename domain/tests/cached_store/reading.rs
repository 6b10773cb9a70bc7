//! Which reads reach the store, and which do not.

use crate::stage::{Stage, names, session, subject, user};
use jiff::Timestamp;
use loom_domain::cached_store::CachedStore;
use loom_domain::ports::{Sessions, StoreError, Users};
use loom_domain::secret::SecretText;
use std::sync::Arc;
use std::sync::atomic::Ordering;

#[tokio::test]
async fn a_role_is_loaded_once() {
    let stage = Stage::new().await;
    let cached = CachedStore::new(Arc::clone(&stage));
    assert_eq!(stage.reads(), 0);
    for _ in 0..3 {
        assert_eq!(names(&cached).await, ["admin"]);
        assert_eq!(cached.find_user(&subject("admin")).await.unwrap(), Some(user("admin")));
        assert_eq!(cached.find_user(&subject("nobody")).await.unwrap(), None);
    }
    assert_eq!(stage.reads(), 1);
}

#[tokio::test]
async fn a_reader_after_a_write_sees_it_without_reaching_the_store() {
    let stage = Stage::new().await;
    let cached = CachedStore::new(Arc::clone(&stage));
    let admin = cached.find_user(&subject("admin")).await.unwrap().unwrap();
    cached.create_user(&user("anna")).await.unwrap();
    let before = stage.reads();
    assert_eq!(names(&cached).await, ["admin", "anna"]);
    assert_eq!(stage.reads(), before);
    cached.remove_user(&admin.subject).await.unwrap();
    cached.remove_user(&subject("anna")).await.unwrap_err();
    let before = stage.reads();
    assert_eq!(names(&cached).await, ["anna"]);
    assert_eq!(cached.find_user(&admin.subject).await.unwrap(), None);
    assert_eq!(stage.reads(), before);
}

#[tokio::test]
async fn a_session_that_was_found_or_created_is_not_asked_for_again() {
    let stage = Stage::new().await;
    stage.store.create_session(&session("old")).await.unwrap();
    let cached = CachedStore::new(Arc::clone(&stage));
    cached.create_session(&session("new")).await.unwrap();
    cached.find_session(&session("old").id).await.unwrap();
    let before = stage.reads();
    for id in ["old", "new"] {
        assert_eq!(cached.find_session(&session(id).id).await.unwrap(), Some(session(id)));
    }
    assert_eq!(stage.reads(), before);
}

#[tokio::test]
async fn removing_sessions_forgets_those_and_no_others() {
    let stage = Stage::new().await;
    let cached = CachedStore::new(Arc::clone(&stage));
    let early = Timestamp::from_second(10).unwrap();
    for id in ["1", "2"] {
        cached.create_session(&session(id)).await.unwrap();
    }
    let expired = loom_domain::account::Session { expires_at: early, ..session("3") };
    cached.create_session(&expired).await.unwrap();
    cached.remove_session(&session("1").id).await.unwrap();
    assert_eq!(cached.remove_expired_sessions(early).await.unwrap(), 1);
    let before = stage.reads();
    assert_eq!(cached.find_session(&session("2").id).await.unwrap(), Some(session("2")));
    assert_eq!(stage.reads(), before);
    for id in ["1", "3"] {
        assert_eq!(cached.find_session(&session(id).id).await.unwrap(), None);
    }
    cached.remove_sessions_of(&subject("admin")).await.unwrap();
    assert_eq!(cached.find_session(&session("2").id).await.unwrap(), None);
}

#[tokio::test]
async fn an_unknown_session_is_not_remembered_as_unknown() {
    let stage = Stage::new().await;
    let cached = CachedStore::new(Arc::clone(&stage));
    let guess = SecretText::new("guess");
    for round in 1..=3 {
        assert_eq!(cached.find_session(&guess).await.unwrap(), None);
        assert_eq!(stage.reads(), round);
    }
    cached.create_session(&session("guess")).await.unwrap();
    assert_eq!(cached.find_session(&guess).await.unwrap(), Some(session("guess")));
}

#[tokio::test]
async fn a_row_that_cannot_be_read_hides_no_other() {
    let stage = Stage::new().await;
    stage.unreadable.store(true, Ordering::SeqCst);
    let cached = CachedStore::new(Arc::clone(&stage));
    assert!(matches!(cached.list_users().await, Err(StoreError::Unreadable { .. })));
    assert_eq!(cached.find_user(&subject("admin")).await.unwrap(), Some(user("admin")));
    cached.create_user(&user("anna")).await.unwrap();
    assert_eq!(cached.find_user(&subject("anna")).await.unwrap(), Some(user("anna")));
    stage.unreadable.store(false, Ordering::SeqCst);
    assert_eq!(names(&cached).await, ["admin", "anna"]);
}
