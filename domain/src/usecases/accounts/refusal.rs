//! Why something about accounts was refused or failed, cut by what the caller answers.
//!
//! Does NOT tell a guesser anything: every credential that does not open is the same `Unauthorized`.

use crate::account::{BadSubject, Subject};
use crate::ports::{NoRandomness, PasswordError, StoreError};

/// Why something about accounts was refused or failed. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// The credential opens nothing: unknown, wrong, expired, revoked, or of a removed user. Which, nobody is told.
    #[error("the credentials are not valid")]
    Unauthorized,
    /// The caller is known and may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There is nothing of that name.
    #[error("{what} `{name}` does not exist")]
    NotFound {
        /// Kind of object, such as `user`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// What is there already speaks against it.
    #[error("{0}")]
    Conflict(String),
    /// The change would leave nobody who can administrate.
    #[error("`{0}` is the last admin and must stay one")]
    LastAdmin(String),
    /// A value of the request cannot be taken.
    #[error("`{field}` {reason}")]
    Invalid {
        /// The field, as clients name it.
        field: &'static str,
        /// What is wrong with it; reads after the field's name.
        reason: String,
    },
    /// The stored password hash of this user is of no use, so the password cannot be right. The client is told what
    /// `Unauthorized` tells; the log gets the whole of it, for an admin has to set a new password.
    #[error("nobody can log in as `{subject}`: {cause}")]
    UnusableHash {
        /// Whose hash.
        subject: Subject,
        /// What is wrong with it.
        #[source]
        cause: PasswordError,
    },
    /// Passwords cannot be hashed at the moment.
    #[error(transparent)]
    Passwords(PasswordError),
    /// There is no randomness for a new credential.
    #[error(transparent)]
    NoRandomness(#[from] NoRandomness),
    /// The store refused or failed.
    #[error(transparent)]
    Store(StoreError),
}

impl AccountError {
    pub(super) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Self::Invalid { field, reason: reason.into() }
    }

    pub(super) fn no_user(subject: &Subject) -> Self {
        Self::NotFound { what: "user", name: subject.to_string() }
    }

    /// A name in the field `field` that is no user's.
    pub(super) fn bad_subject(field: &'static str, _: BadSubject) -> Self {
        Self::invalid(field, "must not be empty or hold `=`, white space or control characters")
    }
}

impl From<StoreError> for AccountError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { what, name } => Self::NotFound { what, name },
            StoreError::LastAdmin(name) => Self::LastAdmin(name),
            StoreError::AlreadyExists { .. } | StoreError::Conflict { .. } => {
                Self::Conflict(error.to_string())
            }
            _ => Self::Store(error),
        }
    }
}
