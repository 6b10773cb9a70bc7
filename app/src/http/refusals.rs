//! What the domain refuses, as the problem a client is told.
//!
//! Does NOT hold refusals of one resource; they stand with its routes. Causes of failures on our side go to the log.

use super::problem::Problem;
use loom_domain::ports::{PasswordError, StoreError};
use loom_domain::usecases::accounts::AccountError;

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { what, name } => Self::not_found(what, &name),
            StoreError::AlreadyExists { .. } | StoreError::Conflict { .. } | StoreError::LastAdmin(_) => {
                Self::conflict(error.to_string())
            }
            StoreError::NoMasterKey(what) => Self::invalid(
                "password",
                format!(
                    "Password cannot be stored: {what} cannot be sealed, because no master key is available"
                ),
            ),
            StoreError::Unavailable(_) => {
                tracing::error!(%error, "state store failed");
                Self::unready("the state store cannot be used right now; the log has the cause")
            }
            other => Self::internal(&other),
        }
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        match error {
            AccountError::Unauthorized => Self::unauthorized("user name or password is not right"),
            AccountError::UnusableHash { .. } => {
                tracing::warn!(%error, "a stored password hash is of no use");
                Self::unauthorized("user name or password is not right")
            }
            AccountError::Forbidden(_) => Self::forbidden(error.to_string()),
            AccountError::NotFound { what, name } => Self::not_found(what, &name),
            AccountError::Conflict(_) | AccountError::LastAdmin(_) => Self::conflict(error.to_string()),
            AccountError::Invalid { field, reason } => Self::invalid(field, reason),
            AccountError::Store(error) => error.into(),
            // A flood of logins must not become a flood of the log.
            AccountError::Passwords(PasswordError::Busy) => {
                Self::unready("too many passwords are being checked right now; try again in a moment")
            }
            AccountError::Passwords(_) | AccountError::NoRandomness(_) => {
                tracing::error!(%error, "accounts cannot work");
                Self::unready("passwords cannot be checked right now; the log has the cause")
            }
            other => Self::internal(&other),
        }
    }
}
