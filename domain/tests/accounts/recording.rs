//! What the audit log says of all this, and what happens when it cannot.

use crate::bed::{Bed, PASSWORD, admin, recorded, secret, subject};
use loom_domain::account::Role;
use loom_domain::audit_trail::Actor;
use loom_domain::usecases::accounts::*;
use serde_json::json;

#[tokio::test]
async fn every_change_is_recorded_with_who_and_what_and_no_secret() {
    let bed = Bed::new();
    let accounts = &bed.accounts;
    recorded(accounts.first_run.begin("admin", &secret(PASSWORD)).await.unwrap().commit().await.unwrap());
    let mine = bed.log_in("admin").await;
    let me = Actor::from(&mine.identity);
    recorded(accounts.users.create(&me, "anna", &secret("hunter1"), Role::Viewer).await.unwrap());
    let change = UserChange { password: Some(secret("hunter2")), role: Some(Role::Operator) };
    recorded(accounts.users.update(&me, "anna", change).await.unwrap());
    let new = NewToken { subject: "script".into(), role: Role::Viewer, expires_in_days: Some(1) };
    let minted = recorded(accounts.tokens.create(&me, new).await.unwrap());
    let script = accounts.identify.by_bearer(&minted.token).await.unwrap();
    let fingerprint = minted.listed.fingerprint.clone();
    recorded(accounts.users.remove(&Actor::from(&script), "anna").await.unwrap());
    recorded(accounts.tokens.revoke(&me, &fingerprint).await.unwrap());
    let changed = bed.change_own(&mine.identity, PASSWORD, "hunter3-long");
    let fresh = recorded(changed.await.unwrap()).unwrap();
    recorded(accounts.logins.log_out(&fresh.cookie).await.unwrap().unwrap());

    let log = bed.audit().await;
    let described: Vec<_> = log
        .iter()
        .map(|entry| (&*entry.user, &*entry.action, entry.note.as_deref().unwrap(), entry.changes.clone()))
        .collect();
    let via_script = format!("anna, via bearer {fingerprint}");
    let token_note = format!("{fingerprint}, via session");
    let token = |key: &str| {
        Some(json!([
            {"parameter": "subject", key: "script"},
            {"parameter": "role", key: "viewer"},
            {"parameter": "expires_at", key: "2026-11-23T22:15:30.5Z"},
        ]))
    };
    let expected = [
        ("anonymous", "setup", "admin, via setup", Some(json!([{"parameter": "role", "after": "admin"}]))),
        ("admin", "login", "via session", None),
        (
            "admin",
            "user_create",
            "anna, via session",
            Some(json!([{"parameter": "role", "after": "viewer"}])),
        ),
        (
            "admin",
            "user_update",
            "anna, via session",
            Some(
                json!([{"parameter": "password"}, {"parameter": "role", "before": "viewer", "after": "operator"}]),
            ),
        ),
        ("admin", "token_create", &*token_note, token("after")),
        ("script", "user_delete", &*via_script, Some(json!([{"parameter": "role", "before": "operator"}]))),
        ("admin", "token_revoke", &*token_note, token("before")),
        ("admin", "password_change", "via session", Some(json!([{"parameter": "password"}]))),
        ("admin", "logout", "via session", None),
    ];
    assert_eq!(described, expected);

    let shown = format!("{log:?}");
    for hidden in ["hunter", PASSWORD, "memory$", minted.token.reveal(), fresh.cookie.reveal()] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn a_change_that_cannot_be_recorded_stands_and_is_told() {
    let bed = Bed::new();
    bed.break_store();
    let created = bed.accounts.users.create(&admin(), "anna", &secret(PASSWORD), Role::Viewer).await.unwrap();
    let mut told = None;
    let user = created.or_tell(|missing| told = Some(missing.to_string()));
    assert_eq!(user.subject, subject("anna"));
    assert!(told.unwrap().starts_with("the audit entry `user_create` was not written: "));
    assert!(bed.stored("anna").await.is_some());
}
