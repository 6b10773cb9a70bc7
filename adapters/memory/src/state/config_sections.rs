//! Config sections in memory.
//!
//! Does NOT look into their values.

use super::{MemoryStateStore, precision::microseconds};
use async_trait::async_trait;
use loom_domain::config_section::{ConfigSection, ExpectedVersion, SectionWrite};
use loom_domain::ports::{ConfigSections, StoreError};
use std::collections::BTreeMap;

#[async_trait]
impl ConfigSections for MemoryStateStore {
    async fn list_sections(&self) -> Result<Vec<ConfigSection>, StoreError> {
        Ok(self.lock().sections.values().cloned().collect())
    }

    async fn find_section(&self, name: &str) -> Result<Option<ConfigSection>, StoreError> {
        Ok(self.lock().sections.get(name).cloned())
    }

    async fn write_section(&self, write: &SectionWrite) -> Result<i64, StoreError> {
        write_one(&mut self.lock().sections, write)
    }

    async fn remove_section(&self, name: &str) -> Result<bool, StoreError> {
        Ok(self.lock().sections.remove(name).is_some())
    }
}

/// Writes one section if the stored version is the expected one; returns the new version.
pub(super) fn write_one(
    sections: &mut BTreeMap<String, ConfigSection>,
    write: &SectionWrite,
) -> Result<i64, StoreError> {
    let stored = sections.get(&write.name).map(|section| section.version);
    let expected = match write.expected {
        ExpectedVersion::Any => stored,
        ExpectedVersion::Absent => None,
        ExpectedVersion::Exactly(version) => Some(version),
    };
    if stored != expected {
        let show = |version: Option<i64>| version.map_or("nothing".to_owned(), |v| v.to_string());
        return Err(StoreError::Conflict {
            what: "config section",
            name: write.name.clone(),
            stored: show(stored),
            expected: show(expected),
        });
    }
    let version = stored.unwrap_or(0) + 1;
    let section = ConfigSection {
        name: write.name.clone(),
        value: write.value.clone(),
        version,
        updated_at: microseconds(write.at),
        updated_by: write.by.clone(),
    };
    sections.insert(write.name.clone(), section);
    Ok(version)
}
