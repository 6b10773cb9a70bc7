//! Audit entries: who changed what, and when.
//!
//! Does NOT decide what is audited and never holds a secret's value: changes of secret leaves carry none.

use crate::central::CentralName;
use jiff::Timestamp;
use serde_json::Value;

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditEntry {
    /// When it happened.
    pub timestamp: Timestamp,
    /// Who did it; `anonymous` where nobody was logged in.
    pub user: String,
    /// What was done, such as `central_update`.
    pub action: String,
    /// On which central, if on one.
    pub central: Option<CentralName>,
    /// On which device, if on one.
    pub device_address: Option<String>,
    /// On which channel of it.
    pub channel_no: Option<i32>,
    /// On which paramset.
    pub paramset: Option<String>,
    /// The peer of a link.
    pub peer: Option<String>,
    /// On which parameter.
    pub parameter: Option<String>,
    /// Free words.
    pub note: Option<String>,
    /// List of `{parameter, before?, after?}`; `None` where nothing has a before and after.
    pub changes: Option<Value>,
}

/// An entry with the number the store gave it; numbers grow in the order of appending.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordedEntry {
    /// Number in the log, from 1.
    pub id: i64,
    /// The entry.
    pub entry: AuditEntry,
}

/// Which entries to return, newest first. An empty filter returns the newest entries of all kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditFilter {
    /// Device addresses that begin with this.
    pub device_prefix: Option<String>,
    /// Actions that contain this.
    pub action_part: Option<String>,
    /// Exactly this central.
    pub central: Option<CentralName>,
    /// Not before this instant.
    pub since: Option<Timestamp>,
    /// Before this instant.
    pub until: Option<Timestamp>,
    /// At most this many, 1 to 10,000.
    pub limit: u32,
}

impl Default for AuditFilter {
    fn default() -> Self {
        Self { device_prefix: None, action_part: None, central: None, since: None, until: None, limit: 1_000 }
    }
}
