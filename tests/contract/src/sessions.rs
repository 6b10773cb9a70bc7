//! The suite of [`Sessions`].

use crate::moments::at;
use loom_domain::account::{Role, Session, Subject};
use loom_domain::ports::{Sessions, StoreError};
use loom_domain::secret::SecretText;
use std::sync::Arc;

/// A stored session comes back equal; its times are whole seconds in UTC.
pub async fn a_stored_session_comes_back_equal_in_whole_seconds(store: Arc<dyn Sessions>) {
    let plain = session("c0ffee", "anna");
    let full = Session {
        scheme: "oidc".to_owned(),
        role: Role::Admin,
        token_id: Some("aaaaaaaaaaaa".to_owned()),
        ..session("decade", "jürgen")
    };
    let fine = Session {
        created_at: at("2026-11-22T23:15:30.999999999+01:00"),
        expires_at: at("2026-11-23T11:15:30.5+01:00"),
        ..session("facade", "anna")
    };
    for session in [&plain, &full, &fine] {
        store.create_session(session).await.unwrap();
    }
    let cut =
        Session { created_at: at("2026-11-22T22:15:30Z"), expires_at: at("2026-11-23T10:15:30Z"), ..fine };
    for session in [plain, full, cut] {
        assert_eq!(store.find_session(&session.id).await.unwrap(), Some(session));
    }
}

/// A second session of one id is `AlreadyExists`.
pub async fn a_second_session_of_an_id_is_refused(store: Arc<dyn Sessions>) {
    let first = session("c0ffee", "anna");
    store.create_session(&first).await.unwrap();
    let error = store.create_session(&session("c0ffee", "bernd")).await.unwrap_err();
    assert!(matches!(error, StoreError::AlreadyExists { .. }), "{error}");
    assert_eq!(store.find_session(&first.id).await.unwrap(), Some(first));
}

/// No error shows the id of a session.
pub async fn no_error_shows_the_id_of_a_session(store: Arc<dyn Sessions>) {
    let first = session("c0ffee", "anna");
    store.create_session(&first).await.unwrap();
    let error = store.create_session(&first).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("c0ffee"), "{error}");
}

/// Removing a session that is gone is not an error.
pub async fn removing_a_session_that_is_gone_is_no_error(store: Arc<dyn Sessions>) {
    let first = session("c0ffee", "anna");
    let other = session("decade", "anna");
    for session in [&first, &other] {
        store.create_session(session).await.unwrap();
    }
    for _ in 0..2 {
        store.remove_session(&first.id).await.unwrap();
        assert_eq!(store.find_session(&first.id).await.unwrap(), None);
    }
    assert_eq!(store.find_session(&other.id).await.unwrap(), Some(other));
}

/// Removing the sessions of a subject removes all of them and nobody else's, and counts them.
pub async fn the_sessions_of_a_subject_go_together(store: Arc<dyn Sessions>) {
    for (id, owner) in [("1", "anna"), ("2", "anna"), ("3", "anna-maria")] {
        store.create_session(&session(id, owner)).await.unwrap();
    }
    let anna = Subject::parse("anna").unwrap();
    assert_eq!(store.remove_sessions_of(&anna).await.unwrap(), 2);
    assert_eq!(store.remove_sessions_of(&anna).await.unwrap(), 0);
    assert_eq!(remaining(&*store, &["1", "2", "3"]).await, ["3"]);
}

/// `remove_expired_sessions` removes exactly those whose end is not after `now`.
pub async fn expired_sessions_go_at_their_very_end(store: Arc<dyn Sessions>) {
    for (id, end) in [("before", "09:59:59Z"), ("now", "10:00:00Z"), ("after", "10:00:01Z")] {
        let expires_at = at(&format!("2026-11-23T{end}"));
        store.create_session(&Session { expires_at, ..session(id, "anna") }).await.unwrap();
    }
    let ids = ["before", "now", "after"];
    assert_eq!(store.remove_expired_sessions(at("2026-11-23T10:00:00.999999Z")).await.unwrap(), 2);
    assert_eq!(remaining(&*store, &ids).await, ["after"]);
    assert_eq!(store.remove_expired_sessions(at("2026-11-23T11:00:01+01:00")).await.unwrap(), 1);
    assert_eq!(remaining(&*store, &ids).await, [""; 0]);
}

/// Tests that a store of sessions keeps its contract.
#[macro_export]
macro_rules! sessions_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            sessions,
            $fresh,
            [
                a_stored_session_comes_back_equal_in_whole_seconds,
                a_second_session_of_an_id_is_refused,
                no_error_shows_the_id_of_a_session,
                removing_a_session_that_is_gone_is_no_error,
                the_sessions_of_a_subject_go_together,
                expired_sessions_go_at_their_very_end,
            ]
        );
    };
}

async fn remaining<'a>(store: &dyn Sessions, ids: &[&'a str]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for id in ids {
        if store.find_session(&SecretText::new(*id)).await.unwrap().is_some() {
            found.push(*id);
        }
    }
    found
}

fn session(id: &str, owner: &str) -> Session {
    Session {
        id: SecretText::new(id),
        subject: Subject::parse(owner).unwrap(),
        scheme: "session".to_owned(),
        role: Role::Viewer,
        token_id: None,
        created_at: at("2026-11-22T22:00:00Z"),
        expires_at: at("2026-11-23T10:00:00Z"),
    }
}
