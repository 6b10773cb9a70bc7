//! Hashes made by bcrypt: verified, and always outdated.
//!
//! Does NOT make any. bcrypt reads 72 bytes of a password and ends it at a zero byte; what it cannot tell apart is wrong
//! here, for the daemons that made these hashes refused longer passwords.

use bcrypt::HashParts;
use loom_domain::ports::{PasswordError, PasswordVerdict};
use loom_domain::secret::SecretText;

/// The longest password bcrypt reads whole.
const MAX_PASSWORD_BYTES: usize = 72;
/// Twice the work of each step before; 14 takes a second on a fast machine. Common hashes have 10 to 12.
const MAX_COST: u32 = 14;

/// Whether the hash claims to be bcrypt's. `2x` marks hashes of a faulty implementation and is not among them.
pub(super) fn is_one(stored: &SecretText) -> bool {
    ["$2a$", "$2b$", "$2y$"].iter().any(|prefix| stored.reveal().starts_with(prefix))
}

/// Verifies a bcrypt hash.
pub(super) fn verify(password: &SecretText, stored: &SecretText) -> Result<PasswordVerdict, PasswordError> {
    let parts: HashParts = stored.reveal().parse().map_err(|_| PasswordError::UnknownForm)?;
    if parts.get_cost() > MAX_COST {
        return Err(PasswordError::TooCostly);
    }
    // Also for a password that cannot be right: it takes as long as any other.
    let same = bcrypt::verify(password.reveal(), stored.reveal()).map_err(|_| PasswordError::UnknownForm)?;
    let whole = password.reveal().len() <= MAX_PASSWORD_BYTES && !password.reveal().contains('\0');
    Ok(if same && whole { PasswordVerdict::RightButOutdated } else { PasswordVerdict::Wrong })
}
