//! The plan of an import: what would change, key by key, and what is left out. No secret's value can be seen in it.
//!
//! Does NOT work itself out (`planning`).

use super::ImportMode;
use super::planning::NewCentral;
use crate::audit_trail;
use crate::central::{Central, CentralName};
use crate::config_document::secret_leaves;
use crate::config_schema::Finding;
use crate::config_schema::nested::find;
use crate::config_section::{ConfigSection, SectionWrite};
use crate::secret::{SecretValue, envelope};
use serde_json::Value;

/// What an import would change.
pub struct ImportPlan {
    /// How it was planned.
    pub mode: ImportMode,
    /// One entry for each section and central of the document, and for each that would be removed: sections first,
    /// by name.
    pub objects: Vec<PlannedChange>,
    /// Parts of the document that are not imported.
    pub skipped: Vec<SkippedPart>,
    /// What is odd about the document.
    pub warnings: Vec<Finding>,
    pub(super) stored_sections: Vec<ConfigSection>,
    pub(super) stored_centrals: Vec<Central>,
    /// Who and when are not known yet.
    pub(super) sections: Vec<SectionWrite>,
    pub(super) removed_sections: Vec<String>,
    pub(super) centrals: Vec<NewCentral>,
    pub(super) removed_centrals: Vec<CentralName>,
}

/// What becomes of one section or central.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedChange {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name.
    pub name: String,
    /// What becomes of it.
    pub action: Action,
    /// The keys that change, by path, then its secrets, whatever becomes of them.
    pub keys: Vec<KeyChange>,
}

/// A kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum ObjectKind {
    Section,
    Central,
}

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It is new.
    Add,
    /// It is there, and other than in the document.
    Change,
    /// It is there and not in the document.
    Remove,
    /// It is there as it is in the document.
    Keep,
}

/// What becomes of one key.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyChange {
    /// Its path in the object.
    pub path: String,
    /// What becomes of its value.
    pub change: Change,
}

/// What becomes of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Another value.
    Value {
        /// The stored one; `None` if there is none.
        before: Option<Value>,
        /// The new one; `None` if it is removed.
        after: Option<Value>,
    },
    /// A secret.
    Secret(SecretFate),
}

/// What becomes of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretFate {
    /// It is set, replaced or cleared.
    Changed,
    /// The document has the one that is stored.
    Unchanged,
    /// The document withholds it: the stored one stays.
    Kept,
    /// The document withholds it, and none is stored: it has to be entered.
    Missing,
}

/// A part of the document that is not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedPart {
    /// Its name in the document: `users` or `tokens`.
    pub part: &'static str,
    /// How many entries it has.
    pub count: usize,
    /// Why it is not imported.
    pub reason: &'static str,
}

/// What an import has changed; nothing by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// Sections that were written, with their new versions.
    pub sections: Vec<(String, i64)>,
    /// Sections that were removed.
    pub removed_sections: Vec<String>,
    /// Centrals that were added or changed.
    pub centrals: Vec<CentralName>,
    /// Centrals that were removed.
    pub removed_centrals: Vec<CentralName>,
}

impl Imported {
    /// Whether anything was changed.
    pub fn changed_anything(&self) -> bool {
        *self != Self::default()
    }
}

impl Action {
    /// The word for it: `add`, `change`, `remove` or `keep`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Change => "change",
            Self::Remove => "remove",
            Self::Keep => "keep",
        }
    }
}

impl ObjectKind {
    /// The word for it: `section` or `central`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Section => "section",
            Self::Central => "central",
        }
    }
}

impl SecretFate {
    /// The word for it: `changed`, `unchanged`, `kept` or `missing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Unchanged => "unchanged",
            Self::Kept => "kept",
            Self::Missing => "missing",
        }
    }
}

impl ImportPlan {
    /// Whether carrying it out changes anything.
    pub fn changes_anything(&self) -> bool {
        self.objects.iter().any(|object| object.action != Action::Keep)
    }

    /// How many objects have this fate.
    pub fn count(&self, action: Action) -> usize {
        self.objects.iter().filter(|object| object.action == action).count()
    }

    /// Places of the secrets in clear that it would store.
    pub(super) fn secrets_to_store(&self) -> Vec<String> {
        let mut places = Vec::new();
        for write in &self.sections {
            for leaf in secret_leaves(&write.name) {
                let path = leaf.path.join(".");
                let is_clear = match find(&write.value, &path) {
                    None | Some(Value::Null) => false,
                    Some(Value::String(text)) if text.is_empty() => false,
                    Some(Value::String(text)) if envelope::is_sealed(text) => {
                        // One that goes back as it is stored needs no key.
                        self.stored_leaf(&write.name, &path).and_then(Value::as_str) != Some(text)
                    }
                    Some(_) => true,
                };
                is_clear.then(|| places.push(format!("`{}.{path}`", write.name)));
            }
        }
        for NewCentral { central, .. } in &self.centrals {
            for (field, secret) in [("password", &central.password), ("api token", &central.api_token)] {
                let is_clear = matches!(secret, Some(SecretValue::Clear(text)) if !text.reveal().is_empty());
                is_clear.then(|| places.push(format!("the {field} of central `{}`", central.name)));
            }
        }
        places
    }

    fn stored_leaf(&self, section: &str, path: &str) -> Option<&Value> {
        let stored = self.stored_sections.iter().find(|stored| stored.name == section);
        stored.and_then(|stored| find(&stored.value, path))
    }

    pub(super) fn in_words(&self) -> String {
        let mode = match self.mode {
            ImportMode::Merge => "merge",
            ImportMode::Replace => "replace",
        };
        let [added, changed, removed] =
            [Action::Add, Action::Change, Action::Remove].map(|action| self.count(action));
        format!("{mode}: {added} added, {changed} changed, {removed} removed")
    }

    pub(super) fn audited_changes(&self) -> Vec<audit_trail::Change> {
        let mut changes = Vec::new();
        for object in self.objects.iter().filter(|object| object.action != Action::Keep) {
            let place = match object.kind {
                ObjectKind::Section => object.name.clone(),
                ObjectKind::Central => format!("centrals.{}", object.name),
            };
            for KeyChange { path, change } in &object.keys {
                let parameter = format!("{place}.{path}");
                match change {
                    Change::Value { before, after } => changes.push(audit_trail::Change {
                        parameter,
                        before: before.clone(),
                        after: after.clone(),
                    }),
                    Change::Secret(SecretFate::Changed) => {
                        changes.push(audit_trail::Change::secret(parameter));
                    }
                    Change::Secret(_) => {}
                }
            }
        }
        changes
    }
}
