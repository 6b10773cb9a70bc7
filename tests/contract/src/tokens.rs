//! The suite of [`Tokens`].

use crate::moments::moment;
use loom_domain::account::{Role, Subject, Token};
use loom_domain::ports::{StoreError, Tokens};
use std::sync::Arc;

/// A stored token comes back equal in every field, found by its full hash.
pub async fn a_stored_token_comes_back_equal(store: Arc<dyn Tokens>) {
    let plain = token("aaaaaaaaaaaa", "anna");
    let full = Token {
        role: Role::Viewer,
        last_seen_at: Some(moment(7)),
        expires_at: Some(moment(-1_000_000)),
        ..token("bbbbbbbbbbbb", "jürgen")
    };
    for token in [&plain, &full] {
        store.create_token(token).await.unwrap();
    }
    for token in [plain, full] {
        assert_eq!(store.find_token(&token.fingerprint).await.unwrap(), None, "a fingerprint is no hash");
        assert_eq!(store.find_token(&token.token_hash).await.unwrap(), Some(token));
    }
}

/// A second token of one fingerprint is `AlreadyExists`.
pub async fn a_second_token_of_a_fingerprint_is_refused(store: Arc<dyn Tokens>) {
    let first = token("aaaaaaaaaaaa", "anna");
    store.create_token(&first).await.unwrap();
    let second =
        Token { token_hash: format!("aaaaaaaaaaaa{}", "1".repeat(52)), ..token("aaaaaaaaaaaa", "bernd") };
    let error = store.create_token(&second).await.unwrap_err();
    assert!(matches!(&error, StoreError::AlreadyExists { name, .. } if name == "aaaaaaaaaaaa"), "{error}");
    assert_eq!(store.list_tokens().await.unwrap(), [first]);
}

/// Tokens are listed by fingerprint in byte order.
pub async fn tokens_are_listed_in_byte_order(store: Arc<dyn Tokens>) {
    for fingerprint in ["f00000000000", "0a0000000000", "9c0000000000", "aaaaaaaaaaaa"] {
        store.create_token(&token(fingerprint, "anna")).await.unwrap();
    }
    let expected = ["0a0000000000", "9c0000000000", "aaaaaaaaaaaa", "f00000000000"];
    assert_eq!(fingerprints(&*store).await, expected);
}

/// Removing an unknown fingerprint is `NotFound`.
pub async fn removing_an_unknown_fingerprint_is_not_found(store: Arc<dyn Tokens>) {
    store.create_token(&token("aaaaaaaaaaaa", "anna")).await.unwrap();
    let error = store.remove_token("aaaaaaaaaaab").await.unwrap_err();
    assert!(matches!(&error, StoreError::NotFound { name, .. } if name == "aaaaaaaaaaab"), "{error}");
    store.remove_token("aaaaaaaaaaaa").await.unwrap();
    assert_eq!(store.list_tokens().await.unwrap(), []);
}

/// Removing the tokens of a subject removes all of them and nobody else's, and counts them.
pub async fn the_tokens_of_a_subject_go_together(store: Arc<dyn Tokens>) {
    for (fingerprint, owner) in [("a1", "anna"), ("a2", "anna"), ("b1", "anna-maria"), ("b2", "ann")] {
        store.create_token(&token(fingerprint, owner)).await.unwrap();
    }
    let anna = Subject::parse("anna").unwrap();
    assert_eq!(store.remove_tokens_of(&anna).await.unwrap(), 2);
    assert_eq!(store.remove_tokens_of(&anna).await.unwrap(), 0);
    assert_eq!(fingerprints(&*store).await, ["b1", "b2"]);
}

/// Tests that a store of tokens keeps its contract.
#[macro_export]
macro_rules! tokens_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            tokens,
            $fresh,
            [
                a_stored_token_comes_back_equal,
                a_second_token_of_a_fingerprint_is_refused,
                tokens_are_listed_in_byte_order,
                removing_an_unknown_fingerprint_is_not_found,
                the_tokens_of_a_subject_go_together,
            ]
        );
    };
}

async fn fingerprints(store: &dyn Tokens) -> Vec<String> {
    store.list_tokens().await.unwrap().into_iter().map(|token| token.fingerprint).collect()
}

fn token(fingerprint: &str, owner: &str) -> Token {
    Token {
        fingerprint: fingerprint.to_owned(),
        token_hash: format!("{fingerprint:0<64}"),
        subject: Subject::parse(owner).unwrap(),
        role: Role::Admin,
        created_at: moment(3),
        last_seen_at: None,
        expires_at: None,
    }
}
