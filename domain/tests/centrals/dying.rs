//! A store of records whose writes fail or never return from a chosen one on: the end of the disk, or of the daemon.
//!
//! Does NOT forget what was written before.

use async_trait::async_trait;
use loom_adapter_memory::MemoryStateStore;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId};
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId};
use loom_domain::device::{CachedInterface, Device, InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// What happens at the chosen write, and at all after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It fails.
    Full,
    /// The daemon ends before it takes effect.
    DeadBefore,
    /// The daemon ends after it took effect.
    DeadAfter,
}

pub(crate) struct Dying<S: ?Sized> {
    inner: Arc<S>,
    at: usize,
    end: End,
    writes: AtomicUsize,
    died: Notify,
}

impl<S: ?Sized> Dying<S> {
    /// `inner`, until write number `at`, counted from 0.
    pub(crate) fn new(inner: Arc<S>, at: usize, end: End) -> Arc<Self> {
        Arc::new(Self { inner, at, end, writes: AtomicUsize::new(0), died: Notify::new() })
    }

    /// Runs `work` to its end, or to the death of the daemon.
    pub(crate) async fn run<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            () = self.died.notified() => None,
            outcome = work => Some(outcome),
        }
    }

    /// Whether the end came.
    pub(crate) fn came_to_it(&self) -> bool {
        self.writes.load(Ordering::SeqCst) > self.at
    }

    async fn write<T>(&self, write: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let number = self.writes.fetch_add(1, Ordering::SeqCst);
        if number < self.at {
            return write.await;
        }
        match self.end {
            End::Full => return Err(StoreError::Unavailable("no space left".into())),
            End::DeadBefore => {}
            End::DeadAfter => _ = write.await,
        }
        self.died.notify_one();
        std::future::pending().await
    }
}

#[async_trait]
impl CcuBackups for Dying<dyn CcuBackups> {
    async fn list_ccu_backups(&self) -> Result<Vec<CcuBackup>, StoreError> {
        self.inner.list_ccu_backups().await
    }
    async fn find_ccu_backup(&self, id: &CcuBackupId) -> Result<Option<CcuBackup>, StoreError> {
        self.inner.find_ccu_backup(id).await
    }
    async fn create_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError> {
        self.write(self.inner.create_ccu_backup(backup)).await
    }
    async fn update_ccu_backup(&self, backup: &CcuBackup) -> Result<(), StoreError> {
        self.write(self.inner.update_ccu_backup(backup)).await
    }
    async fn remove_ccu_backup(&self, id: &CcuBackupId) -> Result<(), StoreError> {
        self.write(self.inner.remove_ccu_backup(id)).await
    }
}

#[async_trait]
impl CcuRestores for Dying<dyn CcuRestores> {
    async fn list_ccu_restores(&self) -> Result<Vec<CcuRestore>, StoreError> {
        self.inner.list_ccu_restores().await
    }
    async fn find_ccu_restore(&self, id: &CcuRestoreId) -> Result<Option<CcuRestore>, StoreError> {
        self.inner.find_ccu_restore(id).await
    }
    async fn create_ccu_restore(&self, restore: &CcuRestore) -> Result<(), StoreError> {
        self.write(self.inner.create_ccu_restore(restore)).await
    }
    async fn update_ccu_restore(&self, restore: &CcuRestore) -> Result<(), StoreError> {
        self.write(self.inner.update_ccu_restore(restore)).await
    }
}

#[async_trait]
impl Devices for Dying<MemoryStateStore> {
    async fn list_devices(&self, interface: &InterfaceRef) -> Result<Vec<Device>, StoreError> {
        self.inner.list_devices(interface).await
    }
    async fn find_device(
        &self,
        interface: &InterfaceRef,
        address: &str,
    ) -> Result<Option<Device>, StoreError> {
        self.inner.find_device(interface, address).await
    }
    async fn put_devices(&self, devices: &[Device]) -> Result<(), StoreError> {
        self.write(self.inner.put_devices(devices)).await
    }
    async fn remove_device(&self, interface: &InterfaceRef, address: &str) -> Result<u64, StoreError> {
        self.write(self.inner.remove_device(interface, address)).await
    }
    async fn list_interfaces(&self) -> Result<Vec<InterfaceRef>, StoreError> {
        Devices::list_interfaces(&*self.inner).await
    }
}

#[async_trait]
impl Paramsets for Dying<MemoryStateStore> {
    async fn find_paramset(&self, id: &ParamsetId) -> Result<Option<Paramset>, StoreError> {
        self.inner.find_paramset(id).await
    }
    async fn list_paramsets(
        &self,
        interface: &InterfaceRef,
        channel: &str,
    ) -> Result<Vec<Paramset>, StoreError> {
        self.inner.list_paramsets(interface, channel).await
    }
    async fn put_paramsets(&self, paramsets: &[Paramset]) -> Result<(), StoreError> {
        self.write(self.inner.put_paramsets(paramsets)).await
    }
    async fn remove_paramsets_of(&self, interface: &InterfaceRef) -> Result<u64, StoreError> {
        self.write(self.inner.remove_paramsets_of(interface)).await
    }
    async fn count_paramsets(&self) -> Result<ParamsetCounts, StoreError> {
        self.inner.count_paramsets().await
    }
}

#[async_trait]
impl Interfaces for Dying<MemoryStateStore> {
    async fn find_interface(&self, interface: &InterfaceRef) -> Result<Option<CachedInterface>, StoreError> {
        self.inner.find_interface(interface).await
    }
    async fn put_interface(&self, interface: &CachedInterface) -> Result<(), StoreError> {
        self.write(self.inner.put_interface(interface)).await
    }
    async fn drop_interface(&self, interface: &InterfaceRef) -> Result<(), StoreError> {
        self.write(self.inner.drop_interface(interface)).await
    }
}
