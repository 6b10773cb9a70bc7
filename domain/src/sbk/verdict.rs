//! What the judge says of a CCU backup.
//!
//! Does NOT judge.

use super::{FirmwareVersion, SbkDamage, SbkWarning};

/// The verdict on one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SbkVerdict {
    /// Bytes that were judged.
    pub size_bytes: u64,
    /// SHA-256 of all of them, 64 lower-case hex digits.
    pub sha256: String,
    /// What could be read, also from a damaged backup; `None` if the file is nothing like a backup.
    pub facts: Option<SbkFacts>,
    /// Everything that is wrong, the most basic first; consequences of a damage are not told again.
    pub damages: Vec<SbkDamage>,
    /// Everything that is odd.
    pub warnings: Vec<SbkWarning>,
}

impl SbkVerdict {
    /// Whether nothing is wrong. Warnings do not count.
    pub fn is_good(&self) -> bool {
        self.damages.is_empty()
    }
}

/// What a backup says of itself. Of a damaged backup, what could be read before the damage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SbkFacts {
    /// Firmware of the CCU that made it.
    pub firmware: Option<FirmwareVersion>,
    /// Product word beside the version, such as `HM-CCU3`; OpenCCU writes none.
    pub product: Option<String>,
    /// Index of the security key it was signed with; 0 is the default key, which every CCU has.
    pub key_index: Option<u64>,
    /// Regular files in `usr_local.tar.gz`.
    pub inner_files: u64,
    /// Bytes `usr_local.tar.gz` unpacks to.
    pub inner_bytes: u64,
    /// Size of the ReGa database in bytes; 0 if there is none.
    pub regadom_bytes: u64,
    /// Whether it holds the identity of HomematicIP, an `.apkx` file.
    pub has_hmip_identity: bool,
}

impl SbkFacts {
    /// Whether it was signed with a security key of the user, which a restore on another CCU asks for; `None` if unknown.
    pub fn has_user_key(&self) -> Option<bool> {
        self.key_index.map(|index| index != 0)
    }
}
