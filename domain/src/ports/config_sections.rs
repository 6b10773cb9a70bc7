//! The config sections role: settings kept in the state, with optimistic versions.
//!
//! Does NOT validate settings and does NOT seal secret leaves (`secret::sealed_store` wraps this role).

use super::StoreError;
use crate::config_section::{ConfigSection, SectionWrite};
use async_trait::async_trait;

/// Keeps config sections. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::config_sections`)
/// - The first write of a section has version 1; each later write adds one.
/// - A write that expects another version than the stored one is a `Conflict` and changes nothing.
/// - A write that expects `Absent` fails with `Conflict` when the section exists.
/// - Of many concurrent writers that expect the same version exactly one succeeds.
/// - Values come back as equal JSON, integers up to 64 bits exactly.
/// - Sections are listed by name in byte order.
/// - Removing an unknown section is not an error; a section written after its removal starts at version 1 again.
#[async_trait]
pub trait ConfigSections: Send + Sync {
    /// All stored sections, by name in byte order.
    async fn list_sections(&self) -> Result<Vec<ConfigSection>, StoreError>;
    /// The section of that name, if it was ever stored.
    async fn find_section(&self, name: &str) -> Result<Option<ConfigSection>, StoreError>;
    /// Writes one section if the stored version is the expected one; returns the new version.
    async fn write_section(&self, write: &SectionWrite) -> Result<i64, StoreError>;
    /// Removes one section; says whether there was one.
    async fn remove_section(&self, name: &str) -> Result<bool, StoreError>;
}
