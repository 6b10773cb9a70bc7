//! Hashes other programs made: which verify, which are outdated, which are refused before they cost anything.
//!
//! The Argon2 hashes are of the Python package `argon2-cffi`, `low_level.hash_secret(password, b"0123456789abcdef",
//! hash_len=32, …)`; the bcrypt hashes of Python's `crypt.crypt(password, "$2b$04$abcdefghijklmnopqrstuu")`.

use super::*;
use crate::OsRandomness;
use std::time::Duration;

const PASSWORD: &str = "correct horse";

async fn verify(password: &str, stored: &str) -> Result<PasswordVerdict, PasswordError> {
    let passwords = Argon2Passwords::new(Arc::new(OsRandomness));
    passwords.verify(&SecretText::new(password), &SecretText::new(stored)).await
}

#[tokio::test]
async fn a_hash_of_another_program_with_our_parameters_is_right() {
    let stored =
        "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$rk2Mi3E4dgRMg0fHaYaptWVZRKqs//6b6k3/nntqGJk";
    assert_eq!(verify(PASSWORD, stored).await.unwrap(), PasswordVerdict::Right);
    assert_eq!(verify("battery staple", stored).await.unwrap(), PasswordVerdict::Wrong);
}

#[tokio::test]
async fn a_new_hash_says_how_it_was_made() {
    let passwords = Argon2Passwords::new(Arc::new(OsRandomness));
    let hash = passwords.hash(&SecretText::new(PASSWORD)).await.unwrap();
    let parts: Vec<&str> = hash.reveal().split('$').collect();
    assert_eq!(parts[..4], ["", "argon2id", "v=19", "m=19456,t=2,p=1"]);
    // 16 and 32 bytes in base64 without padding.
    assert_eq!((parts[4].len(), parts[5].len(), parts.len()), (22, 43, 6));
}

#[tokio::test]
async fn argon2_hashes_made_in_another_way_are_right_but_outdated() {
    for stored in [
        "$argon2id$v=19$m=64,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$0CZqMZ1QBMaHQj3p+a9jDiwNcLoLHu6N5jg73q6A/M4",
        "$argon2i$v=19$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$b/CtopBGvcugonYFDKzihpITBLJiEA52hXT8AnEOs6E",
        "$argon2d$v=16$m=256,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$GKpjttej5qE7ncxrym8MPX8sfwucSgHtD82CDSylr5Q",
    ] {
        let verdict = verify(PASSWORD, stored).await.unwrap();
        assert_eq!(verdict, PasswordVerdict::RightButOutdated, "{stored}");
        assert_eq!(verify("wrong", stored).await.unwrap(), PasswordVerdict::Wrong, "{stored}");
    }
}

#[tokio::test]
async fn bcrypt_hashes_are_right_but_outdated() {
    for (password, stored) in [
        (PASSWORD, "$2a$12$abcdefghijklmnopqrstuuFDJRuYeKkCzo3Wy7h8SxhBSHBAHiPK2"),
        (PASSWORD, "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
        (PASSWORD, "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"),
        ("Grüße", "$2a$04$abcdefghijklmnopqrstuuzzfwLY11Q0O66TF2XZ7FUib2Ngtn1va"),
    ] {
        let verdict = verify(password, stored).await.unwrap();
        assert_eq!(verdict, PasswordVerdict::RightButOutdated, "{stored}");
        assert_eq!(verify("wrong", stored).await.unwrap(), PasswordVerdict::Wrong, "{stored}");
    }
}

#[tokio::test]
async fn a_password_bcrypt_would_cut_off_is_wrong() {
    let stored = "$2b$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
    let verdict = verify(&"x".repeat(72), stored).await.unwrap();
    assert_eq!(verdict, PasswordVerdict::RightButOutdated);
    for longer in ["x".repeat(73), "x".repeat(72) + "anything"] {
        assert_eq!(verify(&longer, stored).await.unwrap(), PasswordVerdict::Wrong);
    }
    // bcrypt repeats the password with its ending zero, so it takes these two for one.
    let stored = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
    let twice = format!("{PASSWORD}\0{PASSWORD}");
    assert_eq!(verify(&twice, stored).await.unwrap(), PasswordVerdict::Wrong);
}

#[tokio::test]
async fn a_hash_that_asks_for_too_much_is_refused_at_once() {
    let argon2 = |params: &str| {
        format!("$argon2id$v=19${params}$MDEyMzQ1Njc4OWFiY2RlZg$0CZqMZ1QBMaHQj3p+a9jDiwNcLoLHu6N5jg73q6A/M4")
    };
    for stored in [
        argon2("m=4194304,t=1,p=1"),
        argon2("m=4294967295,t=4294967295,p=1"),
        argon2("m=65536,t=11,p=1"),
        argon2("m=64,t=4294967295,p=1"),
        argon2("m=4096,t=1,p=64"),
        "$2b$15$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(),
        "$2b$31$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(),
        "$2b$99$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e".to_owned(),
    ] {
        let answer = tokio::time::timeout(Duration::from_secs(5), verify(PASSWORD, &stored)).await.unwrap();
        assert!(matches!(answer, Err(PasswordError::TooCostly)), "{stored}: {answer:?}");
    }
}

#[tokio::test]
async fn damaged_and_foreign_hashes_are_of_unknown_form() {
    for stored in [
        "$2b$04$tooshort",
        "$2b$03$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2x$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e",
        "$2b$04$äbcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6",
        "$argon2id$v=19$m=64,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg",
        "$argon2id$v=19$m=64,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAA",
        "$argon2id$v=7$m=64,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$0CZqMZ1QBMaHQj3p+a9jDiwNcLoLHu6N5jg73q6A/M4",
        "$argon2id$v=19$m=0,t=0,p=0$MDEyMzQ1Njc4OWFiY2RlZg$0CZqMZ1QBMaHQj3p+a9jDiwNcLoLHu6N5jg73q6A/M4",
        "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E",
    ] {
        let answer = verify(PASSWORD, stored).await;
        assert!(matches!(answer, Err(PasswordError::UnknownForm)), "{stored}: {answer:?}");
    }
}

#[tokio::test]
async fn only_two_are_worked_on_at_once() {
    let passwords = Arc::new(Argon2Passwords::new(Arc::new(OsRandomness)));
    let (first, second) =
        (passwords.turns.clone().acquire_owned().await, passwords.turns.clone().acquire_owned().await);
    let third = tokio::spawn({
        let passwords = Arc::clone(&passwords);
        async move { passwords.hash(&SecretText::new(PASSWORD)).await.is_ok() }
    });
    tokio::task::yield_now().await;
    assert!(!third.is_finished());
    assert_eq!(passwords.turns.available_permits(), 0);
    drop(first);
    assert!(third.await.unwrap());
    drop(second);
    assert_eq!(passwords.turns.available_permits(), AT_ONCE);
}

#[tokio::test]
async fn whoever_comes_when_too_many_wait_is_refused_at_once_and_let_in_later() {
    let passwords = Arc::new(Argon2Passwords::new(Arc::new(OsRandomness)));
    // Nobody gets a turn, so all of them wait.
    passwords.turns.forget_permits(AT_ONCE);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..AT_ONCE + WAITING {
        let passwords = Arc::clone(&passwords);
        waiting.spawn(async move { passwords.hash(&SecretText::new(PASSWORD)).await.is_ok() });
    }
    let all_wait = async {
        while passwords.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), all_wait).await.unwrap();
    let stored = "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e";
    let (password, stored) = (SecretText::new(PASSWORD), SecretText::new(stored));
    assert!(matches!(passwords.hash(&password).await, Err(PasswordError::Busy)));
    assert!(matches!(passwords.verify(&password, &stored).await, Err(PasswordError::Busy)));

    // Whoever gives up while waiting makes room.
    waiting.abort_all();
    while waiting.join_next().await.is_some() {}
    assert_eq!(passwords.places.available_permits(), AT_ONCE + WAITING);
    passwords.turns.add_permits(AT_ONCE);
    assert_eq!(passwords.verify(&password, &stored).await.unwrap(), PasswordVerdict::RightButOutdated);
    assert_eq!(passwords.places.available_permits(), AT_ONCE + WAITING);
}
