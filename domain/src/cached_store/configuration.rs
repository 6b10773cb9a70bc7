//! Centrals, config sections and records of CCU backups from memory, and batches that change the first two together.
//!
//! Does NOT seal secrets: wrap this around the sealing decorator.

use super::CachedStore;
use crate::ccu_backup::{CcuBackup, CcuBackupId};
use crate::central::{Central, CentralName};
use crate::config_batch::ConfigBatch;
use crate::config_section::{ConfigSection, SectionWrite};
use crate::ports::{CcuBackups, Centrals, ConfigBatches, ConfigSections, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl<S: Centrals + ?Sized> Centrals for CachedStore<S> {
    async fn list_centrals(&self) -> Result<Vec<Central>, StoreError> {
        Ok(self.centrals.all(|| self.inner.list_centrals()).await?.to_vec())
    }

    async fn find_central(&self, name: &CentralName) -> Result<Option<Central>, StoreError> {
        let is = |central: &Central| central.name == *name;
        self.centrals.find(|| self.inner.list_centrals(), is, || self.inner.find_central(name)).await
    }

    async fn put_central(&self, central: &Central) -> Result<(), StoreError> {
        self.centrals.write(self.inner.put_central(central), self.inner.list_centrals()).await
    }

    async fn remove_central(&self, name: &CentralName) -> Result<(), StoreError> {
        self.centrals.write(self.inner.remove_central(name), self.inner.list_centrals()).await
    }
}

#[async_trait]
impl<S: ConfigSections + ?Sized> ConfigSections for CachedStore<S> {
    async fn list_sections(&self) -> Result<Vec<ConfigSection>, StoreError> {
        Ok(self.sections.all(|| self.inner.list_sections()).await?.to_vec())
    }

    async fn find_section(&self, name: &str) -> Result<Option<ConfigSection>, StoreError> {
        let is = |section: &ConfigSection| section.name == name;
        self.sections.find(|| self.inner.list_sections(), is, || self.inner.find_section(name)).await
    }

    async fn write_section(&self, write: &SectionWrite) -> Result<i64, StoreError> {
        self.sections.write(self.inner.write_section(write), self.inner.list_sections()).await
    }

    async fn remove_section(&self, name: &str) -> Result<bool, StoreError> {
        self.sections.write(self.inner.remove_section(name), self.inner.list_sections()).await
    }
}

#[async_trait]
impl<S: ConfigBatches + ConfigSections + Centrals + ?Sized> ConfigBatches for CachedStore<S> {
    async fn apply_config(&self, batch: &ConfigBatch) -> Result<Vec<i64>, StoreError> {
        // Both roles are read from the store below until the batch has ended in both: nobody sees half of it.
        let sections = self.sections.write(self.inner.apply_config(batch), self.inner.list_sections());
        self.centrals.write(sections, self.inner.list_centrals()).await
    }

    async fn seeded_at(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.seeded_at().await
    }
}

#[async_trait]
impl<S: CcuBackups + ?Sized> CcuBackups for CachedStore<S> {
    async fn list_ccu_backups(&self) -> Result<Vec<CcuBackup>, StoreError> {
        Ok(self.ccu_backups.all(|| self.inner.list_ccu_backups()).await?.to_vec())
    }

    async fn find_ccu_backup(&self, id: &CcuBackupId) -> Result<Option<CcuBackup>, StoreError> {
        let is = |backup: &CcuBackup| backup.id == *id;
        self.ccu_backups.find(|| self.inner.list_ccu_backups(), is, || self.inner.find_ccu_backup(id)).await
    }

    async fn create_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError> {
        self.ccu_backups.write(self.inner.create_ccu_backup(backup), self.inner.list_ccu_backups()).await
    }

    async fn update_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError> {
        self.ccu_backups.write(self.inner.update_ccu_backup(backup), self.inner.list_ccu_backups()).await
    }

    async fn remove_ccu_backup(&self, id: &CcuBackupId) -> Result<(), StoreError> {
        self.ccu_backups.write(self.inner.remove_ccu_backup(id), self.inner.list_ccu_backups()).await
    }
}
