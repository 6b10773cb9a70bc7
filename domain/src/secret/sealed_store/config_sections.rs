//! Sealing around the config sections role: the secret leaves inside a section's JSON.
//!
//! Does NOT touch other leaves, and leaves a section without secrets exactly as it is.

use super::{SealedStore, Sealing};
use crate::config_section::{ConfigSection, SectionWrite};
use crate::ports::{ConfigSections, StoreError};
use crate::secret::classify::{LeafKind, visit_leaves};
use crate::secret::{SecretPlace, SecretText, envelope};
use async_trait::async_trait;
use serde_json::Value;

#[async_trait]
impl<S: ConfigSections + ?Sized> ConfigSections for SealedStore<S> {
    async fn list_sections(&self) -> Result<Vec<ConfigSection>, StoreError> {
        let sections = self.inner.list_sections().await?;
        Ok(sections.into_iter().map(|section| self.sealing.open_section(section)).collect())
    }

    async fn find_section(&self, name: &str) -> Result<Option<ConfigSection>, StoreError> {
        Ok(self.inner.find_section(name).await?.map(|section| self.sealing.open_section(section)))
    }

    async fn write_section(&self, write: &SectionWrite) -> Result<i64, StoreError> {
        let mut sealed = write.clone();
        self.sealing.seal_write(&mut sealed)?;
        self.inner.write_section(&sealed).await
    }

    async fn remove_section(&self, name: &str) -> Result<bool, StoreError> {
        self.inner.remove_section(name).await
    }
}

impl Sealing {
    /// Seals the secret leaves of a write; if one cannot be sealed, the write must not be passed on.
    pub(super) fn seal_write(&self, write: &mut SectionWrite) -> Result<(), StoreError> {
        let mut refused = None;
        visit_leaves(&write.name, &mut write.value, &mut |path, _, leaf| {
            if let Err(error) = self.seal_leaf(&write.name, path, leaf) {
                refused.get_or_insert(error);
            }
        });
        refused.map_or(Ok(()), Err)
    }

    fn seal_leaf(&self, section: &str, path: &str, leaf: &mut Value) -> Result<(), StoreError> {
        let place = SecretPlace::of_section(section, path);
        let clear = match &*leaf {
            Value::String(text) if self.is_stored_form(&place, text) => return Ok(()),
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            // `null` and shapes no secret has: nothing to seal.
            _ => return Ok(()),
        };
        let stored = self.seal(&SecretText::new(clear), &place, &format!("`{section}.{path}`"))?;
        if envelope::is_sealed(&stored) {
            *leaf = Value::String(stored);
        }
        Ok(())
    }

    /// A text is a stored envelope if the key opens it, or if it has an envelope's shape and the key is another one:
    /// then it is a value that could not be opened, and must go back as it came.
    fn is_stored_form(&self, place: &SecretPlace, text: &str) -> bool {
        let Some(held) = self.keys.current() else { return envelope::is_sealed(text) };
        !matches!(envelope::open(&held.key, place, text), Err(envelope::OpenError::Malformed))
    }

    fn open_section(&self, mut section: ConfigSection) -> ConfigSection {
        visit_leaves(&section.name, &mut section.value, &mut |path, kind, leaf| {
            let place = SecretPlace::of_section(&section.name, path);
            let Some(clear) = leaf.as_str().and_then(|text| self.open(&place, text)) else { return };
            *leaf = match (kind, clear.reveal().parse::<i64>()) {
                (LeafKind::Integer, Ok(number)) => Value::from(number),
                _ => Value::String(clear.reveal().to_owned()),
            };
        });
        section
    }
}
