//! Identify: who shows this credential?
//!
//! Does NOT read headers or cookies, does NOT slow guessers down, and does NOT ask what the identity may do.

use super::desk::Desk;
use super::last_use::SeenBatch;
use super::{AccountError, Identity, Scheme, Shown};
use crate::account::{Role, Session, Token, User};
use crate::credential::CredentialDigest;
use crate::secret::SecretText;
use jiff::Timestamp;
use std::sync::Arc;

/// Tells who shows a credential. Whatever does not open is the same `Unauthorized`: unknown, wrong, expired, revoked, left
/// alone for too long, or of a removed user.
pub struct Identify {
    desk: Arc<Desk>,
}

impl Identify {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    /// Who shows this API token. A token carries its own role and may speak for a subject without a user.
    pub async fn by_bearer(&self, token: &SecretText) -> Result<Identity, AccountError> {
        let identity = self.of_token(CredentialDigest::of(token)).await?.ok_or(AccountError::Unauthorized)?;
        if let Some(fingerprint) = identity.token_fingerprint() {
            self.desk.seen.token(fingerprint, self.desk.now());
        }
        Ok(identity)
    }

    /// Who shows this session cookie. Counts as a use of the session.
    ///
    /// A session that was left alone for too long ends here, for good.
    pub async fn by_session(&self, cookie: &SecretText) -> Result<Identity, AccountError> {
        let (digest, now) = (CredentialDigest::of(cookie), self.desk.now());
        // First, or every made-up cookie would be idle and cost a write.
        let identity = self.of_session(digest.clone()).await?.ok_or(AccountError::Unauthorized)?;
        if self.desk.uses.is_idle(&digest, now) {
            self.desk.end_session(digest.as_str()).await?;
            return Err(AccountError::Unauthorized);
        }
        self.desk.uses.note(&digest, now);
        self.desk.seen.user(&identity.subject, now);
        Ok(identity)
    }

    /// Who shows this user name and password, as stored after the password was looked at. Slow at the first time, then for
    /// five minutes not. Makes an outdated hash anew.
    pub async fn by_basic(&self, username: &str, password: &SecretText) -> Result<Identity, AccountError> {
        let desk = &self.desk;
        let user = desk.find_or_pretend(username, password).await?;
        let key = desk.remembered.key(&user.subject, password, &user.password_hash);
        let user = if desk.remembered.holds(&key, desk.now()) {
            user
        } else {
            let (user, turn) = desk.prove_and_renew(user, password).await?;
            drop(turn);
            let key = desk.remembered.key(&user.subject, password, &user.password_hash);
            desk.remembered.add(key, desk.now());
            user
        };
        desk.seen.user(&user.subject, desk.now());
        Ok(of_password(user))
    }

    /// Whether an identity would still be what it is if its credential were shown again: for connections that outlive their
    /// request. Not a use of the session. An error says that nobody can tell at the moment.
    pub async fn still_valid(&self, identity: &Identity) -> Result<bool, AccountError> {
        let again = match &identity.shown {
            Shown::Token(digest) => self.of_token(digest.clone()).await?,
            Shown::Session(digest) if self.desk.uses.is_idle(digest, self.desk.now()) => None,
            Shown::Session(digest) => self.of_session(digest.clone()).await?,
            Shown::Password(_) => self.desk.ports.users.find_user(&identity.subject).await?.map(of_password),
        };
        Ok(again.as_ref() == Some(identity))
    }

    /// Who was seen since the last call, for the store to note. Call it every minute or so and before the end.
    pub fn take_seen(&self) -> SeenBatch {
        self.desk.seen.take()
    }

    async fn of_token(&self, digest: CredentialDigest) -> Result<Option<Identity>, AccountError> {
        let Some(token) = self.desk.ports.tokens.find_token(digest.as_str()).await? else { return Ok(None) };
        let Token { token_hash, subject, role, expires_at, .. } = token;
        if !digest.matches(&token_hash) || has_ended(expires_at, self.desk.now()) {
            return Ok(None);
        }
        Ok(Some(Identity { subject, role, scheme: Scheme::Bearer, shown: Shown::Token(digest), expires_at }))
    }

    async fn of_session(&self, digest: CredentialDigest) -> Result<Option<Identity>, AccountError> {
        let id = SecretText::new(digest.as_str());
        let Some(session) = self.desk.ports.sessions.find_session(&id).await? else { return Ok(None) };
        let expires_at = Some(session.expires_at);
        if !digest.matches(session.id.reveal()) || has_ended(expires_at, self.desk.now()) {
            return Ok(None);
        }
        let Some(role) = self.standing(&session).await? else { return Ok(None) };
        let subject = session.subject;
        Ok(Some(Identity {
            subject,
            role,
            scheme: Scheme::Session,
            shown: Shown::Session(digest),
            expires_at,
        }))
    }

    /// What a session is worth: never more than its user is by now. Nobody logs in here by another scheme than `session`,
    /// so a stored session of one, as an earlier daemon may have left, opens nothing.
    async fn standing(&self, session: &Session) -> Result<Option<Role>, AccountError> {
        if Scheme::parse(&session.scheme) != Some(Scheme::Session) {
            return Ok(None);
        }
        let user = self.desk.ports.users.find_user(&session.subject).await?;
        Ok(user.map(|user| user.role.min(session.role)))
    }
}

fn of_password(user: User) -> Identity {
    Identity {
        shown: Shown::Password(CredentialDigest::of(&user.password_hash)),
        subject: user.subject,
        role: user.role,
        scheme: Scheme::Basic,
        expires_at: None,
    }
}

fn has_ended(end: Option<Timestamp>, now: Timestamp) -> bool {
    end.is_some_and(|end| end <= now)
}
