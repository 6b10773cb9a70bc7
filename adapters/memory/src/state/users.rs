//! Users in memory.
//!
//! Does NOT remove the sessions and tokens of a removed user.

use super::{MemoryStateStore, State, already_exists, not_found, precision::microseconds};
use async_trait::async_trait;
use loom_domain::account::{Role, Subject, User};
use loom_domain::ports::{StoreError, Users};

#[async_trait]
impl Users for MemoryStateStore {
    async fn list_users(&self) -> Result<Vec<User>, StoreError> {
        Ok(self.lock().users.values().cloned().collect())
    }

    async fn find_user(&self, subject: &Subject) -> Result<Option<User>, StoreError> {
        Ok(self.lock().users.get(subject).cloned())
    }

    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.users.contains_key(&user.subject) {
            return Err(already_exists("user", &user.subject));
        }
        state.users.insert(user.subject.clone(), as_stored(user));
        Ok(())
    }

    async fn update_user(&self, user: &User) -> Result<(), StoreError> {
        let mut state = self.lock();
        let Some(old) = state.users.get(&user.subject) else {
            return Err(not_found("user", &user.subject));
        };
        let new = User { created_at: old.created_at, ..as_stored(user) };
        if new.role != Role::Admin {
            keep_an_admin(&state, &user.subject)?;
        }
        state.users.insert(user.subject.clone(), new);
        Ok(())
    }

    async fn remove_user(&self, subject: &Subject) -> Result<(), StoreError> {
        let mut state = self.lock();
        if !state.users.contains_key(subject) {
            return Err(not_found("user", subject));
        }
        keep_an_admin(&state, subject)?;
        state.users.remove(subject);
        Ok(())
    }
}

/// Refuses to lose `leaving` as an admin when there is no other.
fn keep_an_admin(state: &State, leaving: &Subject) -> Result<(), StoreError> {
    let mut admins = state.users.values().filter(|user| user.role == Role::Admin);
    match (admins.next(), admins.next()) {
        (Some(only), None) if only.subject == *leaving => Err(StoreError::LastAdmin(leaving.to_string())),
        _ => Ok(()),
    }
}

fn as_stored(user: &User) -> User {
    User {
        created_at: microseconds(user.created_at),
        updated_at: microseconds(user.updated_at),
        last_seen_at: user.last_seen_at.map(microseconds),
        ..user.clone()
    }
}
