//! What a new password must be before it is hashed.
//!
//! Does NOT judge how easily it is guessed; its length is all that counts.

use super::AccountError;
use crate::secret::SecretText;

/// The fewest characters a password may have that somebody chooses for themselves.
pub const MIN_PASSWORD_CHARS: usize = 8;
/// The most bytes a password may have.
pub const MAX_PASSWORD_BYTES: usize = 1_024;

/// What an admin may give to others: anything but nothing.
pub(super) fn check_given(field: &'static str, password: &SecretText) -> Result<(), AccountError> {
    check(field, password, 1)
}

/// What somebody may choose for themselves.
pub(super) fn check_chosen(field: &'static str, password: &SecretText) -> Result<(), AccountError> {
    check(field, password, MIN_PASSWORD_CHARS)
}

fn check(field: &'static str, password: &SecretText, min_chars: usize) -> Result<(), AccountError> {
    let text = password.reveal();
    if text.is_empty() {
        return Err(AccountError::invalid(field, "must not be empty"));
    }
    if text.chars().count() < min_chars {
        return Err(AccountError::invalid(field, format!("must have at least {min_chars} characters")));
    }
    if text.len() > MAX_PASSWORD_BYTES {
        return Err(AccountError::invalid(field, format!("must have at most {MAX_PASSWORD_BYTES} bytes")));
    }
    Ok(())
}
