//! The table `config_sections`, for the role of that name.
//!
//! Does NOT look into the values.

use crate::columns::{instant, instant_text, json};
use crate::error::{Error, readable};
use crate::schema::config_sections;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use loom_domain::config_section::{ConfigSection, ExpectedVersion, SECTION_SCHEMA_VERSION, SectionWrite};
use loom_domain::ports::{ConfigSections, StoreError};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = config_sections, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    section: String,
    value_json: String,
    version: i64,
    updated_at: String,
    updated_by: String,
    schema_version: i32,
}

#[async_trait]
impl ConfigSections for SqliteStateStore {
    async fn list_sections(&self) -> Result<Vec<ConfigSection>, StoreError> {
        self.read(|connection| {
            let ordered = config_sections::table.order(config_sections::section);
            let rows = ordered.select(Row::as_select()).load(connection)?;
            rows.into_iter().map(to_section).collect()
        })
        .await
    }

    async fn find_section(&self, name: &str) -> Result<Option<ConfigSection>, StoreError> {
        let name = name.to_owned();
        self.read(move |connection| {
            let found = config_sections::table.find(name).select(Row::as_select());
            found.first(connection).optional()?.map(to_section).transpose()
        })
        .await
    }

    async fn write_section(&self, write: &SectionWrite) -> Result<i64, StoreError> {
        let new = write.clone();
        self.write(move |connection| write_one(connection, &new)).await
    }

    async fn remove_section(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.write(move |connection| Ok(remove(connection, &name)?)).await
    }
}

/// Writes one section if the stored version is the expected one; returns the new version.
pub(super) fn write_one(connection: &mut SqliteConnection, write: &SectionWrite) -> Result<i64, Error> {
    let stored = find_version(connection, &write.name)?;
    let row = Row {
        section: write.name.clone(),
        value_json: write.value.to_string(),
        version: next_version(&write.name, stored, write.expected)?,
        updated_at: instant_text(write.at),
        updated_by: write.by.clone(),
        schema_version: SECTION_SCHEMA_VERSION,
    };
    diesel::replace_into(config_sections::table).values(&row).execute(connection)?;
    Ok(row.version)
}

/// Removes one section; says whether there was one.
pub(super) fn remove(connection: &mut SqliteConnection, name: &str) -> QueryResult<bool> {
    Ok(diesel::delete(config_sections::table.find(name)).execute(connection)? > 0)
}

fn find_version(connection: &mut SqliteConnection, section: &str) -> QueryResult<Option<i64>> {
    config_sections::table.find(section).select(config_sections::version).first(connection).optional()
}

fn next_version(name: &str, stored: Option<i64>, expected: ExpectedVersion) -> Result<i64, StoreError> {
    let expected = match expected {
        ExpectedVersion::Any => stored,
        ExpectedVersion::Absent => None,
        ExpectedVersion::Exactly(version) => Some(version),
    };
    if stored == expected {
        return Ok(stored.unwrap_or(0) + 1);
    }
    let show = |version: Option<i64>| version.map_or("nothing".to_owned(), |version| version.to_string());
    Err(StoreError::Conflict {
        what: "config section",
        name: name.to_owned(),
        stored: show(stored),
        expected: show(expected),
    })
}

fn to_section(row: Row) -> Result<ConfigSection, Error> {
    readable("config section", row.section.clone(), || {
        Ok(ConfigSection {
            name: row.section,
            value: json("value_json", &row.value_json)?,
            version: row.version,
            updated_at: instant("updated_at", &row.updated_at)?,
            updated_by: row.updated_by,
        })
    })
}
