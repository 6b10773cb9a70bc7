//! Change one's own password.
//!
//! Does NOT serve accounts without a password here: a token's subject without a user, or one of another provider.

use super::desk::{Desk, Proven};
use super::new_password::check_chosen;
use super::{AccountError, Identity, LoggedIn, Scheme};
use crate::account::User;
use crate::audit_trail::{Actor, AuditAction, AuditDraft, Audited, Change};
use crate::secret::SecretText;
use std::sync::Arc;

/// Changes the password of whoever asks.
pub struct OwnPassword {
    desk: Arc<Desk>,
}

impl OwnPassword {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    /// Ends every session of the account, then replaces its password. A caller with a session gets a fresh one; tokens stay.
    ///
    /// A wrong `current` password is `Unauthorized`; a `new` one of less than 8 characters or more than 1,024 bytes is
    /// `Invalid`. Dying in the middle leaves the old password and no sessions.
    pub async fn change(
        &self,
        who: &Identity,
        current: &SecretText,
        new: &SecretText,
    ) -> Result<Audited<Option<LoggedIn>>, AccountError> {
        check_chosen("new_password", new)?;
        let desk = &self.desk;
        let ports = &desk.ports;
        let user = ports.users.find_user(&who.subject).await?;
        let user = user.ok_or(AccountError::Forbidden("this account has no password here"))?;
        let Proven { user: proven, .. } = desk.prove(user, current).await?;
        let password_hash = ports.passwords.hash(new).await.map_err(AccountError::Passwords)?;

        let turn = desk.gate.enter().await;
        let user = desk.still_proven(&proven, current).await?;
        let user = User { password_hash, updated_at: desk.now(), ..user };
        ports.sessions.remove_sessions_of(&user.subject).await?;
        ports.users.update_user(&user).await?;
        let fresh = match who.scheme {
            Scheme::Session => Some(desk.open_session(&user).await?),
            _ => None,
        };
        drop(turn);

        let draft = AuditDraft::new(&Actor::from(who), AuditAction::PasswordChange, "");
        Ok(desk.audited(fresh, draft.changes(&[Change::secret("password")])).await)
    }
}
