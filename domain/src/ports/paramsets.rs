//! The paramsets role: cached parameter groups of channels, equal contents stored once.
//!
//! Does NOT interpret parameters and does NOT ask centrals.

use super::StoreError;
use crate::device::{InterfaceRef, Paramset, ParamsetId};
use async_trait::async_trait;

/// What the paramset cache holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParamsetCounts {
    /// Number of paramsets.
    pub paramsets: u64,
    /// Number of distinct contents behind them.
    pub contents: u64,
}

/// Caches paramsets. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::paramsets`)
/// - A stored paramset comes back byte for byte, umlauts included.
/// - Putting a paramset of a known id replaces its content.
/// - The paramsets of one channel are listed by key in byte order.
/// - 100,000 paramsets with 50 distinct contents keep exactly 50 contents.
/// - A content nobody refers to any more is gone after the put or remove that orphaned it.
/// - A batch is stored whole: a reader sees all of it or nothing of it.
/// - Removing the paramsets of an interface leaves those of others untouched.
#[async_trait]
pub trait Paramsets: Send + Sync {
    /// One paramset.
    async fn find_paramset(&self, id: &ParamsetId) -> Result<Option<Paramset>, StoreError>;
    /// The paramsets of one channel, by key in byte order.
    async fn list_paramsets(
        &self,
        interface: &InterfaceRef,
        channel_address: &str,
    ) -> Result<Vec<Paramset>, StoreError>;
    /// Inserts or replaces a batch in one transaction.
    async fn put_paramsets(&self, paramsets: &[Paramset]) -> Result<(), StoreError>;
    /// Removes every paramset of one interface; returns how many.
    async fn remove_paramsets_of(&self, interface: &InterfaceRef) -> Result<u64, StoreError>;
    /// Counts paramsets and distinct contents.
    async fn count_paramsets(&self) -> Result<ParamsetCounts, StoreError>;
}
