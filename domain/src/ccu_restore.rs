//! Records of CCU restores: how far a CCU backup is on its way back into a central.
//!
//! Does NOT act (`usecases::restore_central`). The step is written down before it is taken, so that a record tells at any
//! time what may have happened and what cannot have.

use crate::ccu_backup::CcuBackupId;
use crate::ccu_failure::CcuFailure;
use crate::central::CentralName;
use jiff::Timestamp;
use std::fmt;

/// Id of a CCU restore: 1 to 100 letters, digits, `-` or `_`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CcuRestoreId(String);

/// Why a text is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id of a restore: 1 to 100 letters, digits, `-` or `_` are allowed")]
pub struct BadCcuRestoreId(String);

impl CcuRestoreId {
    /// Accepts `id` if it keeps to the alphabet and length above.
    pub fn parse(id: &str) -> Result<Self, BadCcuRestoreId> {
        let fits = (1..=100).contains(&id.len())
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if fits { Ok(Self(id.to_owned())) } else { Err(BadCcuRestoreId(id.escape_debug().to_string())) }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CcuRestoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a restore is doing, in the order it does it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CcuRestoreStep {
    /// Judges the file and the central: structure, origin, firmware, security key. Changes nothing.
    Preflight,
    /// Takes a backup of the central as it is now. Changes nothing.
    SafetyBackup,
    /// Gives the file to the central, which looks at it. Changes nothing that stays.
    Offer,
    /// Has the central take the file over. From here on the central is changed.
    Apply,
    /// Has the central restart, which puts the file in place.
    Restart,
    /// Waits until the central is back and answers.
    WayBack,
    /// Compares the central with what the backup recorded.
    Compare,
    /// Drops what was cached of the central before.
    DropCaches,
}

/// Where a restore stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CcuRestoreState {
    /// Waits for its turn.
    Queued,
    /// Is at its step.
    Running,
    /// The daemon ended at its step, and going on is the operator's decision.
    Interrupted {
        /// What may have happened.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// The central is back with the backup.
    Completed {
        /// What is different from what the backup recorded, in words; empty if nothing is.
        differences: Vec<String>,
    },
    /// Was given up at its step.
    Failed(CcuFailure),
}

/// One restore as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CcuRestore {
    /// Unique id.
    pub id: CcuRestoreId,
    /// The backup that is restored.
    pub backup: CcuBackupId,
    /// The central it is restored to.
    pub target: CentralName,
    /// The step it is at, or ended at.
    pub step: CcuRestoreStep,
    /// Where it stands.
    pub state: CcuRestoreState,
    /// The backup that was taken of the central before anything was changed.
    pub safety_backup: Option<CcuBackupId>,
    /// When it was asked for; by a clock that was set back, right after the newest restore of the same central.
    pub created_at: Timestamp,
    /// When its step or state changed last. At `apply` and `restart` an interruption leaves it as it was: it tells whether
    /// the central has restarted since.
    pub updated_at: Timestamp,
}

impl CcuRestoreStep {
    /// All steps, in order.
    pub const ALL: [Self; 8] = [
        Self::Preflight,
        Self::SafetyBackup,
        Self::Offer,
        Self::Apply,
        Self::Restart,
        Self::WayBack,
        Self::Compare,
        Self::DropCaches,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Preflight => "preflight",
            Self::SafetyBackup => "safety_backup",
            Self::Offer => "offer",
            Self::Apply => "apply",
            Self::Restart => "restart",
            Self::WayBack => "way_back",
            Self::Compare => "compare",
            Self::DropCaches => "drop_caches",
        }
    }

    /// The step of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.as_str() == word)
    }
}

impl CcuRestoreState {
    /// The word for it.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Interrupted { .. } => "interrupted",
            Self::Completed { .. } => "completed",
            Self::Failed(_) => "failed",
        }
    }
}

impl CcuRestore {
    /// Whether nothing will happen any more without somebody asking for it.
    pub fn has_ended(&self) -> bool {
        !matches!(self.state, CcuRestoreState::Queued | CcuRestoreState::Running)
    }
}
