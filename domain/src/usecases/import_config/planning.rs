//! Working out what an import would change: the document beside what is stored.
//!
//! A section or central of the document replaces the stored one as a whole, but for secrets the document withholds.
//! Does NOT read or write a store.

use super::ImportMode;
use super::plan::{
    Action, Change, ImportPlan, KeyChange, ObjectKind, PlannedChange, SecretFate, SkippedPart,
};
use crate::audit_trail::changes_between;
use crate::central::Central;
use crate::central_json::{Secrets, to_json};
use crate::config_document::{ReadCentral, ReadDocument, secret_leaves};
use crate::config_schema::nested::{find, put_at, take};
use crate::config_schema::{Home, settings};
use crate::config_section::{ConfigSection, ExpectedVersion, SectionWrite};
use crate::secret::SecretValue;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A central to be put.
#[derive(Clone)]
pub(super) struct NewCentral {
    pub(super) central: Central,
    /// Whether the document says when it was created.
    pub(super) is_dated: bool,
}

pub(super) fn plan(
    document: &ReadDocument,
    mode: ImportMode,
    sections: Vec<ConfigSection>,
    centrals: Vec<Central>,
) -> ImportPlan {
    let mut plan = ImportPlan {
        mode,
        objects: Vec::new(),
        skipped: skipped(document),
        warnings: document.warnings.clone(),
        stored_sections: sections,
        stored_centrals: centrals,
        sections: Vec::new(),
        removed_sections: Vec::new(),
        centrals: Vec::new(),
        removed_centrals: Vec::new(),
    };
    plan.plan_sections(document);
    plan.plan_centrals(document);
    plan
}

impl ImportPlan {
    fn plan_sections(&mut self, document: &ReadDocument) {
        let Some(given) = &document.sections else { return };
        for (name, value) in given {
            let stored = self.stored_sections.iter().find(|section| section.name == *name);
            let mut value = value.clone();
            let before = stored.map(|section| &section.value);
            let secrets = keep_secrets(name, &mut value, before, document.redacted);
            let keys = section_keys(name, before, Some(&value), secrets);
            let object = object(ObjectKind::Section, name, stored.is_some(), keys);
            if object.action != Action::Keep {
                let expected = stored
                    .map_or(ExpectedVersion::Absent, |section| ExpectedVersion::Exactly(section.version));
                let (name, by) = (name.clone(), String::new());
                self.sections.push(SectionWrite { name, value, expected, at: Timestamp::UNIX_EPOCH, by });
            }
            self.objects.push(object);
        }
        if self.mode == ImportMode::Replace {
            for section in self.stored_sections.iter().filter(|section| !given.contains_key(&section.name)) {
                let secrets = removed_secrets(section);
                let keys = section_keys(&section.name, Some(&section.value), None, secrets);
                self.objects.push(removed(ObjectKind::Section, &section.name, keys));
                self.removed_sections.push(section.name.clone());
            }
        }
        self.objects.sort_by(|a, b| a.name.cmp(&b.name));
    }

    fn plan_centrals(&mut self, document: &ReadDocument) {
        let Some(given) = &document.centrals else { return };
        let mut objects = Vec::new();
        for read in given {
            let name = &read.central.name;
            let stored = self.stored_centrals.iter().find(|central| central.name == *name);
            let (central, secrets) = keep_central_secrets(read, stored);
            let keys = central_keys(stored, Some(&central), secrets);
            let object = object(ObjectKind::Central, name.as_str(), stored.is_some(), keys);
            if object.action != Action::Keep {
                self.centrals.push(NewCentral { central, is_dated: read.is_dated });
            }
            objects.push(object);
        }
        if self.mode == ImportMode::Replace {
            let is_given = |stored: &&Central| given.iter().any(|read| read.central.name == stored.name);
            for central in self.stored_centrals.iter().filter(|stored| !is_given(stored)) {
                let gone = |secret: &Option<SecretValue>| secret.as_ref().map(|_| SecretFate::Changed);
                let secrets = [gone(&central.password), gone(&central.api_token)];
                let keys = central_keys(Some(central), None, secrets);
                objects.push(removed(ObjectKind::Central, central.name.as_str(), keys));
                self.removed_centrals.push(central.name.clone());
            }
        }
        objects.sort_by(|a, b| a.name.cmp(&b.name));
        self.objects.extend(objects);
    }
}

/// Fills the withheld secrets of a section in from what is stored, and says what becomes of each secret.
fn keep_secrets(name: &str, value: &mut Value, stored: Option<&Value>, redacted: bool) -> Vec<KeyChange> {
    let mut fates = Vec::new();
    for leaf in secret_leaves(name) {
        let path = leaf.path.join(".");
        let before =
            stored.and_then(|stored| find(stored, &path)).filter(|before| !before.is_null()).cloned();
        let after = find(value, &path).cloned();
        let fate = match (after, before) {
            (Some(Value::Null), Some(before)) => {
                put_at(value, &path, before);
                SecretFate::Kept
            }
            (Some(Value::Null), None) => {
                take(value, &path);
                SecretFate::Missing
            }
            (None, Some(before)) if redacted => {
                put_at(value, &path, before);
                SecretFate::Kept
            }
            (None, None) => continue,
            (after, before) if after == before => SecretFate::Unchanged,
            _ => SecretFate::Changed,
        };
        fates.push(KeyChange { path, change: Change::Secret(fate) });
    }
    fates
}

fn removed_secrets(section: &ConfigSection) -> Vec<KeyChange> {
    let paths = secret_leaves(&section.name).map(|leaf| leaf.path.join("."));
    paths
        .filter(|path| find(&section.value, path).is_some_and(|secret| !secret.is_null()))
        .map(|path| KeyChange { path, change: Change::Secret(SecretFate::Changed) })
        .collect()
}

fn keep_central_secrets(read: &ReadCentral, stored: Option<&Central>) -> (Central, [Option<SecretFate>; 2]) {
    let mut central = read.central.clone();
    let logs_in = central.username.is_some() && central.password_env.is_none();
    let password = keep(
        &mut central.password,
        stored.and_then(|stored| stored.password.as_ref()),
        read.password_withheld,
    );
    let api_token = keep(
        &mut central.api_token,
        stored.and_then(|stored| stored.api_token.as_ref()),
        read.api_token_withheld,
    );
    // Nobody knows whether there was a secret where it was withheld; without a user there was hardly a password.
    let password = password.filter(|fate| *fate != SecretFate::Missing || logs_in);
    (central, [password, api_token.filter(|fate| *fate != SecretFate::Missing)])
}

fn keep(
    secret: &mut Option<SecretValue>,
    stored: Option<&SecretValue>,
    withheld: bool,
) -> Option<SecretFate> {
    match (&secret, stored) {
        (None, Some(stored)) if withheld => {
            *secret = Some(stored.clone());
            Some(SecretFate::Kept)
        }
        (None, None) => withheld.then_some(SecretFate::Missing),
        (new, stored) if new.as_ref() == stored => Some(SecretFate::Unchanged),
        _ => Some(SecretFate::Changed),
    }
}

fn section_keys(
    name: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    secrets: Vec<KeyChange>,
) -> Vec<KeyChange> {
    // All secrets of the section, also those that have no business in a stored one.
    let is_secret = |path: &str| {
        settings().any(|field| {
            field.is_secret()
                && matches!(field.home, Home::Section | Home::FileOnly)
                && field.section() == Some(name)
                && field.path_in_section() == path
        })
    };
    let mut keys = plain_keys(before, after, &is_secret);
    keys.extend(secrets);
    keys
}

fn central_keys(
    before: Option<&Central>,
    after: Option<&Central>,
    secrets: [Option<SecretFate>; 2],
) -> Vec<KeyChange> {
    let row = |central: Option<&Central>| {
        central.map(|central| {
            let mut row = to_json(central, Secrets::Withheld);
            for key in ["name", "created_at", "updated_at"] {
                take(&mut row, key);
            }
            row
        })
    };
    let mut keys = plain_keys(row(before).as_ref(), row(after).as_ref(), &|_| false);
    let named = ["password_plain", "api_token_plain"].into_iter().zip(secrets);
    keys.extend(
        named.filter_map(|(path, fate)| {
            Some(KeyChange { path: path.to_owned(), change: Change::Secret(fate?) })
        }),
    );
    keys
}

fn plain_keys(
    before: Option<&Value>,
    after: Option<&Value>,
    is_secret: &dyn Fn(&str) -> bool,
) -> Vec<KeyChange> {
    let empty = Value::Object(Map::new());
    let changes = changes_between(before.unwrap_or(&empty), after.unwrap_or(&empty), is_secret);
    let plain = changes.into_iter().filter(|change| !is_secret(&change.parameter));
    plain
        .map(|change| KeyChange {
            path: change.parameter,
            change: Change::Value { before: change.before, after: change.after },
        })
        .collect()
}

fn object(kind: ObjectKind, name: &str, is_stored: bool, keys: Vec<KeyChange>) -> PlannedChange {
    let changes = |key: &KeyChange| match key.change {
        Change::Value { .. } => true,
        Change::Secret(fate) => fate == SecretFate::Changed,
    };
    let action = match is_stored {
        false => Action::Add,
        true if keys.iter().any(changes) => Action::Change,
        true => Action::Keep,
    };
    PlannedChange { kind, name: name.to_owned(), action, keys }
}

fn removed(kind: ObjectKind, name: &str, keys: Vec<KeyChange>) -> PlannedChange {
    PlannedChange { kind, name: name.to_owned(), action: Action::Remove, keys }
}

fn skipped(document: &ReadDocument) -> Vec<SkippedPart> {
    [("users", document.users), ("tokens", document.tokens)]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(part, count)| SkippedPart { part, count, reason: "accounts belong to one instance" })
        .collect()
}
