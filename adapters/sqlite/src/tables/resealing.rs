//! The tables with secret values, for the resealing role, and the table `sealing_key`.
//!
//! Does NOT know keys: what a value becomes is asked of the caller, value by value.

use super::audit_log;
use crate::columns::{instant, instant_text};
use crate::error::{Error, readable};
use crate::schema::{centrals, config_sections, sealing_key};
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use jiff::Timestamp;
use loom_domain::ports::{ResealRecord, Resealed, Resealer, Resealing, SecretVisitor, StoreError};
use loom_domain::secret::classify::{SECRET_LEAVES, visit_leaves};
use loom_domain::secret::{KeyFingerprint, SecretPlace};
use serde_json::Value;
use std::sync::Arc;

/// Rows that are held at once.
const PAGE: i64 = 256;
const PASSWORD: &str = "password_plain";
const API_TOKEN: &str = "api_token_plain";

#[async_trait]
impl Resealing for SqliteStateStore {
    async fn visit_secrets(&self, visitor: Arc<dyn SecretVisitor>) -> Result<(), StoreError> {
        self.read(move |connection| {
            walk(connection, &mut |place, stored| {
                visitor.visit(place, stored);
                Ok(None)
            })
        })
        .await
    }

    async fn reseal(
        &self,
        resealer: Arc<dyn Resealer>,
        record: &ResealRecord,
    ) -> Result<Resealed, StoreError> {
        let record = record.clone();
        // Key files change next: the values must not fall back to the old key afterwards.
        self.write(move |connection| {
            let mut resealed = Resealed::default();
            walk(connection, &mut |place, stored| {
                let sealed = resealer.reseal(place, stored)?;
                match sealed {
                    Some(_) => resealed.replaced += 1,
                    None => resealed.left += 1,
                }
                Ok(sealed)
            })?;
            note_key(connection, &record)?;
            audit_log::append(connection, &record.audit)?;
            Ok(resealed)
        })
        .await
    }

    async fn rule_out(&self, record: &ResealRecord) -> Result<bool, StoreError> {
        let record = record.clone();
        // A commit whose sync failed lies in the log, whole but unannounced, and whoever reads the log anew, as after a
        // loss of power, takes it for one. The next commit is written over it.
        self.write(move |connection| {
            // The key alone does not name a rotation: a key that was lost and came back is rotated to again.
            let last = find_last(connection)?;
            if last.is_some_and(|(key, at)| {
                key == record.key && instant_text(at) == instant_text(record.begun_at)
            }) {
                return Ok(false);
            }
            audit_log::append(connection, &record.audit)?;
            Ok(true)
        })
        .await
    }

    async fn resealed_with(&self) -> Result<Option<KeyFingerprint>, StoreError> {
        Ok(self.read(find_last).await?.map(|(key, _)| key))
    }
}

/// What becomes of a value: another text, or nothing.
type Each<'a> = dyn FnMut(&SecretPlace, &str) -> Result<Option<String>, StoreError> + 'a;

/// Shows every secret value that is set, and stores what is given for it.
fn walk(connection: &mut SqliteConnection, each: &mut Each<'_>) -> Result<(), Error> {
    walk_centrals(connection, each)?;
    for section in config_sections::table
        .select(config_sections::section)
        .order(config_sections::section)
        .load::<String>(connection)?
    {
        if SECRET_LEAVES.iter().any(|leaf| leaf.section == section) {
            walk_section(connection, &section, each)?;
        }
    }
    Ok(())
}

fn walk_centrals(connection: &mut SqliteConnection, each: &mut Each<'_>) -> Result<(), Error> {
    let mut last = String::new();
    loop {
        let page: Vec<(String, Option<String>, Option<String>)> = centrals::table
            .filter(centrals::name.gt(&last))
            .order(centrals::name)
            .select((centrals::name, centrals::password_plain, centrals::api_token_plain))
            .limit(PAGE)
            .load(connection)?;
        let Some((name, ..)) = page.last() else { return Ok(()) };
        last.clone_from(name);
        for (name, password, api_token) in page {
            let row = centrals::table.find(&name);
            if let Some(sealed) = of_column(&name, PASSWORD, password, each)? {
                diesel::update(row).set(centrals::password_plain.eq(sealed)).execute(connection)?;
            }
            if let Some(sealed) = of_column(&name, API_TOKEN, api_token, each)? {
                diesel::update(row).set(centrals::api_token_plain.eq(sealed)).execute(connection)?;
            }
        }
    }
}

fn of_column(
    central: &str,
    column: &str,
    stored: Option<String>,
    each: &mut Each<'_>,
) -> Result<Option<String>, Error> {
    let Some(stored) = stored.filter(|stored| !stored.is_empty()) else { return Ok(None) };
    Ok(each(&SecretPlace::of_central(central, column), &stored)?)
}

fn walk_section(connection: &mut SqliteConnection, name: &str, each: &mut Each<'_>) -> Result<(), Error> {
    let row = config_sections::table.find(name);
    let json: String = row.select(config_sections::value_json).first(connection)?;
    let mut value: Value = readable("config section", name, || {
        serde_json::from_str(&json).map_err(|error| format!("value_json: {error}"))
    })?;
    let (mut changed, mut refused) = (false, None);
    visit_leaves(name, &mut value, &mut |path, _, leaf| {
        let stored = match &*leaf {
            Value::String(text) if !text.is_empty() => text.clone(),
            Value::Number(number) => number.to_string(),
            // `null` and shapes no secret has.
            _ => return,
        };
        if refused.is_some() {
            return;
        }
        match each(&SecretPlace::of_section(name, path), &stored) {
            Ok(Some(sealed)) => {
                *leaf = Value::String(sealed);
                changed = true;
            }
            Ok(None) => {}
            Err(error) => refused = Some(error),
        }
    });
    match refused {
        Some(error) => Err(error.into()),
        None if changed => {
            let set = config_sections::value_json.eq(value.to_string());
            diesel::update(row).set(set).execute(connection)?;
            Ok(())
        }
        None => Ok(()),
    }
}

/// The key the values were re-sealed with last, and when the change to it was begun.
fn find_last(connection: &mut SqliteConnection) -> Result<Option<(KeyFingerprint, Timestamp)>, Error> {
    let columns = (sealing_key::fingerprint, sealing_key::at);
    let found: Option<(String, String)> = sealing_key::table.select(columns).first(connection).optional()?;
    let read = |(key, at): (String, String)| {
        let key = KeyFingerprint::parse(&key).ok_or("it is no fingerprint")?;
        Ok((key, instant("at", &at)?))
    };
    found.map(|row| readable("sealing key", "1", || read(row))).transpose()
}

fn note_key(connection: &mut SqliteConnection, record: &ResealRecord) -> QueryResult<()> {
    let row = (
        sealing_key::only_row.eq(1),
        sealing_key::fingerprint.eq(record.key.as_str()),
        sealing_key::at.eq(instant_text(record.begun_at)),
    );
    diesel::replace_into(sealing_key::table).values(row).execute(connection).map(|_| ())
}

#[cfg(test)]
mod tests;
