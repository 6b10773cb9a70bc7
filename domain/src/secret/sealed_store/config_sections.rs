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
use std::collections::BTreeMap;

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
        let _turn = self.sealing.turn().await?;
        self.inner.write_section(&self.sealed(write).await?).await
    }

    async fn remove_section(&self, name: &str) -> Result<bool, StoreError> {
        self.inner.remove_section(name).await
    }
}

impl<S: ConfigSections + ?Sized> SealedStore<S> {
    /// The write with its secret leaves sealed; if one cannot be sealed, nothing must be passed on.
    ///
    /// A text that looks sealed may be a secret of that look, or a value that could not be opened and goes back as it
    /// came. It is the latter if the same is stored at the same path now, so the caller must have the writer's turn.
    pub(super) async fn sealed(&self, write: &SectionWrite) -> Result<SectionWrite, StoreError> {
        let mut write = write.clone();
        let stored = match envelopes(&write.name, &mut write.value).is_empty() {
            true => None,
            false => self.inner.find_section(&write.name).await?,
        };
        let stored = stored.map(|mut section| envelopes(&section.name, &mut section.value));
        self.sealing.seal_leaves(&mut write, &stored.unwrap_or_default())?;
        Ok(write)
    }
}

/// The secret leaves that look sealed, by their paths.
fn envelopes(section: &str, value: &mut Value) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    visit_leaves(section, value, &mut |path, _, leaf| {
        if let Some(text) = leaf.as_str().filter(|text| envelope::is_sealed(text)) {
            found.insert(path.to_owned(), text.to_owned());
        }
    });
    found
}

impl Sealing {
    /// Seals all secret leaves but those of `stored`.
    fn seal_leaves(
        &self,
        write: &mut SectionWrite,
        stored: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let mut refused = None;
        visit_leaves(&write.name, &mut write.value, &mut |path, _, leaf| {
            let is_stored = stored.get(path).is_some_and(|text| leaf == text);
            if let Some(error) = (!is_stored).then(|| self.seal_leaf(&write.name, path, leaf).err()).flatten()
            {
                refused.get_or_insert(error);
            }
        });
        refused.map_or(Ok(()), Err)
    }

    fn seal_leaf(&self, section: &str, path: &str, leaf: &mut Value) -> Result<(), StoreError> {
        let clear = match &*leaf {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            // `null` and shapes no secret has: nothing to seal.
            _ => return Ok(()),
        };
        let place = SecretPlace::of_section(section, path);
        let stored = self.seal(&SecretText::new(clear), &place, &format!("`{section}.{path}`"))?;
        if envelope::is_sealed(&stored) {
            *leaf = Value::String(stored);
        }
        Ok(())
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
