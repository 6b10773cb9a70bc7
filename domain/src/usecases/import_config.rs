//! Imports a config document: a plan that says what would change, then all of it at one instant or nothing.
//!
//! Does NOT import users and tokens, and does NOT check a document (`config_document`).

mod plan;
mod planning;

pub use plan::{
    Action, Change, ImportPlan, Imported, KeyChange, ObjectKind, PlannedChange, SecretFate, SkippedPart,
};

use crate::account::Subject;
use crate::audit_trail::{Actor, AuditAction, AuditDraft, AuditTrail, Audited};
use crate::central::Central;
use crate::config_batch::ConfigBatch;
use crate::config_document::ReadDocument;
use crate::config_section::{ConfigSection, SectionWrite};
use crate::ports::{Centrals, Clock, ConfigBatches, ConfigSections, StoreError};
use std::sync::Arc;

/// Imports a config document.
pub struct ImportConfig {
    /// The sections, opened.
    pub sections: Arc<dyn ConfigSections>,
    /// The centrals, opened.
    pub centrals: Arc<dyn Centrals>,
    /// Where everything is written at once; seals.
    pub batches: Arc<dyn ConfigBatches>,
    /// Where the import is recorded.
    pub audit: AuditTrail,
    /// What time changes bear.
    pub clock: Arc<dyn Clock>,
    /// Whether `batches` can store secrets.
    pub storing: SecretStoring,
}

/// What happens to what the document does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// It stays.
    Merge,
    /// Sections and centrals that the document does not have are removed. A document without the part `sections`, or
    /// `centrals`, leaves that part as it is.
    Replace,
}

/// Whether secrets can be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretStoring {
    /// There is a master key, or they may be stored in clear.
    Possible,
    /// They could not be sealed, and may not be stored in clear.
    NoMasterKey,
}

/// Why nothing was imported. Fragments read after "failed to import the configuration, nothing was changed: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The document holds secrets that cannot be stored.
    #[error(
        "no master key is available to seal {}\n\
         hint: start the daemon once to create a key, or set OPENCCU_LOOM_SECRET_KEY; a redacted document needs none",
        .0.join(", ")
    )]
    NoMasterKey(Vec<String>),
    /// The store refused or failed; `Conflict` if somebody changed the configuration after it was planned.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportConfig {
    /// Works out what would change, and changes nothing.
    pub async fn plan(&self, document: &ReadDocument, mode: ImportMode) -> Result<ImportPlan, ImportError> {
        let sections = self.sections.list_sections().await?;
        let centrals = self.centrals.list_centrals().await?;
        let plan = planning::plan(document, mode, sections, centrals);
        let unsealable = plan.secrets_to_store();
        if self.storing == SecretStoring::NoMasterKey && !unsealable.is_empty() {
            return Err(ImportError::NoMasterKey(unsealable));
        }
        Ok(plan)
    }

    /// Carries a plan out: all of it, or nothing and an error. A plan that changes nothing writes nothing, not even an
    /// audit entry.
    ///
    /// A section that was changed after planning is a `Conflict`. So are centrals, and sections that are not written;
    /// they are compared just before the write, so whoever cannot rule out other writers should let them wait.
    pub async fn apply(&self, plan: ImportPlan, actor: &Actor) -> Result<Audited<Imported>, ImportError> {
        if !plan.changes_anything() {
            return Ok(Audited::new(Imported::default(), Ok(())));
        }
        self.compare_with(&plan).await?;
        let batch = self.batch(&plan, actor);
        let versions = self.batches.apply_config(&batch).await?;
        let imported = Imported {
            sections: batch.sections.into_iter().map(|write| write.name).zip(versions).collect(),
            removed_sections: batch.removed_sections,
            centrals: batch.centrals.into_iter().map(|central| central.name).collect(),
            removed_centrals: batch.removed_centrals,
        };
        let draft = AuditDraft::new(actor, AuditAction::ConfigImport, &plan.in_words());
        let recorded = self.audit.record(draft.changes(&plan.audited_changes())).await;
        Ok(Audited::new(imported, recorded))
    }

    async fn compare_with(&self, plan: &ImportPlan) -> Result<(), StoreError> {
        let (sections, centrals) =
            (self.sections.list_sections().await?, self.centrals.list_centrals().await?);
        let versions = |sections: &[ConfigSection]| -> Vec<(String, i64)> {
            sections.iter().map(|section| (section.name.clone(), section.version)).collect()
        };
        let (now, planned) = (versions(&sections), versions(&plan.stored_sections));
        if let Some((name, stored, expected)) = difference(&now, &planned) {
            return Err(conflict("section", name, version_words(stored), version_words(expected)));
        }
        let by_name = |centrals: &[Central]| -> Vec<(String, Central)> {
            centrals.iter().map(|central| (central.name.to_string(), central.clone())).collect()
        };
        let (now, planned) = (by_name(&centrals), by_name(&plan.stored_centrals));
        if let Some((name, stored, expected)) = difference(&now, &planned) {
            let words = |central: Option<&Central>| {
                central.map_or("nothing".to_owned(), |central| format!("that of {}", central.updated_at))
            };
            return Err(conflict("central", name, words(stored), words(expected)));
        }
        Ok(())
    }

    fn batch(&self, plan: &ImportPlan, actor: &Actor) -> ConfigBatch {
        let now = self.clock.now();
        let by = actor.name.as_ref().map_or("anonymous", Subject::as_str);
        let stamped = |planned: &planning::NewCentral| Central {
            created_at: if planned.is_dated { planned.central.created_at } else { now },
            updated_at: now,
            ..planned.central.clone()
        };
        ConfigBatch {
            sections: plan
                .sections
                .iter()
                .map(|write| SectionWrite { at: now, by: by.to_owned(), ..write.clone() })
                .collect(),
            removed_sections: plan.removed_sections.clone(),
            centrals: plan.centrals.iter().map(stamped).collect(),
            removed_centrals: plan.removed_centrals.clone(),
            seeded_at: None,
        }
    }
}

/// The first name under which two lists, each in the order of names, have something else.
fn difference<'a, T: PartialEq>(
    now: &'a [(String, T)],
    planned: &'a [(String, T)],
) -> Option<(&'a str, Option<&'a T>, Option<&'a T>)> {
    let of =
        |list: &'a [(String, T)], name: &str| list.iter().find(|(known, _)| known == name).map(|(_, is)| is);
    let names = now.iter().chain(planned).map(|(name, _)| name.as_str());
    names.map(|name| (name, of(now, name), of(planned, name))).find(|(_, now, planned)| now != planned)
}

fn version_words(version: Option<&i64>) -> String {
    version.map_or("nothing".to_owned(), ToString::to_string)
}

fn conflict(what: &'static str, name: &str, stored: String, expected: String) -> StoreError {
    StoreError::Conflict { what, name: name.to_owned(), stored, expected }
}
