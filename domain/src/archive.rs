//! What an archive is: the names of its members, its manifest, its limits, what goes in and what stays out.
//!
//! Does NOT write or read archives (adapter `archive`); everything here is pure.

pub mod agreement;
mod facts;
pub mod layout;
pub mod limits;
pub mod manifest;
mod member_path;
mod needed_key;
mod seal;

pub use facts::{DatabaseFacts, SchemaLineage, SealedTally, SealedValue};
pub use manifest::Manifest;
pub use member_path::{BadMemberPath, MemberPath};
pub use needed_key::{KeyAt, KnownKeys, NeededKey};
pub use seal::{
    ArchiveForm, ArchiveFormat, ArchiveLock, FormOrder, Identity, LockHint, Openers, Recipient, Seal, SealOrder,
};

/// Lower-case hex digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
