//! The tables `config_sections` and `centrals` changed together, for the config batches role.
//!
//! Does NOT hold their rows and queries; each table's file does.

use super::state_marks::{self, SEEDED};
use super::{centrals, config_sections};
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use jiff::Timestamp;
use loom_domain::config_batch::ConfigBatch;
use loom_domain::ports::{ConfigBatches, StoreError};

#[async_trait]
impl ConfigBatches for SqliteStateStore {
    async fn apply_config(&self, batch: &ConfigBatch) -> Result<Vec<i64>, StoreError> {
        let batch = batch.clone();
        self.write(move |connection| {
            for name in &batch.removed_sections {
                config_sections::remove(connection, name)?;
            }
            for name in &batch.removed_centrals {
                centrals::remove(connection, name)?;
            }
            let mut versions = Vec::with_capacity(batch.sections.len());
            for write in &batch.sections {
                versions.push(config_sections::write_one(connection, write)?);
            }
            for central in &batch.centrals {
                centrals::put(connection, central)?;
            }
            if let Some(at) = batch.seeded_at {
                state_marks::set(connection, SEEDED, at)?;
            }
            Ok(versions)
        })
        .await
    }

    async fn seeded_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.read(|connection| state_marks::find(connection, SEEDED)).await
    }
}
