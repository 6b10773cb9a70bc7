//! Sealing around the config batches role: every secret of every section and central in the batch.
//!
//! Does NOT pass a batch on of which one value cannot be sealed.

use super::SealedStore;
use crate::config_batch::ConfigBatch;
use crate::ports::{ConfigBatches, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl<S: ConfigBatches + ?Sized> ConfigBatches for SealedStore<S> {
    async fn apply_config(&self, batch: &ConfigBatch) -> Result<Vec<i64>, StoreError> {
        let mut sealed = batch.clone();
        for write in &mut sealed.sections {
            self.sealing.seal_write(write)?;
        }
        for central in &mut sealed.centrals {
            self.sealing.seal_central(central)?;
        }
        self.inner.apply_config(&sealed).await
    }

    async fn seeded_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.seeded_at().await
    }
}
