//! Exports the configuration: sections and centrals, with or without secrets, and a list of accounts.
//!
//! One secret that cannot be opened is left out and named; everything else is exported. Does NOT export password
//! hashes or tokens, and does NOT write the document anywhere.

use crate::central::Central;
use crate::central_json::{Secrets, to_json};
use crate::config_document::{ConfigDocument, Skipped, secret_leaves, strip};
use crate::config_schema::nested::{find, put_at};
use crate::config_section::ConfigSection;
use crate::ports::{Centrals, Clock, ConfigSections, StoreError, Tokens, Users};
use crate::secret::{SecretValue, envelope};
use serde_json::{Value, json};
use std::sync::Arc;

/// Exports the configuration.
///
/// What is exported was all stored, but not all of it at one instant while others write: give it a snapshot, or keep
/// others from writing.
pub struct ExportConfig {
    /// The sections, opened.
    pub sections: Arc<dyn ConfigSections>,
    /// The centrals, opened.
    pub centrals: Arc<dyn Centrals>,
    /// The users.
    pub users: Arc<dyn Users>,
    /// The tokens.
    pub tokens: Arc<dyn Tokens>,
    /// What time the document bears.
    pub clock: Arc<dyn Clock>,
    /// What version it names.
    pub daemon_version: String,
}

/// Whether a document holds secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportSecrets {
    /// In clear.
    Included,
    /// `null` in sections, left out of centrals.
    Redacted,
}

impl ExportConfig {
    /// Reads the configuration and makes a document of it.
    pub async fn run(&self, secrets: ExportSecrets) -> Result<ConfigDocument, StoreError> {
        let mut skipped = Vec::new();
        let mut sections = std::collections::BTreeMap::new();
        for ConfigSection { name, mut value, .. } in self.sections.list_sections().await? {
            strip(&name, &mut value);
            withhold(&name, &mut value, secrets, &mut skipped);
            sections.insert(name, value);
        }
        let centrals = self.centrals.list_centrals().await?;
        Ok(ConfigDocument {
            exported_at: self.clock.now(),
            daemon_version: self.daemon_version.clone(),
            redacted: secrets == ExportSecrets::Redacted,
            sections,
            centrals: centrals.iter().map(|central| row(central, secrets, &mut skipped)).collect(),
            users: self.list_users().await?,
            tokens: self.list_tokens().await?,
            skipped,
        })
    }

    async fn list_users(&self) -> Result<Vec<Value>, StoreError> {
        let users = self.users.list_users().await?;
        Ok(users
            .iter()
            .map(|user| json!({"subject": user.subject.as_str(), "role": user.role.as_str()}))
            .collect())
    }

    async fn list_tokens(&self) -> Result<Vec<Value>, StoreError> {
        let tokens = self.tokens.list_tokens().await?;
        let listed = tokens.iter().map(|token| {
            json!({
                "fingerprint": token.fingerprint, "subject": token.subject.as_str(), "role": token.role.as_str(),
            })
        });
        Ok(listed.collect())
    }
}

/// Puts `null` in place of the secrets of a section that are not to be in the document, or cannot be.
fn withhold(section: &str, value: &mut Value, secrets: ExportSecrets, skipped: &mut Vec<Skipped>) {
    for leaf in secret_leaves(section) {
        let path = leaf.path.join(".");
        let Some(secret) = find(value, &path) else { continue };
        let looks_sealed = secret.as_str().filter(|text| envelope::is_sealed(text));
        match (secrets, looks_sealed) {
            (ExportSecrets::Included, None) => continue,
            (ExportSecrets::Included, Some(text)) => {
                skipped.push(not_opened(format!("{section}.{path}"), envelope::is_well_formed(text)));
            }
            (ExportSecrets::Redacted, _) => {}
        }
        put_at(value, &path, Value::Null);
    }
}

fn row(central: &Central, secrets: ExportSecrets, skipped: &mut Vec<Skipped>) -> Value {
    if secrets == ExportSecrets::Redacted {
        return to_json(central, Secrets::Withheld);
    }
    let mut row = to_json(central, Secrets::Clear);
    for (key, secret) in [("password_plain", &central.password), ("api_token_plain", &central.api_token)] {
        if matches!(secret, Some(SecretValue::Sealed(_))) {
            // Left out it would mean that there is none.
            put_at(&mut row, key, Value::Null);
            skipped.push(not_opened(format!("centrals.{}.{key}", central.name), true));
        }
    }
    row
}

fn not_opened(path: String, is_well_formed: bool) -> Skipped {
    let reason = match is_well_formed {
        true => "the stored value is sealed and cannot be opened",
        false => {
            "the stored value begins like a sealed one and is none: it was damaged, or somebody chose it"
        }
    };
    Skipped { path, reason: reason.to_owned() }
}
