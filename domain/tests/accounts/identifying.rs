//! Who is let in by which credential, and who is not.

use crate::bed::{Bed, PASSWORD, admin, is_unauthorized, recorded, secret, subject};
use jiff::SignedDuration;
use loom_domain::account::Role;
use loom_domain::credential::CredentialDigest;
use loom_domain::ports::Clock;
use loom_domain::secret::SecretText;
use loom_domain::usecases::accounts::*;

#[tokio::test]
async fn a_token_speaks_for_its_subject_with_its_own_role_also_without_a_user() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    bed.token("token of anna", "anna", Role::Viewer).await;
    bed.token("token of nobody", "script", Role::Operator).await;
    for (token, name, role) in
        [("token of anna", "anna", Role::Viewer), ("token of nobody", "script", Role::Operator)]
    {
        let identity = bed.accounts.identify.by_bearer(&secret(token)).await.unwrap();
        assert_eq!((identity.subject.as_str(), identity.role), (name, role));
        assert_eq!((identity.scheme, identity.expires_at), (Scheme::Bearer, None));
        assert!(bed.accounts.identify.still_valid(&identity).await.unwrap());
    }
}

#[tokio::test]
async fn wrong_expired_and_revoked_tokens_are_all_unknown() {
    let bed = Bed::new();
    let identify = &bed.accounts.identify;
    for wrong in ["", "x", "token", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"] {
        assert!(is_unauthorized(identify.by_bearer(&secret(wrong)).await), "{wrong}");
    }
    let new = NewToken { subject: "script".into(), role: Role::Viewer, expires_in_days: Some(1) };
    let minted = recorded(bed.accounts.tokens.create(&admin(), new).await.unwrap());
    // What is stored of a token does not open anything.
    let stored = CredentialDigest::of(&minted.token);
    for shown in [stored.as_str(), stored.fingerprint()] {
        assert!(is_unauthorized(identify.by_bearer(&secret(shown)).await));
    }
    let identity = identify.by_bearer(&minted.token).await.unwrap();

    bed.pass(SignedDuration::from_hours(24) - SignedDuration::from_micros(1));
    assert!(identify.by_bearer(&minted.token).await.is_ok());
    bed.pass(SignedDuration::from_micros(1));
    assert!(is_unauthorized(identify.by_bearer(&minted.token).await));
    assert!(!identify.still_valid(&identity).await.unwrap());

    bed.token("forever", "script", Role::Viewer).await;
    let identity = identify.by_bearer(&secret("forever")).await.unwrap();
    let fingerprint = identity.token_fingerprint().unwrap();
    recorded(bed.accounts.tokens.revoke(&admin(), fingerprint).await.unwrap());
    assert!(is_unauthorized(identify.by_bearer(&secret("forever")).await));
    assert!(!identify.still_valid(&identity).await.unwrap());
}

#[tokio::test]
async fn a_credential_of_one_kind_is_none_of_another() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    bed.token("token", "anna", Role::Admin).await;
    let cookie = bed.log_in("anna").await.cookie;
    let identify = &bed.accounts.identify;
    assert!(is_unauthorized(identify.by_bearer(&cookie).await));
    assert!(is_unauthorized(identify.by_session(&secret("token")).await));
    assert!(is_unauthorized(identify.by_basic("anna", &cookie).await));
    assert!(is_unauthorized(identify.by_basic("anna", &secret("token")).await));
}

#[tokio::test]
async fn a_removed_user_is_not_remembered() {
    let bed = Bed::new();
    bed.user("admin", Role::Admin).await;
    bed.user("anna", Role::Viewer).await;
    let identity = bed.accounts.identify.by_basic("anna", &secret(PASSWORD)).await.unwrap();
    recorded(bed.accounts.users.remove(&admin(), "anna").await.unwrap());
    assert!(is_unauthorized(bed.accounts.identify.by_basic("anna", &secret(PASSWORD)).await));
    assert!(!bed.accounts.identify.still_valid(&identity).await.unwrap());
}

#[tokio::test]
async fn an_unknown_user_is_as_much_work_as_a_wrong_password() {
    let bed = Bed::new();
    bed.user("anna", Role::Viewer).await;
    for name in ["anna", "nobody", "", "no=name", "\u{0}"] {
        let before = bed.passwords.work();
        assert!(is_unauthorized(bed.accounts.identify.by_basic(name, &secret("wrong")).await));
        assert_eq!(bed.passwords.work(), before + 1, "{name}");
        assert!(is_unauthorized(bed.accounts.logins.log_in(name, &secret("wrong")).await));
        assert_eq!(bed.passwords.work(), before + 2, "{name}");
    }
}

#[tokio::test]
async fn a_useless_hash_lets_nobody_in_and_is_named_without_being_shown() {
    let bed = Bed::new();
    bed.user_with("anna", Role::Admin, secret("!locked")).await;
    let error = bed.accounts.identify.by_basic("anna", &secret("hunter2")).await.unwrap_err();
    assert!(matches!(&error, AccountError::UnusableHash { subject, .. } if subject.as_str() == "anna"));
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("!locked") && !shown.contains("hunter2"), "{shown}");
}

#[tokio::test]
async fn a_useless_hash_is_one_more_hash_of_work() {
    let bed = Bed::new();
    bed.user_with("anna", Role::Admin, secret("!locked")).await;
    let before = bed.passwords.work();
    assert!(bed.accounts.identify.by_basic("anna", &secret("hunter2")).await.is_err());
    // The look at the useless one costs nothing in life.
    assert_eq!(bed.passwords.work(), before + 2);
}

#[tokio::test]
async fn who_was_seen_is_handed_over_once_with_the_newest_instant() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    bed.token("token", "script", Role::Viewer).await;
    let identify = &bed.accounts.identify;
    assert!(identify.take_seen().is_empty());
    for _ in 0..2 {
        identify.by_bearer(&secret("token")).await.unwrap();
        identify.by_basic("anna", &secret(PASSWORD)).await.unwrap();
        assert!(identify.by_bearer(&secret("wrong")).await.is_err());
        assert!(identify.by_basic("bernd", &secret(PASSWORD)).await.is_err());
        bed.pass(SignedDuration::from_secs(1));
    }
    let newest = bed.clock.now() - SignedDuration::from_secs(1);
    let fingerprint = CredentialDigest::of(&secret("token")).fingerprint().to_owned();
    let seen = SeenBatch { users: vec![(subject("anna"), newest)], tokens: vec![(fingerprint, newest)] };
    assert_eq!(identify.take_seen(), seen);
    assert!(identify.take_seen().is_empty());
}

#[tokio::test]
async fn no_secret_is_shown_by_what_is_handed_out() {
    let bed = Bed::new();
    bed.user("anna", Role::Admin).await;
    let logged_in = bed.log_in("anna").await;
    let new = NewToken { subject: "script".into(), role: Role::Viewer, expires_in_days: None };
    let minted = recorded(bed.accounts.tokens.create(&admin(), new).await.unwrap());
    let basic = bed.accounts.identify.by_basic("anna", &secret(PASSWORD)).await.unwrap();
    let hash = bed.stored("anna").await.unwrap().password_hash;
    let shown = format!("{logged_in:?} {minted:?} {basic:?}");
    let digest_of = |secret: &SecretText| CredentialDigest::of(secret);
    for hidden in [
        PASSWORD,
        hash.reveal(),
        logged_in.cookie.reveal(),
        minted.token.reveal(),
        digest_of(&logged_in.cookie).as_str(),
        digest_of(&hash).as_str(),
    ] {
        assert!(!shown.contains(hidden), "{shown}");
    }
}
