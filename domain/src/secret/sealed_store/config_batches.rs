//! Sealing around the config batches role: every secret of every section and central in the batch.
//!
//! Does NOT pass a batch on of which one value cannot be sealed.

use super::SealedStore;
use crate::config_batch::ConfigBatch;
use crate::ports::{ConfigBatches, ConfigSections, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl<S: ConfigBatches + ConfigSections + ?Sized> ConfigBatches for SealedStore<S> {
    async fn apply_config(&self, batch: &ConfigBatch) -> Result<Vec<i64>, StoreError> {
        let _turn = self.sealing.turn().await?;
        let mut sealed = batch.clone();
        for write in &mut sealed.sections {
            *write = self.sealed(write).await?;
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
