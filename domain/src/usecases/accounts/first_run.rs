//! First run: the first admin makes themselves.
//!
//! Does NOT store anything else a setup page asks for: the caller does, between `begin` and `commit`.

use super::AccountError;
use super::desk::Desk;
use super::gate::Turn;
use super::new_password::check_chosen;
use super::users::ListedUser;
use crate::account::{Role, Subject, User};
use crate::audit_trail::{Actor, AuditAction, AuditDraft, Audited, Change};
use crate::secret::SecretText;
use std::sync::Arc;

/// Makes the first admin, once.
pub struct FirstRun {
    desk: Arc<Desk>,
}

/// The first admin before they exist. Dropping it leaves everything as it was.
///
/// As long as it lives every other change to accounts waits, so hold it no longer than needed and call none of them.
#[must_use = "nobody is stored before `commit`"]
pub struct FirstAdmin {
    desk: Arc<Desk>,
    user: User,
    turn: Turn,
}

impl FirstRun {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    /// Whether nobody can log in yet: there is neither a user nor a token.
    pub async fn required(&self) -> Result<bool, AccountError> {
        let ports = &self.desk.ports;
        Ok(ports.users.list_users().await?.is_empty() && ports.tokens.list_tokens().await?.is_empty())
    }

    /// Checks everything and takes the turn: of several at once, the first to commit wins and the others are `Conflict`.
    ///
    /// `Forbidden` if the operator does not allow it, `Conflict` once any account exists, `Invalid` for a bad name or a
    /// password of less than 8 characters or more than 1,024 bytes.
    pub async fn begin(&self, username: &str, password: &SecretText) -> Result<FirstAdmin, AccountError> {
        if !self.desk.rules.allow_first_run_setup {
            return Err(AccountError::Forbidden("the setup over the API is switched off"));
        }
        // Before hashing too: afterwards anybody may ask, and must not make the daemon work.
        self.check_required().await?;
        let subject = Subject::parse(username).map_err(|bad| AccountError::bad_subject("username", bad))?;
        check_chosen("password", password)?;
        let hash = self.desk.ports.passwords.hash(password).await;
        let password_hash = hash.map_err(AccountError::Passwords)?;

        let turn = self.desk.gate.enter().await;
        self.check_required().await?;
        let now = self.desk.now();
        let user = User {
            subject,
            password_hash,
            role: Role::Admin,
            created_at: now,
            updated_at: now,
            last_seen_at: None,
        };
        Ok(FirstAdmin { desk: Arc::clone(&self.desk), user, turn })
    }

    async fn check_required(&self) -> Result<(), AccountError> {
        if self.required().await? {
            return Ok(());
        }
        Err(AccountError::Conflict("there is an account already: log in with it".to_owned()))
    }
}

impl FirstAdmin {
    /// Stores the admin.
    pub async fn commit(self) -> Result<Audited<ListedUser>, AccountError> {
        let Self { desk, user, turn } = self;
        desk.ports.users.create_user(&user).await?;
        drop(turn);
        let created = [Change::new("role", None, Some(user.role.as_str().into()))];
        let actor = Actor::anonymous("setup");
        let draft = AuditDraft::new(&actor, AuditAction::Setup, user.subject.as_str()).changes(&created);
        Ok(desk.audited(ListedUser::from(user), draft).await)
    }
}
