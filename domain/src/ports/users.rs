//! The users role: who may log in.
//!
//! Does NOT hash passwords or open sessions.

use super::StoreError;
use crate::account::{Subject, User};
use async_trait::async_trait;

/// Keeps users. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::users`)
/// - A stored user comes back equal in every field.
/// - Creating an existing subject is `AlreadyExists` and changes nothing.
/// - Updating replaces every field but `created_at`.
/// - Users are listed by subject in byte order.
/// - Updating or removing an unknown subject is `NotFound`.
/// - The last admin can neither be removed nor given a lesser role: `LastAdmin`.
/// - Two concurrent removals of the last two admins leave one of them.
#[async_trait]
pub trait Users: Send + Sync {
    /// All users, by subject in byte order.
    async fn list_users(&self) -> Result<Vec<User>, StoreError>;
    /// The user of that name, if there is one.
    async fn find_user(&self, subject: &Subject) -> Result<Option<User>, StoreError>;
    /// Adds a user.
    async fn create_user(&self, user: &User) -> Result<(), StoreError>;
    /// Replaces every field of an existing user but `created_at`.
    async fn update_user(&self, user: &User) -> Result<(), StoreError>;
    /// Removes a user. Sessions and tokens of it are the business of their own roles.
    async fn remove_user(&self, subject: &Subject) -> Result<(), StoreError>;
}
