//! Re-sealing in memory: every value is worked out on a copy, which takes the place of the state at the end.
//!
//! Does NOT know keys.

use super::{MemoryStateStore, audit_log};
use async_trait::async_trait;
use loom_domain::ports::{ResealRecord, Resealed, Resealer, Resealing, SecretVisitor, StoreError};
use loom_domain::secret::classify::visit_leaves;
use loom_domain::secret::{KeyFingerprint, SecretPlace, SecretText, SecretValue, envelope};
use serde_json::Value;
use std::sync::Arc;

#[async_trait]
impl Resealing for MemoryStateStore {
    async fn visit_secrets(&self, visitor: Arc<dyn SecretVisitor>) -> Result<(), StoreError> {
        let (mut centrals, mut sections) = {
            let state = self.lock();
            (state.centrals.clone(), state.sections.clone())
        };
        walk(&mut centrals, &mut sections, &mut |place, stored| {
            visitor.visit(place, stored);
            Ok(None)
        })
    }

    async fn reseal(
        &self,
        resealer: Arc<dyn Resealer>,
        record: &ResealRecord,
    ) -> Result<Resealed, StoreError> {
        let mut state = self.lock();
        let (mut centrals, mut sections) = (state.centrals.clone(), state.sections.clone());
        let mut resealed = Resealed::default();
        walk(&mut centrals, &mut sections, &mut |place, stored| {
            let sealed = resealer.reseal(place, stored)?;
            match sealed {
                Some(_) => resealed.replaced += 1,
                None => resealed.left += 1,
            }
            Ok(sealed)
        })?;
        (state.centrals, state.sections) = (centrals, sections);
        state.resealed_with = Some((record.key.clone(), record.begun_at));
        audit_log::append(&mut state, &record.audit);
        Ok(resealed)
    }

    async fn rule_out(&self, record: &ResealRecord) -> Result<bool, StoreError> {
        let mut state = self.lock();
        if state.resealed_with == Some((record.key.clone(), record.begun_at)) {
            return Ok(false);
        }
        audit_log::append(&mut state, &record.audit);
        Ok(true)
    }

    async fn resealed_with(&self) -> Result<Option<KeyFingerprint>, StoreError> {
        Ok(self.lock().resealed_with.as_ref().map(|(key, _)| key.clone()))
    }
}

type Centrals = std::collections::BTreeMap<loom_domain::central::CentralName, loom_domain::central::Central>;
type Sections = std::collections::BTreeMap<String, loom_domain::config_section::ConfigSection>;
type Each<'a> = dyn FnMut(&SecretPlace, &str) -> Result<Option<String>, StoreError> + 'a;

fn walk(centrals: &mut Centrals, sections: &mut Sections, each: &mut Each<'_>) -> Result<(), StoreError> {
    for central in centrals.values_mut() {
        let name = central.name.as_str();
        for (column, value) in
            [("password_plain", &mut central.password), ("api_token_plain", &mut central.api_token)]
        {
            let Some(secret) = value else { continue };
            let stored = match &*secret {
                SecretValue::Clear(text) => text.reveal().to_owned(),
                SecretValue::Sealed(sealed) => sealed.clone(),
            };
            if stored.is_empty() {
                continue;
            }
            if let Some(new) = each(&SecretPlace::of_central(name, column), &stored)? {
                *secret = match envelope::is_sealed(&new) {
                    true => SecretValue::Sealed(new),
                    false => SecretValue::Clear(SecretText::new(new)),
                };
            }
        }
    }
    for section in sections.values_mut() {
        let mut refused = None;
        visit_leaves(&section.name, &mut section.value, &mut |path, _, leaf| {
            let stored = match &*leaf {
                Value::String(text) if !text.is_empty() => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return,
            };
            if refused.is_some() {
                return;
            }
            match each(&SecretPlace::of_section(&section.name, path), &stored) {
                Ok(Some(new)) => *leaf = Value::String(new),
                Ok(None) => {}
                Err(error) => refused = Some(error),
            }
        });
        refused.map_or(Ok(()), Err)?;
    }
    Ok(())
}
