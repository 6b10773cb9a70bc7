//! Master keys from where operators keep them: a file, an environment variable, a chain of both; and passwords.
//!
//! A further source, such as a key service, is one more file here that implements `KeyProvider`.
//! Does NOT seal anything, and only [`FileKey`] ever creates a key, when its `KeyVault` role is asked to.

mod argon2_passwords;
mod chain;
mod env;
mod file;
mod os_randomness;

pub use argon2_passwords::Argon2Passwords;
pub use chain::KeyChain;
pub use env::EnvKey;
pub use file::FileKey;
pub use os_randomness::OsRandomness;
