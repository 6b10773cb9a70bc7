//! Log in and out: a password becomes a session, and a session ends.
//!
//! Does NOT set cookies, does NOT slow guessers down, and does NOT record failed logins: anybody could fill the disk.

use super::desk::Desk;
use super::{AccountError, Identity, Scheme};
use crate::audit_trail::{Actor, AuditAction, AuditDraft, Audited};
use crate::credential::CredentialDigest;
use crate::secret::SecretText;
use std::sync::Arc;

/// Opens and ends sessions.
pub struct Logins {
    desk: Arc<Desk>,
}

/// A session that was just opened.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// Who logged in; `expires_at` is set.
    pub identity: Identity,
    /// What the client shows from now on. It is nowhere else: only its digest is stored.
    pub cookie: SecretText,
}

impl Logins {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    /// Opens a session of 12 hours for whoever knows the password, and makes an outdated hash anew. Of more than 100
    /// sessions that a user opened since the start of the daemon, the oldest ends.
    ///
    /// An unknown user takes as long as a wrong password.
    pub async fn log_in(
        &self,
        username: &str,
        password: &SecretText,
    ) -> Result<Audited<LoggedIn>, AccountError> {
        let desk = &self.desk;
        let user = desk.find_or_pretend(username, password).await?;
        let (user, turn) = desk.prove_and_renew(user, password).await?;
        let logged_in = desk.open_session(&user).await?;
        drop(turn);

        let draft = AuditDraft::new(&Actor::from(&logged_in.identity), AuditAction::Login, "");
        Ok(desk.audited(logged_in, draft).await)
    }

    /// Ends the session of this cookie. `None` if there was none.
    pub async fn log_out(&self, cookie: &SecretText) -> Result<Option<Audited<()>>, AccountError> {
        let digest = CredentialDigest::of(cookie);
        let id = SecretText::new(digest.as_str());
        let Some(session) = self.desk.ports.sessions.find_session(&id).await? else { return Ok(None) };
        self.desk.end_session(digest.as_str()).await?;
        let scheme = Scheme::parse(&session.scheme).unwrap_or(Scheme::Session);
        let actor = Actor::new(&session.subject, scheme.as_str());
        Ok(Some(self.desk.audited((), AuditDraft::new(&actor, AuditAction::Logout, "")).await))
    }
}
