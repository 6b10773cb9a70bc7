//! Records of CCU backups: which `.sbk` files the daemon holds or is fetching.
//!
//! Does NOT hold their bytes and does NOT judge them; it names the life of one from queued to completed.

use crate::central::CentralName;
use jiff::Timestamp;
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
    Failed {
        /// Why, in words for the operator.
        reason: String,
    },
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
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When its state changed last.
    pub updated_at: Timestamp,
}
