//! What an archive is: the names of its members, its manifest, its limits, what goes in and what stays out.
//!
//! Does NOT write or read archives (adapter `archive`); everything here is pure.

pub mod agreement;
mod facts;
mod form;
mod hinted_key;
mod key_files;
pub mod layout;
pub mod limits;
pub mod manifest;
mod member_path;
mod needed_key;
mod seal;
mod sealed_tally;

pub use facts::{DatabaseFacts, SchemaLineage};
pub use form::{ArchiveForm, ArchiveFormat, FormOrder, Seal, SealOrder};
pub use hinted_key::{HintedKey, KeyPlace};
pub use key_files::KeyFileKind;
pub use manifest::Manifest;
pub use member_path::{BadMemberPath, MemberPath};
pub use needed_key::{KeyAt, KnownKeys, NeededKey};
pub use seal::{ArchiveLock, Identity, LockHint, Openers, Recipient};
pub use sealed_tally::{SealedTally, SealedValue, TableTally, WhyUnreadable};

/// Lower-case hex digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
