//! The suite of [`Passwords`].
//!
//! Does NOT measure how slow hashing is.

use loom_domain::ports::{PasswordError, PasswordVerdict, Passwords};
use loom_domain::secret::SecretText;
use std::error::Error;
use std::sync::Arc;

/// A new hash is `Right` for its own password and `Wrong` for every other.
pub async fn a_new_hash_fits_its_own_password_only(passwords: Arc<dyn Passwords>) {
    for own in ["correct horse", "Grüße, 世界", " "] {
        let stored = passwords.hash(&SecretText::new(own)).await.unwrap();
        assert_eq!(verdict(&*passwords, own, &stored).await, PasswordVerdict::Right, "{own}");
        for other in ["", "Correct horse", "correct horse ", "Gruesse, 世界"] {
            assert_eq!(verdict(&*passwords, other, &stored).await, PasswordVerdict::Wrong, "{other}");
        }
    }
}

/// Two hashes of one password differ, and neither holds the password.
pub async fn two_hashes_of_one_password_differ(passwords: Arc<dyn Passwords>) {
    let password = SecretText::new("correct horse");
    let (one, other) = (passwords.hash(&password).await.unwrap(), passwords.hash(&password).await.unwrap());
    assert_ne!(one, other);
    for hash in [one, other] {
        assert!(!hash.reveal().contains("correct") && !hash.reveal().contains("horse"));
        assert_eq!(verdict(&*passwords, "correct horse", &hash).await, PasswordVerdict::Right);
    }
}

/// Every byte of a password counts, also beyond the hundredth, and so does a zero byte.
pub async fn every_byte_of_a_password_counts(passwords: Arc<dyn Passwords>) {
    let long = "x".repeat(200);
    let stored = passwords.hash(&SecretText::new(&*long)).await.unwrap();
    for other in [&long[..72], &long[..199], &format!("{long}x")] {
        assert_eq!(verdict(&*passwords, other, &stored).await, PasswordVerdict::Wrong, "{}", other.len());
    }
    let stored = passwords.hash(&SecretText::new("a\0b")).await.unwrap();
    for other in ["a", "a\0", "a\0c", "a\0b\0"] {
        assert_eq!(verdict(&*passwords, other, &stored).await, PasswordVerdict::Wrong, "{other:?}");
    }
}

/// A stored hash of another form is `UnknownForm`, never a verdict.
pub async fn a_hash_of_another_form_is_no_verdict(passwords: Arc<dyn Passwords>) {
    let good = passwords.hash(&SecretText::new("correct horse")).await.unwrap();
    let cut = &good.reveal()[..good.reveal().len() / 2];
    for stored in ["", "correct horse", "$", "$5$rounds=5000$salt$hash", "$ä$ö$ü", cut] {
        let answer = passwords.verify(&SecretText::new("correct horse"), &SecretText::new(stored)).await;
        assert!(matches!(answer, Err(PasswordError::UnknownForm)), "{stored}: {answer:?}");
    }
}

/// No error shows the password or the stored hash.
pub async fn no_error_shows_password_or_hash(passwords: Arc<dyn Passwords>) {
    let (password, stored) = (SecretText::new("hunter2"), SecretText::new("$unheard-of$q1w2e3r4"));
    let error = passwords.verify(&password, &stored).await.unwrap_err();
    let mut next: Option<&dyn Error> = Some(&error);
    while let Some(shown) = next {
        let text = format!("{shown} {shown:?} {shown:#?}");
        assert!(
            !text.contains("hunter2") && !text.contains("unheard-of") && !text.contains("q1w2"),
            "{text}"
        );
        next = shown.source();
    }
}

/// Many verifications at once each get their own verdict.
pub async fn many_verifications_each_get_their_own_verdict(passwords: Arc<dyn Passwords>) {
    let stored = passwords.hash(&SecretText::new("correct horse")).await.unwrap();
    let running = (0..12).map(|number| {
        let (passwords, stored) = (Arc::clone(&passwords), stored.clone());
        let (password, expected) = match number % 2 {
            0 => ("correct horse".to_owned(), PasswordVerdict::Right),
            _ => (format!("wrong horse {number}"), PasswordVerdict::Wrong),
        };
        tokio::spawn(async move { (verdict(&*passwords, &password, &stored).await, expected) })
    });
    for task in running.collect::<Vec<_>>() {
        let (got, expected) = task.await.unwrap();
        assert_eq!(got, expected);
    }
}

/// Tests that a hasher of passwords keeps its contract.
#[macro_export]
macro_rules! passwords_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            passwords,
            $fresh,
            [
                a_new_hash_fits_its_own_password_only,
                two_hashes_of_one_password_differ,
                every_byte_of_a_password_counts,
                a_hash_of_another_form_is_no_verdict,
                no_error_shows_password_or_hash,
                many_verifications_each_get_their_own_verdict,
            ]
        );
    };
}

async fn verdict(passwords: &dyn Passwords, password: &str, stored: &SecretText) -> PasswordVerdict {
    passwords.verify(&SecretText::new(password), stored).await.unwrap()
}
