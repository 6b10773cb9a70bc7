//! What an admin does about users: list, create, update, remove.
//!
//! Does NOT check that the actor is an admin. Rights are taken before a user is changed, so that dying in the middle leaves
//! nobody with more than before.

use super::AccountError;
use super::desk::Desk;
use super::new_password::check_given;
use crate::account::{Role, Subject, User};
use crate::audit_trail::{Actor, AuditAction, AuditDraft, Audited, Change};
use crate::secret::SecretText;
use jiff::Timestamp;
use std::sync::Arc;

/// Manages users.
pub struct ManageUsers {
    desk: Arc<Desk>,
}

/// A user as others may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedUser {
    /// Unique name.
    pub subject: Subject,
    /// What the user may do.
    pub role: Role,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When the user was seen last, as far as it is written down.
    pub last_seen_at: Option<Timestamp>,
}

/// What to change about a user; at least one of both.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The new password, of any length but nothing.
    pub password: Option<SecretText>,
    /// The new role.
    pub role: Option<Role>,
}

impl ManageUsers {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    /// All users, by name.
    pub async fn list(&self) -> Result<Vec<ListedUser>, AccountError> {
        Ok(self.desk.ports.users.list_users().await?.into_iter().map(ListedUser::from).collect())
    }

    /// Adds a user. `Invalid` for a bad name or an empty password, `Conflict` if the name is taken.
    pub async fn create(
        &self,
        actor: &Actor,
        username: &str,
        password: &SecretText,
        role: Role,
    ) -> Result<Audited<ListedUser>, AccountError> {
        let desk = &self.desk;
        let subject = Subject::parse(username).map_err(|bad| AccountError::bad_subject("username", bad))?;
        check_given("password", password)?;
        let password_hash = desk.ports.passwords.hash(password).await.map_err(AccountError::Passwords)?;
        let now = desk.now();
        let user =
            User { subject, password_hash, role, created_at: now, updated_at: now, last_seen_at: None };
        let turn = desk.gate.enter().await;
        desk.ports.users.create_user(&user).await?;
        drop(turn);
        let draft = AuditDraft::new(actor, AuditAction::UserCreate, user.subject.as_str());
        Ok(desk.audited(ListedUser::from(user), draft.changes(&[role_change(None, Some(role))])).await)
    }

    /// Changes password or role. Ends every session of the user; another role ends their tokens too.
    ///
    /// `NotFound`, `LastAdmin`, `Invalid` for an empty password or for nothing to change.
    pub async fn update(
        &self,
        actor: &Actor,
        username: &str,
        change: UserChange,
    ) -> Result<Audited<()>, AccountError> {
        let (desk, ports) = (&self.desk, &self.desk.ports);
        if change == UserChange::default() {
            return Err(AccountError::invalid("password", "or `role` must be given"));
        }
        let subject = known_form(username)?;
        let password_hash = match &change.password {
            Some(password) => {
                check_given("password", password)?;
                Some(ports.passwords.hash(password).await.map_err(AccountError::Passwords)?)
            }
            None => None,
        };

        let turn = desk.gate.enter().await;
        let old = ports.users.find_user(&subject).await?.ok_or_else(|| AccountError::no_user(&subject))?;
        let new_role = change.role.unwrap_or(old.role);
        if new_role != Role::Admin {
            self.check_not_last_admin(&old).await?;
        }
        ports.sessions.remove_sessions_of(&subject).await?;
        if new_role != old.role {
            ports.tokens.remove_tokens_of(&subject).await?;
        }
        let mut changes = Vec::new();
        if password_hash.is_some() {
            changes.push(Change::secret("password"));
        }
        if new_role != old.role {
            changes.push(role_change(Some(old.role), Some(new_role)));
        }
        let new = User {
            password_hash: password_hash.unwrap_or_else(|| old.password_hash.clone()),
            role: new_role,
            updated_at: desk.now(),
            ..old
        };
        ports.users.update_user(&new).await?;
        drop(turn);

        let draft = AuditDraft::new(actor, AuditAction::UserUpdate, subject.as_str()).changes(&changes);
        Ok(desk.audited((), draft).await)
    }

    /// Removes a user with their sessions and tokens. `NotFound`, `LastAdmin`.
    pub async fn remove(&self, actor: &Actor, username: &str) -> Result<Audited<()>, AccountError> {
        let (desk, ports) = (&self.desk, &self.desk.ports);
        let subject = known_form(username)?;
        let turn = desk.gate.enter().await;
        let user = ports.users.find_user(&subject).await?.ok_or_else(|| AccountError::no_user(&subject))?;
        self.check_not_last_admin(&user).await?;
        ports.sessions.remove_sessions_of(&subject).await?;
        ports.tokens.remove_tokens_of(&subject).await?;
        ports.users.remove_user(&subject).await?;
        drop(turn);

        let draft = AuditDraft::new(actor, AuditAction::UserDelete, subject.as_str());
        Ok(desk.audited((), draft.changes(&[role_change(Some(user.role), None)])).await)
    }

    /// The store refuses this too, but only after sessions and tokens would be gone.
    async fn check_not_last_admin(&self, user: &User) -> Result<(), AccountError> {
        let users = self.desk.ports.users.list_users().await?;
        let another = users.iter().any(|other| other.role == Role::Admin && other.subject != user.subject);
        if user.role == Role::Admin && !another {
            return Err(AccountError::LastAdmin(user.subject.to_string()));
        }
        Ok(())
    }
}

impl From<User> for ListedUser {
    fn from(user: User) -> Self {
        let User { subject, role, created_at, last_seen_at, .. } = user;
        Self { subject, role, created_at, last_seen_at }
    }
}

/// A name no user can have belongs to no user.
fn known_form(username: &str) -> Result<Subject, AccountError> {
    let name = || username.escape_debug().to_string();
    Subject::parse(username).map_err(|_| AccountError::NotFound { what: "user", name: name() })
}

fn role_change(before: Option<Role>, after: Option<Role>) -> Change {
    let word = |role: Option<Role>| role.map(|role| role.as_str().into());
    Change::new("role", word(before), word(after))
}
