//! What an admin does about users, and what it takes from them.

use crate::bed::{Bed, PASSWORD, admin, is_unauthorized, recorded, secret};
use loom_domain::account::Role;
use loom_domain::usecases::accounts::*;

fn role(role: Role) -> UserChange {
    UserChange { role: Some(role), password: None }
}

fn password(text: &str) -> UserChange {
    UserChange { role: None, password: Some(secret(text)) }
}

#[tokio::test]
async fn a_created_user_can_log_in_and_is_listed() {
    let bed = Bed::new();
    let users = &bed.accounts.users;
    let created = users.create(&admin(), " Anna ", &secret("x"), Role::Viewer).await.unwrap();
    let created = recorded(created);
    assert_eq!((created.subject.as_str(), created.role), ("anna", Role::Viewer));
    assert_eq!(users.list().await.unwrap(), [created]);
    assert!(bed.accounts.logins.log_in("anna", &secret("x")).await.is_ok());

    let again = users.create(&admin(), "ANNA", &secret(PASSWORD), Role::Admin).await;
    assert!(matches!(again, Err(AccountError::Conflict(_))));
    for (name, password, bad) in [("a=b", "x", "username"), ("", "x", "username"), ("bernd", "", "password")]
    {
        let refused = users.create(&admin(), name, &secret(password), Role::Admin).await.unwrap_err();
        assert!(matches!(&refused, AccountError::Invalid { field, .. } if *field == bad), "{refused}");
    }
}

#[tokio::test]
async fn a_new_password_ends_sessions_and_keeps_tokens() {
    let bed = Bed::new();
    bed.user("anna", Role::Viewer).await;
    bed.token("token", "anna", Role::Viewer).await;
    let session = bed.log_in("anna").await;
    recorded(bed.accounts.users.update(&admin(), "anna", password("y")).await.unwrap());
    assert!(is_unauthorized(bed.accounts.identify.by_session(&session.cookie).await));
    assert!(!bed.accounts.identify.still_valid(&session.identity).await.unwrap());
    assert!(bed.accounts.identify.by_bearer(&secret("token")).await.is_ok());
    assert!(bed.accounts.logins.log_in("anna", &secret("y")).await.is_ok());
}

#[tokio::test]
async fn a_new_role_ends_sessions_and_tokens_of_this_user_only() {
    let bed = Bed::new();
    for name in ["anna", "bernd"] {
        bed.user(name, Role::Admin).await;
        bed.token(&format!("token of {name}"), name, Role::Admin).await;
    }
    let (anna, bernd) = (bed.log_in("anna").await, bed.log_in("bernd").await);
    recorded(bed.accounts.users.update(&admin(), "Anna", role(Role::Viewer)).await.unwrap());
    let identify = &bed.accounts.identify;
    assert!(is_unauthorized(identify.by_session(&anna.cookie).await));
    assert!(is_unauthorized(identify.by_bearer(&secret("token of anna")).await));
    assert!(identify.by_session(&bernd.cookie).await.is_ok());
    assert!(identify.by_bearer(&secret("token of bernd")).await.is_ok());
    assert_eq!(bed.log_in("anna").await.identity.role, Role::Viewer);
}

#[tokio::test]
async fn the_same_role_again_takes_no_tokens() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    bed.token("token", "anna", Role::Viewer).await;
    recorded(bed.accounts.users.update(&admin(), "anna", role(Role::Admin)).await.unwrap());
    assert!(bed.accounts.identify.by_bearer(&secret("token")).await.is_ok());
}

#[tokio::test]
async fn a_removed_user_takes_everything_along() {
    let bed = Bed::new();
    bed.user("admin", Role::Admin).await;
    bed.user("anna", Role::Admin).await;
    bed.token("token", "anna", Role::Viewer).await;
    let session = bed.log_in("anna").await;
    recorded(bed.accounts.users.remove(&admin(), "anna").await.unwrap());
    let identify = &bed.accounts.identify;
    assert!(is_unauthorized(identify.by_session(&session.cookie).await));
    assert!(is_unauthorized(identify.by_bearer(&secret("token")).await));
    assert!(is_unauthorized(bed.accounts.logins.log_in("anna", &secret(PASSWORD)).await));
    assert_eq!(bed.accounts.users.list().await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_last_admin_stays_one_and_loses_nothing_by_the_attempt() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    bed.user("bernd", Role::Operator).await;
    bed.token("token", "anna", Role::Admin).await;
    let session = bed.log_in("anna").await;
    let lesser = UserChange { password: Some(secret("new")), role: Some(Role::Operator) };
    for refused in [
        bed.accounts.users.update(&admin(), "anna", lesser).await,
        bed.accounts.users.remove(&admin(), "anna").await,
    ] {
        assert!(matches!(refused, Err(AccountError::LastAdmin(name)) if name == "anna"));
    }
    assert!(bed.accounts.identify.by_session(&session.cookie).await.is_ok());
    assert!(bed.accounts.identify.by_bearer(&secret("token")).await.is_ok());
    assert!(bed.audit().await.iter().all(|entry| entry.action == "login"));

    recorded(bed.accounts.users.update(&admin(), "anna", password("new")).await.unwrap());
    recorded(bed.accounts.users.update(&admin(), "bernd", role(Role::Admin)).await.unwrap());
    recorded(bed.accounts.users.remove(&admin(), "anna").await.unwrap());
}

#[tokio::test]
async fn unknown_users_and_empty_changes_are_refused() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    let users = &bed.accounts.users;
    for name in ["nobody", "no name", "", "a\nb"] {
        let update = users.update(&admin(), name, password("x")).await.unwrap_err();
        let remove = users.remove(&admin(), name).await.unwrap_err();
        for refused in [update, remove] {
            assert!(matches!(refused, AccountError::NotFound { what: "user", .. }), "{refused}");
            assert!(!refused.to_string().contains('\n'));
        }
    }
    for nothing in [UserChange::default(), password("")] {
        let refused = users.update(&admin(), "anna", nothing).await.unwrap_err();
        assert!(matches!(refused, AccountError::Invalid { field: "password", .. }), "{refused}");
    }
}

#[tokio::test]
async fn a_store_that_fails_in_the_middle_leaves_nobody_with_more() {
    for removal in [true, false] {
        let bed = Bed::new();
        bed.user("admin", Role::Admin).await;
        bed.user("anna", Role::Operator).await;
        bed.token("token", "anna", Role::Operator).await;
        let session = bed.log_in("anna").await;
        bed.break_store();
        let failed = match removal {
            true => bed.accounts.users.remove(&admin(), "anna").await,
            false => bed.accounts.users.update(&admin(), "anna", role(Role::Admin)).await,
        };
        assert!(matches!(failed, Err(AccountError::Store(_))));
        assert!(is_unauthorized(bed.accounts.identify.by_session(&session.cookie).await));
        assert!(is_unauthorized(bed.accounts.identify.by_bearer(&secret("token")).await));
        assert_eq!(bed.stored("anna").await.unwrap().role, Role::Operator);
    }
}
