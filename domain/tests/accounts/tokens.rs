//! What an admin does about API tokens.

use crate::bed::{Bed, admin, at, recorded};
use loom_domain::account::Role;
use loom_domain::credential::CredentialDigest;
use loom_domain::usecases::accounts::*;

fn new_token(subject: &str, expires_in_days: Option<i64>) -> NewToken {
    NewToken { subject: subject.into(), role: Role::Operator, expires_in_days }
}

#[tokio::test]
async fn a_token_is_shown_once_and_listed_by_its_fingerprint() {
    let bed = Bed::new();
    let tokens = &bed.accounts.tokens;
    let minted = recorded(tokens.create(&admin(), new_token(" Script ", None)).await.unwrap());
    assert_eq!(minted.token.reveal().len(), 43);
    assert_eq!(minted.listed.fingerprint, CredentialDigest::of(&minted.token).fingerprint());
    assert_eq!(minted.listed.subject.as_str(), "script");
    assert_eq!(tokens.list().await.unwrap(), std::slice::from_ref(&minted.listed));
    let identity = bed.accounts.identify.by_bearer(&minted.token).await.unwrap();
    assert_eq!(identity.token_fingerprint(), Some(&*minted.listed.fingerprint));

    recorded(tokens.revoke(&admin(), &minted.listed.fingerprint).await.unwrap());
    assert_eq!(tokens.list().await.unwrap(), []);
    let again = tokens.revoke(&admin(), &minted.listed.fingerprint).await;
    assert!(matches!(again, Err(AccountError::NotFound { .. })));
}

#[tokio::test]
async fn days_are_counted_from_now_and_none_means_never() {
    let bed = Bed::new();
    for (days, end) in [
        (None, None),
        (Some(0), None),
        (Some(-3), None),
        (Some(i64::MIN), None),
        (Some(1), Some(at("2026-11-23T22:15:30.5Z"))),
        (Some(365), Some(at("2027-11-22T22:15:30.5Z"))),
    ] {
        let minted = bed.accounts.tokens.create(&admin(), new_token("script", days)).await.unwrap();
        assert_eq!(recorded(minted).listed.expires_at, end, "{days:?}");
    }
}

#[tokio::test]
async fn an_end_beyond_the_calendar_and_a_bad_subject_are_refused() {
    let bed = Bed::new();
    for days in [i64::MAX, i64::MAX / 86_400, 3_000_000] {
        let refused =
            bed.accounts.tokens.create(&admin(), new_token("script", Some(days))).await.unwrap_err();
        assert!(matches!(refused, AccountError::Invalid { field: "expires_in_days", .. }), "{days}");
    }
    let refused = bed.accounts.tokens.create(&admin(), new_token("a b", None)).await.unwrap_err();
    assert!(matches!(refused, AccountError::Invalid { field: "subject", .. }));
    assert_eq!(bed.accounts.tokens.list().await.unwrap(), []);
    assert_eq!(bed.audit().await, []);
}
