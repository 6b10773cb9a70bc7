//! The first admin.

use crate::bed::{Bed, PASSWORD, recorded, secret};
use loom_domain::account::Role;
use loom_domain::usecases::accounts::*;
use std::sync::Arc;

fn is_conflict<T>(answer: Result<T, AccountError>) -> bool {
    matches!(answer, Err(AccountError::Conflict(_)))
}

#[tokio::test]
async fn the_first_admin_makes_themselves_once() {
    let bed = Bed::new();
    let first_run = &bed.accounts.first_run;
    assert!(first_run.required().await.unwrap());
    let first = first_run.begin(" Admin ", &secret(PASSWORD)).await.unwrap();
    assert!(first_run.required().await.unwrap(), "nobody is there before the commit");
    let user = recorded(first.commit().await.unwrap());
    assert_eq!((user.subject.as_str(), user.role), ("admin", Role::Admin));
    assert!(!first_run.required().await.unwrap());
    assert_eq!(bed.log_in("admin").await.identity.role, Role::Admin);

    let work = bed.passwords.work();
    assert!(is_conflict(first_run.begin("mallory", &secret(PASSWORD)).await));
    assert_eq!(bed.passwords.work(), work, "anybody may ask, so it must cost nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_setups_at_once_exactly_one_wins() {
    for _ in 0..20 {
        let bed = Arc::new(Bed::new());
        let running: Vec<_> = (0..8)
            .map(|number| {
                let bed = Arc::clone(&bed);
                tokio::spawn(async move {
                    let first =
                        bed.accounts.first_run.begin(&format!("admin{number}"), &secret(PASSWORD)).await?;
                    // A setup stores other things too before it commits.
                    tokio::task::yield_now().await;
                    first.commit().await.map(recorded)
                })
            })
            .collect();
        let mut winners = Vec::new();
        for setup in running {
            match setup.await.unwrap() {
                Ok(user) => winners.push(user),
                Err(error) => assert!(matches!(error, AccountError::Conflict(_)), "{error}"),
            }
        }
        assert_eq!(winners.len(), 1);
        assert_eq!(bed.accounts.users.list().await.unwrap(), winners);
    }
}

#[tokio::test]
async fn a_setup_that_is_given_up_leaves_the_way_to_the_next() {
    let bed = Bed::new();
    drop(bed.accounts.first_run.begin("admin", &secret(PASSWORD)).await.unwrap());
    assert!(bed.accounts.first_run.required().await.unwrap());
    recorded(bed.accounts.first_run.begin("other", &secret(PASSWORD)).await.unwrap().commit().await.unwrap());
    assert!(bed.stored("admin").await.is_none() && bed.stored("other").await.is_some());
}

#[tokio::test]
async fn any_account_ends_the_first_run() {
    let by_user = Bed::new();
    by_user.user("viewer", Role::Viewer).await;
    let by_token = Bed::new();
    by_token.token("token", "script", Role::Viewer).await;
    for bed in [by_user, by_token] {
        assert!(!bed.accounts.first_run.required().await.unwrap());
        assert!(is_conflict(bed.accounts.first_run.begin("admin", &secret(PASSWORD)).await));
    }
}

#[tokio::test]
async fn bad_names_and_short_passwords_are_refused_by_field() {
    let bed = Bed::new();
    for (name, password, bad) in [
        ("", PASSWORD, "username"),
        ("a=b", PASSWORD, "username"),
        ("two words", PASSWORD, "username"),
        ("admin", "1234567", "password"),
        ("admin", "", "password"),
        ("admin", "äöü", "password"),
    ] {
        let refused = bed.accounts.first_run.begin(name, &secret(password)).await.err().unwrap();
        assert!(matches!(&refused, AccountError::Invalid { field, .. } if *field == bad), "{refused}");
    }
    assert!(bed.accounts.first_run.begin("admin", &secret("12345678")).await.is_ok());
}

#[tokio::test]
async fn the_operator_may_switch_it_off() {
    let rules = AccountRules { allow_first_run_setup: false, ..AccountRules::default() };
    let bed = Bed::with(rules);
    let refused = bed.accounts.first_run.begin("admin", &secret(PASSWORD)).await;
    assert!(matches!(refused, Err(AccountError::Forbidden(_))));
}
