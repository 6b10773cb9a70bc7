//! What an admin does about API tokens: create, list, revoke.
//!
//! Does NOT check that the actor is an admin, and does NOT keep a token: it is shown once.

use super::AccountError;
use super::desk::Desk;
use crate::account::{Role, Subject, Token};
use crate::audit_trail::{Actor, AuditAction, AuditDraft, Audited, Change};
use crate::credential::{self, CredentialDigest};
use crate::ports::StoreError;
use crate::secret::SecretText;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::Arc;

const SECONDS_PER_DAY: i64 = 24 * 60 * 60;
/// A thousand years; a day not much later is beyond the calendar.
const MOST_DAYS: i64 = 365_000;
/// Two fingerprints meet once in 2⁴⁸; two times in a row is not chance.
const ATTEMPTS: usize = 3;

/// Manages API tokens.
pub struct ManageTokens {
    desk: Arc<Desk>,
}

/// A token as others may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedToken {
    /// Its public name: the first 12 hex digits of its digest.
    pub fingerprint: String,
    /// Whom it speaks for.
    pub subject: Subject,
    /// What it may do.
    pub role: Role,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was used last, as far as it is written down.
    pub last_seen_at: Option<Timestamp>,
    /// When it ends; `None` means never.
    pub expires_at: Option<Timestamp>,
}

/// What a new token shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Whom it speaks for; there need be no such user.
    pub subject: String,
    /// What it may do.
    pub role: Role,
    /// After how many days it ends, at most 365000; `None`, zero and less mean never.
    pub expires_in_days: Option<i64>,
}

/// A token that was just created.
#[derive(Debug, Clone)]
pub struct MintedToken {
    /// The token itself. It is nowhere else: only its digest is stored.
    pub token: SecretText,
    /// What is known of it from now on.
    pub listed: ListedToken,
}

impl ManageTokens {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }

    /// All tokens by fingerprint, the expired ones among them.
    pub async fn list(&self) -> Result<Vec<ListedToken>, AccountError> {
        Ok(self.desk.ports.tokens.list_tokens().await?.into_iter().map(ListedToken::from).collect())
    }

    /// Creates a token. `Invalid` for a bad subject, or more than 365000 days.
    pub async fn create(&self, actor: &Actor, new: NewToken) -> Result<Audited<MintedToken>, AccountError> {
        let subject =
            Subject::parse(&new.subject).map_err(|bad| AccountError::bad_subject("subject", bad))?;
        let created_at = self.desk.now();
        let expires_at = end(created_at, new.expires_in_days)?;
        let turn = self.desk.gate.enter().await;
        let (token, stored) = self.store(&subject, new.role, created_at, expires_at).await?;
        drop(turn);

        let listed = ListedToken::from(stored);
        let draft = AuditDraft::new(actor, AuditAction::TokenCreate, &listed.fingerprint);
        let draft = draft.changes(&described(&listed, |fact, value| Change::new(fact, None, Some(value))));
        Ok(self.desk.audited(MintedToken { token, listed }, draft).await)
    }

    /// Removes the token of that fingerprint; from then on it is unknown. `NotFound`.
    pub async fn revoke(&self, actor: &Actor, fingerprint: &str) -> Result<Audited<()>, AccountError> {
        let turn = self.desk.gate.enter().await;
        let tokens = self.desk.ports.tokens.list_tokens().await?;
        let token = tokens.into_iter().find(|token| token.fingerprint == fingerprint);
        self.desk.ports.tokens.remove_token(fingerprint).await?;
        drop(turn);

        let draft = AuditDraft::new(actor, AuditAction::TokenRevoke, fingerprint);
        let changes = token
            .map(ListedToken::from)
            .map(|listed| described(&listed, |fact, value| Change::new(fact, Some(value), None)));
        Ok(self.desk.audited((), draft.changes(&changes.unwrap_or_default())).await)
    }

    async fn store(
        &self,
        subject: &Subject,
        role: Role,
        created_at: Timestamp,
        expires_at: Option<Timestamp>,
    ) -> Result<(SecretText, Token), AccountError> {
        let mut attempt = 1;
        loop {
            let token = credential::mint(&*self.desk.ports.randomness)?;
            let digest = CredentialDigest::of(&token);
            let stored = Token {
                fingerprint: digest.fingerprint().to_owned(),
                token_hash: digest.as_str().to_owned(),
                subject: subject.clone(),
                role,
                created_at,
                last_seen_at: None,
                expires_at,
            };
            match self.desk.ports.tokens.create_token(&stored).await {
                Ok(()) => return Ok((token, stored)),
                Err(StoreError::AlreadyExists { .. }) if attempt < ATTEMPTS => attempt += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }
}

impl From<Token> for ListedToken {
    fn from(token: Token) -> Self {
        let Token { fingerprint, subject, role, created_at, last_seen_at, expires_at, .. } = token;
        Self { fingerprint, subject, role, created_at, last_seen_at, expires_at }
    }
}

fn end(created_at: Timestamp, days: Option<i64>) -> Result<Option<Timestamp>, AccountError> {
    let Some(days) = days.filter(|days| *days > 0) else { return Ok(None) };
    let beyond = || AccountError::invalid("expires_in_days", format!("at most {MOST_DAYS} days are allowed"));
    let seconds = Some(days).filter(|days| *days <= MOST_DAYS).map(|days| days * SECONDS_PER_DAY);
    let end = seconds.and_then(|seconds| created_at.checked_add(SignedDuration::from_secs(seconds)).ok());
    end.map(Some).ok_or_else(beyond)
}

/// What an entry says of a token.
fn described(token: &ListedToken, change: impl Fn(&str, Value) -> Change) -> Vec<Change> {
    let end = token.expires_at.map(|end| ("expires_at", end.to_string()));
    let facts = [("subject", token.subject.to_string()), ("role", token.role.as_str().to_owned())];
    facts.into_iter().chain(end).map(|(fact, value)| change(fact, value.into())).collect()
}
