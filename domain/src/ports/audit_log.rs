//! The audit log role: an append-only record of who changed what.
//!
//! Does NOT decide what is recorded; nothing in it can be changed or removed through this port.

use super::StoreError;
use crate::audit::{AuditEntry, AuditFilter, RecordedEntry};
use async_trait::async_trait;

/// Keeps the audit log. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::audit_log`)
/// - An appended entry comes back equal in every field.
/// - Ids grow by appending, also with concurrent writers; none is given twice.
/// - Entries come newest first: by id, descending.
/// - Each filter alone keeps exactly the matching entries: `since` inclusive, `until` exclusive.
/// - Never more than `limit` entries come back.
/// - `%` and `_` in a filter are plain characters.
#[async_trait]
pub trait AuditLog: Send + Sync {
    /// Appends one entry; returns its id.
    async fn append_audit(&self, entry: &AuditEntry) -> Result<i64, StoreError>;
    /// The newest entries that match.
    async fn query_audit(&self, filter: &AuditFilter) -> Result<Vec<RecordedEntry>, StoreError>;
}
