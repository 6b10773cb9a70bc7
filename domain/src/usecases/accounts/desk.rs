//! The desk: what the use cases about accounts share.
//!
//! Does NOT decide what a caller may do.

use super::gate::{Gate, Turn};
use super::last_use::LastUse;
use super::opened_sessions::OpenedSessions;
use super::remembered::Remembered;
use super::session_uses::SessionUses;
use super::{AccountError, AccountPorts, AccountRules, Identity, LoggedIn, Scheme, Shown};
use crate::account::{Session, Subject, User};
use crate::audit_trail::{AuditDraft, Audited};
use crate::credential::{self, CredentialDigest};
use crate::ports::{NoRandomness, PasswordError, PasswordVerdict};
use crate::secret::SecretText;
use jiff::{SignedDuration, Timestamp};

const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(12);

pub(super) struct Desk {
    pub(super) ports: AccountPorts,
    pub(super) rules: AccountRules,
    pub(super) gate: Gate,
    pub(super) seen: LastUse,
    pub(super) uses: SessionUses,
    pub(super) opened: OpenedSessions,
    pub(super) remembered: Remembered,
}

/// A user whose password was right.
pub(super) struct Proven {
    pub(super) user: User,
    /// Whether the stored hash should be made anew.
    pub(super) outdated: bool,
}

impl Desk {
    pub(super) fn open(ports: AccountPorts, rules: AccountRules) -> Result<Self, NoRandomness> {
        Ok(Self {
            remembered: Remembered::new(&*ports.randomness)?,
            uses: SessionUses::new(rules.session_idle, ports.clock.now()),
            opened: OpenedSessions::default(),
            gate: Gate::default(),
            seen: LastUse::default(),
            ports,
            rules,
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// The user of that name, or no answer but one that takes as long as a wrong password does.
    pub(super) async fn find_or_pretend(
        &self,
        username: &str,
        password: &SecretText,
    ) -> Result<User, AccountError> {
        if let Ok(subject) = Subject::parse(username)
            && let Some(user) = self.ports.users.find_user(&subject).await?
        {
            return Ok(user);
        }
        self.take_as_long(password).await?;
        Err(AccountError::Unauthorized)
    }

    /// Does the work of a verification: making a hash is the same.
    async fn take_as_long(&self, password: &SecretText) -> Result<(), AccountError> {
        self.ports.passwords.hash(password).await.map(drop).map_err(AccountError::Passwords)
    }

    /// Proves that `password` is the user's.
    pub(super) async fn prove(&self, user: User, password: &SecretText) -> Result<Proven, AccountError> {
        match self.ports.passwords.verify(password, &user.password_hash).await {
            Ok(PasswordVerdict::Right) => Ok(Proven { user, outdated: false }),
            Ok(PasswordVerdict::RightButOutdated) => Ok(Proven { user, outdated: true }),
            Ok(PasswordVerdict::Wrong) => Err(AccountError::Unauthorized),
            Err(cause @ (PasswordError::UnknownForm | PasswordError::TooCostly)) => {
                self.take_as_long(password).await?;
                Err(AccountError::UnusableHash { subject: user.subject, cause })
            }
            Err(cause) => Err(AccountError::Passwords(cause)),
        }
    }

    /// The user as stored now, if the password is still theirs. To be called inside the gate: proving took a while, and
    /// somebody may have been removed or demoted, or have got a new hash meanwhile.
    pub(super) async fn still_proven(
        &self,
        proven: &User,
        password: &SecretText,
    ) -> Result<User, AccountError> {
        let user = self.ports.users.find_user(&proven.subject).await?.ok_or(AccountError::Unauthorized)?;
        if user.password_hash == proven.password_hash {
            return Ok(user);
        }
        Ok(self.prove(user, password).await?.user)
    }

    /// Proves that `password` is the user's and makes an outdated hash anew. Returns the user as stored now, with the turn.
    pub(super) async fn prove_and_renew(
        &self,
        user: User,
        password: &SecretText,
    ) -> Result<(User, Turn), AccountError> {
        let Proven { user: proven, outdated } = self.prove(user, password).await?;
        // The password was right: whoever gets no new hash now is let in, and gets one the next time.
        let anew = if outdated { self.ports.passwords.hash(password).await.ok() } else { None };

        let turn = self.gate.enter().await;
        let user = self.still_proven(&proven, password).await?;
        let Some(password_hash) = anew.filter(|_| user.password_hash == proven.password_hash) else {
            return Ok((user, turn));
        };
        // Neither role nor password changed, so `updated_at` stays.
        let renewed = User { password_hash, ..user.clone() };
        let stored = self.ports.users.update_user(&renewed).await;
        Ok((if stored.is_ok() { renewed } else { user }, turn))
    }

    /// Opens a session for a user and ends their oldest one if they have too many; to be called inside the gate.
    pub(super) async fn open_session(&self, user: &User) -> Result<LoggedIn, AccountError> {
        let now = self.now();
        let cookie = credential::mint(&*self.ports.randomness)?;
        let digest = CredentialDigest::of(&cookie);
        let expires_at = whole_second(now.saturating_add(SESSION_LIFE).unwrap_or(Timestamp::MAX));
        let session = Session {
            id: SecretText::new(digest.as_str()),
            subject: user.subject.clone(),
            scheme: Scheme::Session.as_str().to_owned(),
            role: user.role,
            token_id: None,
            created_at: whole_second(now),
            expires_at,
        };
        if let Some(oldest) = self.opened.surplus(&user.subject) {
            self.end_session(&oldest).await?;
        }
        self.ports.sessions.create_session(&session).await?;
        self.opened.note(&user.subject, digest.as_str());
        self.seen.user(&user.subject, now);
        self.uses.note(&digest, now);
        let identity = Identity {
            subject: user.subject.clone(),
            role: user.role,
            scheme: Scheme::Session,
            shown: Shown::Session(digest),
            expires_at: Some(expires_at),
        };
        Ok(LoggedIn { identity, cookie })
    }

    /// Ends the session of that digest.
    pub(super) async fn end_session(&self, session: &str) -> Result<(), AccountError> {
        // Before it is forgotten here, or an idle one would count as used at the start.
        self.ports.sessions.remove_session(&SecretText::new(session)).await?;
        self.uses.forget(session);
        self.opened.forget(session);
        Ok(())
    }

    /// Records a change that has happened.
    pub(super) async fn audited<T>(&self, value: T, draft: AuditDraft) -> Audited<T> {
        Audited::new(value, self.ports.audit.record(draft).await)
    }
}

/// Sessions are stored in whole seconds.
fn whole_second(instant: Timestamp) -> Timestamp {
    Timestamp::from_second(instant.as_second()).unwrap_or(instant)
}
