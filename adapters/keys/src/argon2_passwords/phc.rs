//! Argon2 hashes in their PHC form, `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`.
//!
//! Does NOT fill memory for a stored hash before its parameters are within bounds.

use super::unavailable;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use loom_domain::ports::{PasswordError, PasswordVerdict};
use loom_domain::secret::SecretText;
use subtle::ConstantTimeEq;

/// Bytes of the salt of a new hash.
pub(super) const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// What a stored hash may ask for at the most: 64 MiB, and together the work of ten passes over them.
const MAX_MEMORY_KIB: u32 = 65_536;
const MAX_WORK_KIB: u64 = 10 * MAX_MEMORY_KIB as u64;
const MAX_LANES: u32 = 16;
/// A shorter output than this is guessed too easily to be a password's hash.
const MIN_HASH_BYTES: usize = 16;

/// The allocator gives memory back to the system at once only from this size on, see `work_memory`.
const RETURNED_AT_ONCE_BYTES: usize = 32 << 20;

/// A new hash of `password`.
pub(super) fn make(password: &SecretText, salt: [u8; SALT_BYTES]) -> Result<SecretText, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(HASH_BYTES)).map_err(unavailable)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = [0; HASH_BYTES];
    fill(&argon2, password, &salt, &mut hash)?;
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    Ok(SecretText::new(format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${hash}")))
}

/// Verifies any Argon2 hash within bounds.
pub(super) fn verify(password: &SecretText, stored: &SecretText) -> Result<PasswordVerdict, PasswordError> {
    let Stored { argon2, params, current, salt, hash } = parse(stored).ok_or(PasswordError::UnknownForm)?;
    let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
    if params.m_cost() > MAX_MEMORY_KIB || work > MAX_WORK_KIB || params.p_cost() > MAX_LANES {
        return Err(PasswordError::TooCostly);
    }
    let mut again = vec![0; hash.len()];
    fill(&argon2, password, &salt, &mut again)?;
    Ok(match (bool::from(again.ct_eq(&hash)), current) {
        (true, true) => PasswordVerdict::Right,
        (true, false) => PasswordVerdict::RightButOutdated,
        (false, _) => PasswordVerdict::Wrong,
    })
}

struct Stored {
    argon2: Argon2<'static>,
    params: Params,
    /// Whether a new hash would be made in the same way.
    current: bool,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

/// Takes a stored hash apart; `None` if it is none of Argon2's.
fn parse(stored: &SecretText) -> Option<Stored> {
    let parts = PasswordHash::new(stored.reveal()).ok()?;
    let algorithm = Algorithm::new(parts.algorithm.as_str()).ok()?;
    // A hash without a version is of the one before versions were written down.
    let version = parts.version.map_or(Ok(Version::V0x10), Version::try_from).ok()?;
    let params = Params::try_from(&parts).ok()?;
    let salt: Vec<u8> = parts.salt.as_ref()?.as_ref().to_vec();
    let hash = parts.hash.as_ref()?.as_bytes().to_vec();
    if hash.len() < MIN_HASH_BYTES {
        return None;
    }
    let current = algorithm == Algorithm::Argon2id
        && version == Version::V0x13
        && (params.m_cost(), params.t_cost(), params.p_cost()) == (MEMORY_KIB, PASSES, LANES)
        && (salt.len(), hash.len()) == (SALT_BYTES, HASH_BYTES);
    let argon2 = Argon2::new(algorithm, version, params.clone());
    Some(Stored { argon2, params, current, salt, hash })
}

fn fill(
    argon2: &Argon2<'_>,
    password: &SecretText,
    salt: &[u8],
    hash: &mut [u8],
) -> Result<(), PasswordError> {
    let mut memory = work_memory(argon2.params().block_count())?;
    argon2
        .hash_password_into_with_memory(password.reveal().as_bytes(), salt, hash, &mut memory)
        .map_err(unavailable)
}

/// Memory to work in. glibc keeps what was freed below 32 MiB for the next
/// time, which would make every daemon 19 MiB bigger after its first login; pages nobody touches cost nothing.
fn work_memory(blocks: usize) -> Result<Vec<Block>, PasswordError> {
    let mut memory = Vec::new();
    let reserved = blocks.max(RETURNED_AT_ONCE_BYTES / Block::SIZE + 1);
    memory.try_reserve_exact(reserved).map_err(unavailable)?;
    memory.resize(blocks, Block::new());
    Ok(memory)
}
