//! Refresh what is cached of a central's devices: one list per interface, and descriptions of what is new or changed.
//!
//! Descriptions only: no values are read, nothing goes over the radio. An empty or much shorter list never shrinks the cache
//! by itself, and an old description stays until the new one is there. Dropped at any point, the rest is read the next time.
//! Does NOT schedule, and does NOT interpret descriptions.

mod bounds;
mod describing;
mod fingerprint;
mod memory;
mod one_interface;
mod plan;

pub use memory::RefreshMemory;

use crate::ccu::CcuFacts;
use crate::central::CentralName;
use crate::device::InterfaceRef;
use crate::ports::{CcuError, CcuGateway, Clock, Devices, Interfaces, Paramsets, Progress, StoreError};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Refreshes the cache of one central.
#[derive(Clone)]
pub struct RefreshDevices {
    /// The central.
    pub gateway: Arc<dyn CcuGateway>,
    /// Remembers what each interface was read with.
    pub interfaces: Arc<dyn Interfaces>,
    /// Caches devices.
    pub devices: Arc<dyn Devices>,
    /// Caches paramset descriptions.
    pub paramsets: Arc<dyn Paramsets>,
    /// Tells when it was read.
    pub clock: Arc<dyn Clock>,
    /// Is told how far it is.
    pub progress: Arc<dyn Progress>,
}

/// How much to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshMode {
    /// What is new, changed or was put off. Everything, if the central has another firmware than at the last time.
    Incremental,
    /// Everything afresh.
    Full,
}

/// What a refresh found and did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshReport {
    /// Who the central is.
    pub facts: CcuFacts,
    /// Its interfaces, as it names them.
    pub interfaces: Vec<InterfaceReport>,
    /// Questions the central was asked.
    pub total_calls: u64,
}

/// What a refresh found and did on one interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InterfaceReport {
    /// The interface.
    pub interface_id: String,
    /// Devices and channels the central listed.
    pub listed: u64,
    /// Paramsets that were asked for and are cached now.
    pub described: u64,
    /// Devices and channels that went from the cache.
    pub removed: u64,
    /// Devices and channels with paramsets that are still to be read.
    pub pending: u64,
    /// Whether types of values or fields got lost on the way.
    pub simplified: bool,
    /// Whether everything was to be read afresh, and why; otherwise only what changed was.
    pub afresh: Option<String>,
    /// Why the cache was left as it was, in words.
    pub kept: Option<String>,
    /// Why not everything was read, in words.
    pub error: Option<String>,
}

/// Why nothing was refreshed, or not all of it. Fragments read after "failed to read the devices of the central: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the error of the port it is named after")]
pub enum RefreshError {
    #[error(transparent)]
    Ccu(#[from] CcuError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RefreshDevices {
    /// Refreshes every interface, one after another. `memory` is kept by the caller between two runs; one can serve all
    /// centrals. An interface that does not answer is reported, the others go on. The conversation is ended in any case.
    ///
    /// # Errors
    /// The central does not say who it is or which interfaces it has, or the store failed; what was stored until then stays.
    pub async fn run(
        &self,
        central: &CentralName,
        memory: &mut RefreshMemory,
        mode: RefreshMode,
    ) -> Result<RefreshReport, RefreshError> {
        let outcome = self.each_interface(central, memory, mode).await;
        self.gateway.farewell().await;
        outcome
    }

    async fn each_interface(
        &self,
        central: &CentralName,
        memory: &mut RefreshMemory,
        mode: RefreshMode,
    ) -> Result<RefreshReport, RefreshError> {
        let calls = Calls::default();
        let facts = calls.counted(self.gateway.identity()).await?;
        let names = calls.counted(self.gateway.list_interfaces()).await?;
        let mut interfaces = Vec::with_capacity(names.len());
        for interface_id in names {
            let interface = InterfaceRef { central: central.clone(), interface_id };
            let remembered = memory.of(&interface);
            interfaces.push(self.refresh_interface(&interface, &facts, remembered, mode, &calls).await?);
        }
        Ok(RefreshReport { facts, interfaces, total_calls: calls.0.into_inner() })
    }
}

/// Counts questions.
#[derive(Default)]
struct Calls(AtomicU64);

impl Calls {
    async fn counted<T>(&self, call: impl Future<Output = T>) -> T {
        self.0.fetch_add(1, Ordering::Relaxed);
        call.await
    }
}
