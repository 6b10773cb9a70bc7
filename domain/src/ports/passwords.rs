//! Passwords: turning them into what may be stored, and telling whether one fits.
//!
//! Does NOT know accounts, does NOT store hashes, and does NOT judge how good a password is.

use super::BoxError;
use crate::secret::SecretText;
use async_trait::async_trait;

/// Hashes and verifies passwords. Driven port; adapters: `keys` (Argon2id, verifies bcrypt too), `memory`.
///
/// Both methods are slow on purpose: tens of milliseconds and megabytes each. An adapter bounds how many run at once and
/// how many wait for their turn; beyond that a call is `Busy` at once. A dropped call may go on in the background until it
/// is through.
///
/// # Contract (each line has a case in `loom_contract::passwords`)
/// - A new hash is `Right` for its own password and `Wrong` for every other.
/// - Two hashes of one password differ, and neither holds the password.
/// - Every byte of a password counts, also beyond the hundredth, and so does a zero byte.
/// - A stored hash of another form is `UnknownForm`, never a verdict.
/// - No error shows the password or the stored hash.
/// - Many verifications at once each get their own verdict.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// A new hash of the password, salted, in a text form that says how it was made.
    async fn hash(&self, password: &SecretText) -> Result<SecretText, PasswordError>;
    /// Whether the password is the one that `stored` was made of. Takes as long for a wrong one as for the right one.
    async fn verify(
        &self,
        password: &SecretText,
        stored: &SecretText,
    ) -> Result<PasswordVerdict, PasswordError>;
}

/// Whether a password fits a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordVerdict {
    /// It fits.
    Right,
    /// It fits, but the hash was made in another way than a new one would be: make it anew while the password is known.
    RightButOutdated,
    /// It does not fit.
    Wrong,
}

/// Why there is no hash or no verdict. Fragments read after "failed to check the password: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// The stored hash is damaged or was made in a way nobody here knows: nobody can log in with it.
    #[error("the stored password hash has an unknown form\nhint: an admin can set a new password")]
    UnknownForm,
    /// The stored hash asks for more memory or time than any honest hash does: nobody can log in with it.
    #[error(
        "the stored password hash asks for too much memory or time\nhint: an admin can set a new password"
    )]
    TooCostly,
    /// Too many calls wait for their turn. Nothing was worked on.
    #[error("too many passwords are being checked\nhint: try again in a moment")]
    Busy,
    /// Hashing failed: memory, randomness or its worker is gone. Try again.
    #[error("passwords cannot be hashed at the moment: {0}")]
    Unavailable(#[source] BoxError),
}
