//! Master keys from where operators keep them: a file, an environment variable, a credential of the service manager, a file
//! wrapped by a service or token, a chain of all; and passwords.
//!
//! A further source is one more file here that implements `KeyProvider`, a further service or token one that implements
//! `KeyWrapping`. Does NOT seal anything, and only [`FileKey`] ever creates a key, when its `KeyVault` role is asked to.

mod argon2_passwords;
mod chain;
mod credential;
mod data_dir_keys;
mod env;
mod file;
mod key_text;
#[cfg(feature = "kms")]
mod kms;
mod os_randomness;
#[cfg(feature = "pkcs11")]
mod pkcs11;
mod wrapped_file;
mod wrapping_settings;

pub use argon2_passwords::Argon2Passwords;
pub use chain::KeyChain;
pub use credential::CredentialKey;
pub use data_dir_keys::DataDirKeys;
pub use env::EnvKey;
pub use file::FileKey;
#[cfg(feature = "kms")]
pub use kms::{KmsPatience, KmsWrapping};
pub use os_randomness::OsRandomness;
#[cfg(feature = "pkcs11")]
pub use pkcs11::{PIN_VARIABLE, Pkcs11Wrapping};
pub use wrapped_file::WrappedFile;
pub use wrapping_settings::{KmsSettings, Pkcs11Settings};
