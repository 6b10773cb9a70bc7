//! The suite of [`LastSeen`], on a store that has users and tokens.

use crate::moments::{at, moment};
use jiff::Timestamp;
use loom_domain::account::{Role, Subject, Token, User};
use loom_domain::ports::{LastSeen, Tokens, Users};
use loom_domain::secret::SecretText;
use std::sync::Arc;

/// The roles of one store that the cases need; implemented for every store that has them.
pub trait SeenAccounts: LastSeen + Users + Tokens {}
impl<T: LastSeen + Users + Tokens> SeenAccounts for T {}

/// Users and tokens come back with the time they were seen, to the microsecond.
pub async fn users_and_tokens_come_back_with_the_time(store: Arc<dyn SeenAccounts>) {
    let store = filled(store).await;
    let fine = at("2026-11-23T10:00:00.123456789+01:00");
    store.note_users_seen(&[(subject("änne"), fine), (subject("bernd"), moment(2))]).await.unwrap();
    store.note_tokens_seen(&[("b1".to_owned(), moment(3)), ("a1".to_owned(), fine)]).await.unwrap();
    let cut = Some(at("2026-11-23T09:00:00.123456Z"));
    assert_eq!(seen(&*store).await, [cut, Some(moment(2)), cut, Some(moment(3))]);
    let found = store.find_token(&hash("b1")).await.unwrap().unwrap();
    assert_eq!(found.last_seen_at, Some(moment(3)));
}

/// A time never moves backward, within a batch neither.
pub async fn a_time_never_moves_backward(store: Arc<dyn SeenAccounts>) {
    let store = filled(store).await;
    let times = [0, -1, 5, 4].map(moment);
    store.note_users_seen(&times.map(|time| (subject("änne"), time))).await.unwrap();
    store.note_tokens_seen(&times.map(|time| ("a1".to_owned(), time))).await.unwrap();
    assert_eq!(seen(&*store).await, [Some(moment(5)), None, Some(moment(5)), None]);
    store.note_users_seen(&[(subject("änne"), moment(3))]).await.unwrap();
    store.note_tokens_seen(&[("a1".to_owned(), moment(3))]).await.unwrap();
    assert_eq!(seen(&*store).await, [Some(moment(5)), None, Some(moment(5)), None]);
}

/// Unknown users and tokens are passed over.
pub async fn unknown_users_and_tokens_are_passed_over(store: Arc<dyn SeenAccounts>) {
    let store = filled(store).await;
    store.note_users_seen(&[(subject("nobody"), moment(1)), (subject("bernd"), moment(2))]).await.unwrap();
    store.note_tokens_seen(&[("a".to_owned(), moment(1)), ("b1".to_owned(), moment(2))]).await.unwrap();
    store.note_users_seen(&[]).await.unwrap();
    store.note_tokens_seen(&[]).await.unwrap();
    assert_eq!(seen(&*store).await, [None, Some(moment(2)), None, Some(moment(2))]);
}

/// Nothing but the time changes, `updated_at` neither.
pub async fn nothing_but_the_time_changes(store: Arc<dyn SeenAccounts>) {
    let store = filled(store).await;
    store.note_users_seen(&[(subject("änne"), moment(9))]).await.unwrap();
    store.note_tokens_seen(&[("a1".to_owned(), moment(9))]).await.unwrap();
    let users = [User { last_seen_at: Some(moment(9)), ..user("änne") }, user("bernd")];
    let mut found = store.list_users().await.unwrap();
    found.reverse();
    assert_eq!(found, users);
    let tokens = [Token { last_seen_at: Some(moment(9)), ..token("a1") }, token("b1")];
    assert_eq!(store.list_tokens().await.unwrap(), tokens);
}

/// A batch is noted whole: a reader sees all of it or nothing of it.
pub async fn a_batch_of_sightings_is_noted_whole(store: Arc<dyn SeenAccounts>) {
    let names: Vec<_> = (0..50).map(|n| format!("u{n:02}")).collect();
    for name in &names {
        store.create_user(&user(name)).await.unwrap();
        store.create_token(&token(name)).await.unwrap();
    }
    let writer = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for round in 0..20 {
                let users: Vec<_> = names.iter().map(|name| (subject(name), moment(round))).collect();
                store.note_users_seen(&users).await.unwrap();
                let tokens: Vec<_> = names.iter().map(|name| (name.clone(), moment(round))).collect();
                store.note_tokens_seen(&tokens).await.unwrap();
            }
        })
    };
    loop {
        let last = writer.is_finished();
        let times: Vec<_> = store.list_users().await.unwrap().iter().map(|user| user.last_seen_at).collect();
        assert!(times.iter().all(|time| *time == times[0]), "two batches of users mixed");
        let times: Vec<_> =
            store.list_tokens().await.unwrap().iter().map(|token| token.last_seen_at).collect();
        assert!(times.iter().all(|time| *time == times[0]), "two batches of tokens mixed");
        if last {
            assert_eq!(times, [Some(moment(19)); 50]);
            break;
        }
    }
    writer.await.unwrap();
}

/// Tests that a store notes when users and tokens were seen as its contract says.
#[macro_export]
macro_rules! last_seen_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            last_seen,
            $fresh,
            [
                users_and_tokens_come_back_with_the_time,
                a_time_never_moves_backward,
                unknown_users_and_tokens_are_passed_over,
                nothing_but_the_time_changes,
                a_batch_of_sightings_is_noted_whole,
            ]
        );
    };
}

/// The store with two users and a token of each.
async fn filled(store: Arc<dyn SeenAccounts>) -> Arc<dyn SeenAccounts> {
    for name in ["änne", "bernd"] {
        store.create_user(&user(name)).await.unwrap();
    }
    for fingerprint in ["a1", "b1"] {
        store.create_token(&token(fingerprint)).await.unwrap();
    }
    store
}

/// When `änne`, `bernd` and the tokens `a1` and `b1` were seen.
async fn seen(store: &dyn SeenAccounts) -> [Option<Timestamp>; 4] {
    let mut times = Vec::new();
    for name in ["änne", "bernd"] {
        times.push(store.find_user(&subject(name)).await.unwrap().unwrap().last_seen_at);
    }
    times.extend(store.list_tokens().await.unwrap().iter().map(|token| token.last_seen_at));
    times.try_into().unwrap()
}

fn subject(name: &str) -> Subject {
    Subject::parse(name).unwrap()
}

fn hash(fingerprint: &str) -> String {
    format!("{fingerprint:0<64}")
}

fn user(name: &str) -> User {
    User {
        subject: subject(name),
        password_hash: SecretText::new("$2a$12$hash"),
        role: Role::Admin,
        created_at: moment(-10),
        updated_at: moment(-5),
        last_seen_at: None,
    }
}

fn token(fingerprint: &str) -> Token {
    Token {
        fingerprint: fingerprint.to_owned(),
        token_hash: hash(fingerprint),
        subject: subject("bernd"),
        role: Role::Viewer,
        created_at: moment(-10),
        last_seen_at: None,
        expires_at: Some(moment(1000)),
    }
}
