//! What a login brings about.

use crate::bed::{Bed, Meanwhile, PASSWORD, admin, at, is_unauthorized, recorded, secret};
use loom_domain::account::{Role, Session, User};
use loom_domain::credential::CredentialDigest;
use loom_domain::ports::{Sessions, Users};
use loom_domain::usecases::accounts::*;

#[tokio::test]
async fn a_login_opens_a_session_of_twelve_hours_known_by_its_digest_only() {
    let bed = Bed::new();
    bed.user("anna", Role::Operator).await;
    let LoggedIn { identity, cookie } = bed.log_in("ANNA").await;
    assert_eq!((identity.subject.as_str(), identity.role), ("anna", Role::Operator));
    assert_eq!(identity.expires_at, Some(at("2026-11-23T10:15:30Z")));
    assert_eq!(cookie.reveal().len(), 43);

    assert_eq!(bed.store.find_session(&cookie).await.unwrap(), None);
    let id = secret(CredentialDigest::of(&cookie).as_str());
    let stored = bed.store.find_session(&id).await.unwrap().unwrap();
    assert_eq!((stored.scheme.as_str(), stored.token_id), ("session", None));
    assert_eq!(bed.accounts.identify.by_session(&cookie).await.unwrap(), identity);
    assert!(bed.accounts.identify.still_valid(&identity).await.unwrap());
    // What is stored opens nothing.
    assert!(is_unauthorized(bed.accounts.identify.by_session(&id).await));
}

#[tokio::test]
async fn a_wrong_password_opens_nothing_and_is_not_audited() {
    let bed = Bed::new();
    bed.user("anna", Role::Operator).await;
    for (name, password) in [("anna", "wrong"), ("anna", ""), ("bernd", PASSWORD), ("", "")] {
        assert!(is_unauthorized(bed.accounts.logins.log_in(name, &secret(password)).await), "{name}");
    }
    assert_eq!(bed.audit().await, []);
    assert!(bed.accounts.identify.take_seen().is_empty());
}

#[tokio::test]
async fn a_login_makes_an_outdated_hash_anew() {
    let bed = Bed::new();
    let outdated = bed.passwords.outdated_hash(&secret(PASSWORD));
    bed.user_with("anna", Role::Operator, outdated.clone()).await;
    let before = bed.stored("anna").await.unwrap();

    assert!(is_unauthorized(bed.accounts.logins.log_in("anna", &secret("wrong")).await));
    assert_eq!(bed.stored("anna").await.unwrap(), before);

    bed.log_in("anna").await;
    let after = bed.stored("anna").await.unwrap();
    assert_ne!(after.password_hash, outdated);
    assert!(after.password_hash.reveal().starts_with("memory$"));
    assert_eq!((after.role, after.updated_at), (before.role, before.updated_at));

    bed.log_in("anna").await;
    assert_eq!(bed.stored("anna").await.unwrap(), after);
}

#[tokio::test]
async fn of_two_logins_at_once_both_succeed_and_one_makes_the_hash_anew() {
    let bed = Bed::new();
    bed.user_with("anna", Role::Operator, bed.passwords.outdated_hash(&secret(PASSWORD))).await;
    bed.meanwhile(Meanwhile::Rehash("anna"));
    let cookie = bed.log_in("anna").await.cookie;
    assert!(bed.accounts.identify.by_session(&cookie).await.is_ok());
    assert!(bed.stored("anna").await.unwrap().password_hash.reveal().starts_with("memory$"));
}

#[tokio::test]
async fn sessions_survive_a_restart() {
    let bed = Bed::new();
    bed.user("anna", Role::Operator).await;
    let cookie = bed.log_in("anna").await.cookie;
    let later = bed.restarted(AccountRules::default());
    assert!(later.accounts.identify.by_session(&cookie).await.is_ok());
}

#[tokio::test]
async fn a_logout_ends_this_session_and_no_other() {
    let bed = Bed::new();
    bed.user("anna", Role::Operator).await;
    let (one, other) = (bed.log_in("anna").await, bed.log_in("anna").await);
    recorded(bed.accounts.logins.log_out(&one.cookie).await.unwrap().unwrap());
    assert!(is_unauthorized(bed.accounts.identify.by_session(&one.cookie).await));
    assert!(!bed.accounts.identify.still_valid(&one.identity).await.unwrap());
    assert!(bed.accounts.identify.by_session(&other.cookie).await.is_ok());
    for gone in [&one.cookie, &secret("never was")] {
        assert!(bed.accounts.logins.log_out(gone).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_session_is_never_worth_more_than_its_user_is_by_now() {
    let bed = Bed::new();
    bed.user("admin", Role::Admin).await;
    bed.user("anna", Role::Admin).await;
    let logged_in = bed.log_in("anna").await;
    // As if somebody else had written to the store.
    let user = bed.stored("anna").await.unwrap();
    bed.store.update_user(&User { role: Role::Viewer, ..user }).await.unwrap();
    let identity = bed.accounts.identify.by_session(&logged_in.cookie).await.unwrap();
    assert_eq!(identity.role, Role::Viewer);
    assert!(!bed.accounts.identify.still_valid(&logged_in.identity).await.unwrap());
    recorded(bed.accounts.users.remove(&admin(), "anna").await.unwrap());
    assert!(is_unauthorized(bed.accounts.identify.by_session(&logged_in.cookie).await));
}

#[tokio::test]
async fn a_stored_session_opens_nothing_unless_a_password_opened_it() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    let id = secret(CredentialDigest::of(&bed.log_in("anna").await.cookie).as_str());
    let opened = bed.store.find_session(&id).await.unwrap().unwrap();
    for (scheme, opens) in
        [("session", true), ("oidc", false), ("ingress", false), ("basic", false), ("", false)]
    {
        let cookie = secret(&format!("a cookie of `{scheme}`"));
        let id = secret(CredentialDigest::of(&cookie).as_str());
        let session = Session { id, scheme: scheme.to_owned(), ..opened.clone() };
        bed.store.create_session(&session).await.unwrap();
        let answer = bed.accounts.identify.by_session(&cookie).await;
        assert!(if opens { answer.is_ok() } else { is_unauthorized(answer) }, "{scheme}");
    }
}

#[tokio::test]
async fn who_is_removed_while_the_password_is_looked_at_gets_no_session() {
    let bed = Bed::new();
    bed.user("admin", Role::Admin).await;
    bed.user("anna", Role::Admin).await;
    bed.meanwhile(Meanwhile::Remove("anna"));
    assert!(is_unauthorized(bed.accounts.logins.log_in("anna", &secret(PASSWORD)).await));
}

#[tokio::test]
async fn who_is_demoted_while_the_password_is_looked_at_stays_demoted() {
    let bed = Bed::new();
    bed.user("admin", Role::Admin).await;
    bed.user_with("anna", Role::Admin, bed.passwords.outdated_hash(&secret(PASSWORD))).await;
    bed.meanwhile(Meanwhile::Demote("anna"));
    assert_eq!(bed.log_in("anna").await.identity.role, Role::Viewer);
    let stored = bed.stored("anna").await.unwrap();
    assert_eq!(stored.role, Role::Viewer);
    assert!(stored.password_hash.reveal().starts_with("memory$"));
}
