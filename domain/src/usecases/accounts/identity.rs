//! Identity: who somebody is, as whom they may act, and by what they proved it.
//!
//! Does NOT prove anything itself and is never made from outside: `identify` and `logins` make it.

use crate::account::{Role, Subject};
use crate::audit_trail::Actor;
use crate::credential::CredentialDigest;
use jiff::Timestamp;

/// Somebody who showed a valid credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub subject: Subject,
    /// What it may do.
    pub role: Role,
    /// How it came in.
    pub scheme: Scheme,
    /// What was shown, to look again later whether it still holds.
    pub shown: Shown,
    /// When the credential ends by itself; `None` means never.
    pub expires_at: Option<Timestamp>,
}

/// How somebody came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// User and password with each request.
    Basic,
    /// An API token.
    Bearer,
    /// A session opened with user and password.
    Session,
    /// A session opened by an OpenID Connect provider; none is accepted yet.
    Oidc,
    /// A session opened by the ingress of a home automation system; none is accepted yet.
    Ingress,
}

/// A credential as far as it may be kept: by digest.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shown {
    /// A password that fitted the stored hash with this digest.
    Password(CredentialDigest),
    /// The API token with this digest.
    Token(CredentialDigest),
    /// The session with this digest.
    Session(CredentialDigest),
}

impl Scheme {
    const ALL: [Self; 5] = [Self::Basic, Self::Bearer, Self::Session, Self::Oidc, Self::Ingress];

    /// The word stored and sent for this scheme.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Bearer => "bearer",
            Self::Session => "session",
            Self::Oidc => "oidc",
            Self::Ingress => "ingress",
        }
    }

    /// The scheme behind a word; `None` for any other word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == word)
    }
}

impl Identity {
    /// The public name of the token that was shown, if it was one.
    pub fn token_fingerprint(&self) -> Option<&str> {
        match &self.shown {
            Shown::Token(digest) => Some(digest.fingerprint()),
            _ => None,
        }
    }
}

impl From<&Identity> for Actor {
    fn from(identity: &Identity) -> Self {
        let scheme = identity.scheme.as_str();
        let via = identity.token_fingerprint().map_or(scheme.to_owned(), |token| format!("{scheme} {token}"));
        Actor::new(&identity.subject, via)
    }
}
