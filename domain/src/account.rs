//! Accounts: users, API tokens and login sessions, with the roles that bound them.
//!
//! Does NOT hash or check passwords and does NOT mint tokens; it names what is stored of them.

use crate::secret::SecretText;
use jiff::Timestamp;
use std::fmt;

/// The canonical name of an account: trimmed and lower-cased, not empty, without `=`, white space or control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject(String);

/// Why a text is no subject.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no user name: it must not be empty or hold `=`, white space or control characters")]
pub struct BadSubject(String);

impl Subject {
    /// Canonicalises `name` and accepts it if it keeps to the rules above.
    pub fn parse(name: &str) -> Result<Self, BadSubject> {
        let canonical = name.trim().to_lowercase();
        let bad = |c: char| c == '=' || c.is_whitespace() || c.is_control();
        if canonical.is_empty() || canonical.contains(bad) {
            return Err(BadSubject(name.escape_debug().to_string()));
        }
        Ok(Self(canonical))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an account may do; each role includes the ones before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// May read.
    Viewer,
    /// May also operate devices.
    Operator,
    /// May also administrate.
    Admin,
}

impl Role {
    /// The word stored and sent for this role.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }

    /// The role behind a stored word; `None` for any other word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Viewer, Self::Operator, Self::Admin].into_iter().find(|role| role.as_str() == word)
    }
}

/// One user as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// Unique name.
    pub subject: Subject,
    /// Password hash in its own self-describing text form.
    pub password_hash: SecretText,
    /// What the user may do.
    pub role: Role,
    /// When the user was created.
    pub created_at: Timestamp,
    /// When role or password changed last.
    pub updated_at: Timestamp,
    /// When the user was seen last.
    pub last_seen_at: Option<Timestamp>,
}

/// One API token as stored: only its hash is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// First 12 hex digits of the hash; the public name of the token.
    pub fingerprint: String,
    /// Full SHA-256 of the token, 64 lower-case hex digits.
    pub token_hash: String,
    /// Whom the token speaks for.
    pub subject: Subject,
    /// What it may do.
    pub role: Role,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was used last.
    pub last_seen_at: Option<Timestamp>,
    /// When it ends; `None` means never.
    pub expires_at: Option<Timestamp>,
}

/// One login session as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// What identifies the session at rest. New sessions store the SHA-256 of the cookie, never the cookie.
    pub id: SecretText,
    /// Who logged in.
    pub subject: Subject,
    /// How: `session`, `oidc`, `ingress`.
    pub scheme: String,
    /// What the session may do.
    pub role: Role,
    /// Fingerprint of the token it was opened with, if any.
    pub token_id: Option<String>,
    /// When it was opened; stored in whole seconds.
    pub created_at: Timestamp,
    /// When it ends; stored in whole seconds.
    pub expires_at: Timestamp,
}
