//! Changing one's own password.

use crate::bed::{Bed, PASSWORD, is_unauthorized, recorded, secret};
use loom_domain::account::Role;
use loom_domain::usecases::accounts::*;

#[tokio::test]
async fn a_new_password_ends_every_session_and_gives_the_caller_a_fresh_one() {
    let bed = Bed::new();
    bed.user("anna", Role::Operator).await;
    bed.user("bernd", Role::Viewer).await;
    bed.token("token", "anna", Role::Viewer).await;
    let (mine, elsewhere, other) =
        (bed.log_in("anna").await, bed.log_in("anna").await, bed.log_in("bernd").await);
    let change = bed.change_own(&mine.identity, PASSWORD, "battery staple");
    let fresh = recorded(change.await.unwrap()).unwrap();

    let identify = &bed.accounts.identify;
    for ended in [&mine.cookie, &elsewhere.cookie] {
        assert!(is_unauthorized(identify.by_session(ended).await));
    }
    assert_eq!(identify.by_session(&fresh.cookie).await.unwrap(), fresh.identity);
    assert!(identify.by_session(&other.cookie).await.is_ok());
    assert!(identify.by_bearer(&secret("token")).await.is_ok());
    assert!(is_unauthorized(bed.accounts.logins.log_in("anna", &secret(PASSWORD)).await));
    assert!(bed.accounts.logins.log_in("anna", &secret("battery staple")).await.is_ok());
}

#[tokio::test]
async fn without_the_current_password_nothing_changes() {
    let bed = Bed::new();
    bed.user("anna", Role::Operator).await;
    let mine = bed.log_in("anna").await;
    let before = bed.stored("anna").await;
    assert!(is_unauthorized(bed.change_own(&mine.identity, "wrong", "battery staple").await));
    for bad in ["", "1234567", &"x".repeat(1_025)] {
        let refused = bed.change_own(&mine.identity, PASSWORD, bad).await;
        assert!(matches!(refused, Err(AccountError::Invalid { field: "new_password", .. })), "{bad}");
    }
    assert_eq!(bed.stored("anna").await, before);
    assert!(bed.accounts.identify.by_session(&mine.cookie).await.is_ok());
}

#[tokio::test]
async fn a_caller_without_a_session_gets_none() {
    let bed = Bed::new();
    bed.user("anna", Role::Operator).await;
    let basic = bed.accounts.identify.by_basic("anna", &secret(PASSWORD)).await.unwrap();
    let change = bed.change_own(&basic, PASSWORD, "ÄÖÜäöüß8");
    assert!(recorded(change.await.unwrap()).is_none());
    assert!(is_unauthorized(bed.accounts.identify.by_basic("anna", &secret(PASSWORD)).await));
}

#[tokio::test]
async fn a_token_without_a_user_has_no_password_to_change() {
    let bed = Bed::new();
    bed.token("token", "script", Role::Admin).await;
    let script = bed.accounts.identify.by_bearer(&secret("token")).await.unwrap();
    let refused = bed.change_own(&script, PASSWORD, "battery staple").await;
    assert!(matches!(refused, Err(AccountError::Forbidden(_))));
}

#[tokio::test]
async fn a_store_that_fails_in_the_middle_leaves_the_old_password_and_no_session() {
    let bed = Bed::new();
    bed.user("anna", Role::Operator).await;
    let mine = bed.log_in("anna").await;
    let before = bed.stored("anna").await;
    bed.break_store();
    let failed = bed.change_own(&mine.identity, PASSWORD, "battery staple");
    assert!(matches!(failed.await, Err(AccountError::Store(_))));
    assert_eq!(bed.stored("anna").await, before);
    assert!(is_unauthorized(bed.accounts.identify.by_session(&mine.cookie).await));
}
