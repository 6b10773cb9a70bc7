//! Records of CCU backups: which `.sbk` files the daemon holds or is fetching.
//!
//! Does NOT hold their bytes and does NOT judge them; it names the life of one from queued to completed.

use crate::ccu::CcuFacts;
use crate::ccu_failure::CcuFailure;
use crate::central::CentralName;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// Id of a CCU backup: not empty, not `.` or `..`, without `/` or `\`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CcuBackupId(String);

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no CCU backup id: it must be a plain file name")]
pub struct BadCcuBackupId(String);

impl CcuBackupId {
    /// Accepts a plain file name.
    pub fn parse(id: &str) -> Result<Self, BadCcuBackupId> {
        let bad = id.is_empty() || id == "." || id == ".." || id.contains(['/', '\\', '\0']);
        if bad { Err(BadCcuBackupId(id.escape_debug().to_string())) } else { Ok(Self(id.to_owned())) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CcuBackupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a CCU backup stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CcuBackupState {
    /// Waits for its turn.
    Queued,
    /// Is being fetched.
    Running,
    /// Is stored and was judged good.
    Completed {
        /// Size of the `.sbk`, in bytes.
        size_bytes: u64,
        /// SHA-256 of the `.sbk`, 64 lower-case hex digits.
        sha256: String,
    },
    /// Was given up.
    Failed(CcuFailure),
}

/// One CCU backup as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CcuBackup {
    /// Unique id.
    pub id: CcuBackupId,
    /// The central it comes from; uploads whose origin is unknown have none.
    pub central: Option<CentralName>,
    /// Name to offer for download, such as `ccu3-3.87.6-2026-11-23-0315.sbk`.
    pub filename: Option<String>,
    /// Where it stands.
    pub state: CcuBackupState,
    /// What is known of its contents, once it was judged.
    pub contents: Option<CcuBackupContents>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When its state changed last.
    pub updated_at: Timestamp,
}

impl CcuBackup {
    /// Whether it neither waits nor is being fetched.
    pub fn has_ended(&self) -> bool {
        !matches!(self.state, CcuBackupState::Queued | CcuBackupState::Running)
    }
}

/// What is known of the contents of a CCU backup: what it says of itself, and how the central was when it was made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CcuBackupContents {
    /// Who made it; not known of uploads.
    pub origin: Option<CcuFacts>,
    /// Firmware version it was made with, as the file says.
    pub firmware: Option<String>,
    /// Which security key it is signed with; 0 is the one every unit has.
    pub key_index: Option<u64>,
    /// Number of devices and channels per interface when it was made; interfaces that did not answer are absent,
    /// and a warning names each.
    pub devices: BTreeMap<String, u64>,
    /// What is odd about it, in words.
    pub warnings: Vec<String>,
}

impl CcuBackupContents {
    /// Number of devices and channels on an interface when it was made: 0 on one the central did not have, `None` where
    /// they could not be counted.
    pub(crate) fn count_on(&self, interface: &str) -> Option<u64> {
        let is_uncounted =
            || self.warnings.iter().any(|warning| warning.starts_with(&uncounted_warning(interface)));
        match self.devices.get(interface) {
            Some(count) => Some(*count),
            None if is_uncounted() => None,
            None => Some(0),
        }
    }
}

/// The warning on an interface whose devices could not be counted, up to the reason. It is all that records keep of it.
pub(crate) fn uncounted_warning(interface: &str) -> String {
    format!("the devices of interface `{interface}` could not be counted")
}
