//! What user and password with each request are worth, also while something else happens.

use crate::bed::{Bed, Meanwhile, PASSWORD, admin, is_unauthorized, recorded, secret};
use jiff::SignedDuration;
use loom_domain::account::Role;
use loom_domain::usecases::accounts::*;

#[tokio::test]
async fn basic_is_slow_once_and_follows_a_changed_password_at_once() {
    let bed = Bed::new();
    bed.user("anna", Role::Operator).await;
    let identify = &bed.accounts.identify;
    let before = bed.passwords.work();
    let identity = identify.by_basic(" Anna", &secret(PASSWORD)).await.unwrap();
    assert_eq!((identity.subject.as_str(), identity.role), ("anna", Role::Operator));
    for _ in 0..5 {
        identify.by_basic("anna", &secret(PASSWORD)).await.unwrap();
    }
    assert_eq!(bed.passwords.work(), before + 1);

    // Another password is worked on, every time, and being wrong is not remembered as being right.
    for _ in 0..2 {
        assert!(is_unauthorized(identify.by_basic("anna", &secret("wrong")).await));
    }
    assert_eq!(bed.passwords.work(), before + 3);

    bed.pass(SignedDuration::from_mins(5));
    identify.by_basic("anna", &secret(PASSWORD)).await.unwrap();
    assert_eq!(bed.passwords.work(), before + 4);

    assert!(identify.still_valid(&identity).await.unwrap());
    let change = UserChange { password: Some(secret("another")), role: None };
    recorded(bed.accounts.users.update(&admin(), "anna", change).await.unwrap());
    assert!(is_unauthorized(identify.by_basic("anna", &secret(PASSWORD)).await));
    assert!(!identify.still_valid(&identity).await.unwrap());
    assert!(identify.by_basic("anna", &secret("another")).await.is_ok());
}

#[tokio::test]
async fn who_is_demoted_while_the_password_is_looked_at_comes_in_demoted() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    bed.user("admin", Role::Admin).await;
    bed.meanwhile(Meanwhile::Demote("anna"));
    let identity = bed.accounts.identify.by_basic("anna", &secret(PASSWORD)).await.unwrap();
    assert_eq!(identity.role, Role::Viewer);
}

#[tokio::test]
async fn who_is_removed_while_the_password_is_looked_at_does_not_come_in() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    bed.user("admin", Role::Admin).await;
    bed.meanwhile(Meanwhile::Remove("anna"));
    assert!(is_unauthorized(bed.accounts.identify.by_basic("anna", &secret(PASSWORD)).await));
}

#[tokio::test]
async fn whose_password_is_replaced_while_it_is_looked_at_does_not_come_in() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    bed.meanwhile(Meanwhile::Replace("anna"));
    assert!(is_unauthorized(bed.accounts.identify.by_basic("anna", &secret(PASSWORD)).await));
}

#[tokio::test]
async fn an_outdated_hash_is_made_anew_once_and_without_a_change_of_rights() {
    let bed = Bed::new();
    let outdated = bed.passwords.outdated_hash(&secret(PASSWORD));
    bed.user_with("anna", Role::Admin, outdated.clone()).await;
    bed.user("admin", Role::Admin).await;
    let identify = &bed.accounts.identify;
    assert!(is_unauthorized(identify.by_basic("anna", &secret("wrong")).await));
    assert_eq!(bed.stored("anna").await.unwrap().password_hash, outdated);

    bed.meanwhile(Meanwhile::Demote("anna"));
    let identity = identify.by_basic("anna", &secret(PASSWORD)).await.unwrap();
    assert!(identify.still_valid(&identity).await.unwrap());
    let stored = bed.stored("anna").await.unwrap();
    assert!(stored.password_hash.reveal().starts_with("memory$"));
    assert_eq!(stored.role, Role::Viewer);

    let before = bed.passwords.work();
    assert_eq!(identify.by_basic("anna", &secret(PASSWORD)).await.unwrap(), identity);
    assert_eq!(bed.passwords.work(), before, "the new hash is remembered too");
}

#[tokio::test]
async fn a_hash_that_cannot_be_made_anew_keeps_nobody_out() {
    let bed = Bed::new();
    let outdated = bed.passwords.outdated_hash(&secret(PASSWORD));
    bed.user_with("anna", Role::Admin, outdated.clone()).await;
    bed.break_store();
    let identity = bed.accounts.identify.by_basic("anna", &secret(PASSWORD)).await.unwrap();
    assert!(bed.accounts.identify.still_valid(&identity).await.unwrap());
    assert_eq!(bed.stored("anna").await.unwrap().password_hash, outdated);
}
