//! The suite of [`Users`].

use crate::moments::moment;
use loom_domain::account::{Role, Subject, User};
use loom_domain::ports::{StoreError, Users};
use loom_domain::secret::SecretText;
use std::sync::Arc;

/// A stored user comes back equal in every field.
pub async fn a_stored_user_comes_back_equal(store: Arc<dyn Users>) {
    let seen = User { last_seen_at: Some(moment(9)), ..user("jürgen", Role::Operator) };
    let unseen = user("admin", Role::Admin);
    for user in [&seen, &unseen] {
        store.create_user(user).await.unwrap();
    }
    for user in [seen, unseen] {
        assert_eq!(store.find_user(&user.subject).await.unwrap(), Some(user));
    }
    assert_eq!(store.find_user(&subject("nobody")).await.unwrap(), None);
}

/// Creating an existing subject is `AlreadyExists` and changes nothing.
pub async fn creating_an_existing_subject_changes_nothing(store: Arc<dyn Users>) {
    let first = user("admin", Role::Admin);
    store.create_user(&first).await.unwrap();
    let error = store.create_user(&user("admin", Role::Viewer)).await.unwrap_err();
    assert!(matches!(&error, StoreError::AlreadyExists { name, .. } if name == "admin"), "{error}");
    assert_eq!(store.list_users().await.unwrap(), [first]);
}

/// Updating replaces every field but `created_at`.
pub async fn updating_replaces_every_field_but_created_at(store: Arc<dyn Users>) {
    store.create_user(&user("admin", Role::Admin)).await.unwrap();
    let first = user("anna", Role::Viewer);
    store.create_user(&first).await.unwrap();
    let second = User {
        subject: first.subject.clone(),
        password_hash: SecretText::new("$2a$12$another"),
        role: Role::Operator,
        created_at: moment(100),
        updated_at: moment(101),
        last_seen_at: Some(moment(102)),
    };
    store.update_user(&second).await.unwrap();
    let expected = User { created_at: first.created_at, ..second };
    assert_eq!(store.find_user(&first.subject).await.unwrap(), Some(expected));
}

/// Users are listed by subject in byte order.
pub async fn users_are_listed_in_byte_order(store: Arc<dyn Users>) {
    for name in ["zoe", "änne", "anna", "anna-maria", "anna2"] {
        store.create_user(&user(name, Role::Admin)).await.unwrap();
    }
    assert_eq!(subjects(&*store).await, ["anna", "anna-maria", "anna2", "zoe", "änne"]);
}

/// Updating or removing an unknown subject is `NotFound`.
pub async fn an_unknown_subject_is_not_found(store: Arc<dyn Users>) {
    store.create_user(&user("admin", Role::Admin)).await.unwrap();
    let update = store.update_user(&user("nobody", Role::Admin)).await.unwrap_err();
    let remove = store.remove_user(&subject("nobody")).await.unwrap_err();
    for error in [update, remove] {
        assert!(matches!(&error, StoreError::NotFound { name, .. } if name == "nobody"), "{error}");
    }
    assert_eq!(subjects(&*store).await, ["admin"]);
}

/// The last admin can neither be removed nor given a lesser role: `LastAdmin`.
pub async fn the_last_admin_stays_one(store: Arc<dyn Users>) {
    let admin = user("admin", Role::Admin);
    store.create_user(&admin).await.unwrap();
    store.create_user(&user("anna", Role::Operator)).await.unwrap();

    let lesser = User { role: Role::Operator, ..admin.clone() };
    for refused in [store.remove_user(&admin.subject).await, store.update_user(&lesser).await] {
        let error = refused.unwrap_err();
        assert!(matches!(&error, StoreError::LastAdmin(name) if name == "admin"), "{error}");
    }
    assert_eq!(store.find_user(&admin.subject).await.unwrap().as_ref(), Some(&admin));

    store.update_user(&User { password_hash: SecretText::new("$2a$12$new"), ..admin.clone() }).await.unwrap();
    store.remove_user(&subject("anna")).await.unwrap();
    store.create_user(&user("bernd", Role::Admin)).await.unwrap();
    store.update_user(&lesser).await.unwrap();
    store.remove_user(&admin.subject).await.unwrap();
    assert_eq!(subjects(&*store).await, ["bernd"]);
}

/// Two concurrent removals of the last two admins leave one of them.
pub async fn two_removals_at_once_leave_one_admin(store: Arc<dyn Users>) {
    for _ in 0..20 {
        for name in ["anna", "bernd"] {
            let created = store.create_user(&user(name, Role::Admin)).await;
            assert!(matches!(created, Ok(()) | Err(StoreError::AlreadyExists { .. })), "{created:?}");
        }
        let removals = ["anna", "bernd"].map(|name| {
            let store = Arc::clone(&store);
            tokio::spawn(async move { store.remove_user(&subject(name)).await })
        });
        let mut refused = 0;
        for removal in removals {
            if let Err(error) = removal.await.unwrap() {
                assert!(matches!(error, StoreError::LastAdmin(_)), "{error}");
                refused += 1;
            }
        }
        assert_eq!(refused, 1);
        assert_eq!(store.list_users().await.unwrap().len(), 1);
    }
}

/// Tests that a store of users keeps its contract.
#[macro_export]
macro_rules! users_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            users,
            $fresh,
            [
                a_stored_user_comes_back_equal,
                creating_an_existing_subject_changes_nothing,
                updating_replaces_every_field_but_created_at,
                users_are_listed_in_byte_order,
                an_unknown_subject_is_not_found,
                the_last_admin_stays_one,
                two_removals_at_once_leave_one_admin,
            ]
        );
    };
}

async fn subjects(store: &dyn Users) -> Vec<String> {
    store.list_users().await.unwrap().iter().map(|user| user.subject.to_string()).collect()
}

fn subject(name: &str) -> Subject {
    Subject::parse(name).unwrap()
}

fn user(name: &str, role: Role) -> User {
    User {
        subject: subject(name),
        password_hash: SecretText::new(format!("$2a$12$hash-of-{name}")),
        role,
        created_at: moment(1),
        updated_at: moment(2),
        last_seen_at: None,
    }
}
