//! The migrations of the state database, embedded from `migrations/`.
//!
//! Does NOT guard against two processes migrating at once (`open` holds the lock) and never runs one backwards.

use diesel::SqliteConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use std::error::Error;

/// The schema version this crate writes, and the newest it reads. The lineage is called `loom` and starts at 100.
pub const LATEST_SCHEMA_VERSION: i64 = 103;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Brings a database to [`LATEST_SCHEMA_VERSION`], each step in one transaction.
pub(crate) fn migrate(connection: &mut SqliteConnection) -> Result<(), Box<dyn Error + Send + Sync>> {
    connection.run_pending_migrations(MIGRATIONS).map(|_| ())
}

#[cfg(test)]
mod tests;
