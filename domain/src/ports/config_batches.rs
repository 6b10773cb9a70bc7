//! The config batches role: sections and centrals that change together, and whether a first run ever seeded them.
//!
//! Does NOT read them (`ports::config_sections`, `ports::centrals`) and does NOT seal secrets
//! (`secret::sealed_store` wraps this role).

use super::StoreError;
use crate::config_batch::ConfigBatch;
use async_trait::async_trait;
use jiff::Timestamp;

/// Changes several sections and centrals at one instant. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::config_batches`)
/// - Every change of a batch takes effect; the new versions come back in the order of its writes.
/// - A conflict in any section leaves every section, every central and the seeding mark as they were.
/// - Versions count as in `ConfigSections`; two writes of one section count twice.
/// - A replaced central keeps its `created_at`, and times are cut to the microsecond.
/// - Removing what is gone is no error.
/// - Removals come first: what is both removed and written starts anew.
/// - A reader sees all of a batch or nothing of it.
/// - Of many concurrent batches that expect the same version exactly one succeeds.
/// - The first seeding is remembered; a later one does not move it, and a batch without one neither.
#[async_trait]
pub trait ConfigBatches: Send + Sync {
    /// Applies the whole batch or nothing; returns the new version of each written section.
    async fn apply_config(&self, batch: &ConfigBatch) -> Result<Vec<i64>, StoreError>;
    /// When a first run seeded this state, if one ever did.
    async fn seeded_at(&self) -> Result<Option<Timestamp>, StoreError>;
}
