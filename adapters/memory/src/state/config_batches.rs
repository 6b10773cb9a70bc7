//! Sections and centrals changed together, in memory.
//!
//! Does NOT change anything before the whole batch went well: it works on a copy.

use super::{MemoryStateStore, centrals, config_sections, precision::microseconds};
use async_trait::async_trait;
use jiff::Timestamp;
use loom_domain::config_batch::ConfigBatch;
use loom_domain::ports::{ConfigBatches, StoreError};

#[async_trait]
impl ConfigBatches for MemoryStateStore {
    async fn apply_config(&self, batch: &ConfigBatch) -> Result<Vec<i64>, StoreError> {
        let mut state = self.lock();
        let (mut sections, mut centrals) = (state.sections.clone(), state.centrals.clone());
        sections.retain(|name, _| !batch.removed_sections.contains(name));
        centrals.retain(|name, _| !batch.removed_centrals.contains(name));
        let mut versions = Vec::with_capacity(batch.sections.len());
        for write in &batch.sections {
            versions.push(config_sections::write_one(&mut sections, write)?);
        }
        for central in &batch.centrals {
            centrals::put(&mut centrals, central);
        }
        (state.sections, state.centrals) = (sections, centrals);
        state.seeded_at = state.seeded_at.or(batch.seeded_at.map(microseconds));
        Ok(versions)
    }

    async fn seeded_at(&self) -> Result<Option<Timestamp>, StoreError> {
        Ok(self.lock().seeded_at)
    }
}
