//! The audit log in memory.
//!
//! Does NOT forget entries.

use super::{MemoryStateStore, State, precision::microseconds};
use async_trait::async_trait;
use loom_domain::audit::{AuditEntry, AuditFilter, RecordedEntry};
use loom_domain::ports::{AuditLog, StoreError};

#[async_trait]
impl AuditLog for MemoryStateStore {
    async fn append_audit(&self, entry: &AuditEntry) -> Result<i64, StoreError> {
        Ok(append(&mut self.lock(), entry))
    }

    async fn query_audit(&self, filter: &AuditFilter) -> Result<Vec<RecordedEntry>, StoreError> {
        let state = self.lock();
        let newest_first = state.audit.iter().rev();
        let limit = usize::try_from(filter.limit).unwrap_or(usize::MAX);
        Ok(newest_first.filter(|recorded| matches(filter, &recorded.entry)).take(limit).cloned().collect())
    }
}

/// Appends one entry beside other changes of the state.
pub(super) fn append(state: &mut State, entry: &AuditEntry) -> i64 {
    let id = state.audit.last().map_or(0, |newest| newest.id) + 1;
    let entry = AuditEntry { timestamp: microseconds(entry.timestamp), ..entry.clone() };
    state.audit.push(RecordedEntry { id, entry });
    id
}

fn matches(filter: &AuditFilter, entry: &AuditEntry) -> bool {
    let address = entry.device_address.as_deref();
    filter.device_prefix.as_deref().is_none_or(|prefix| address.is_some_and(|a| a.starts_with(prefix)))
        && filter.action_part.as_deref().is_none_or(|part| entry.action.contains(part))
        && filter.central.as_ref().is_none_or(|central| entry.central.as_ref() == Some(central))
        && filter.since.is_none_or(|since| entry.timestamp >= since)
        && filter.until.is_none_or(|until| entry.timestamp < until)
}
