//! The state store on SQLite, the embedded default.
//!
//! Reading order: [`SqliteStateStore`] and how it opens a database (`store`, `open`), what its tables are (`schema`,
//! `migrations`), one file per table with the role it serves (`tables`).
//!
//! Does NOT seal secrets: wrap the store in the domain's sealing decorator.

mod columns;
mod connection;
mod error;
mod library_version;
mod migrations;
mod open;
mod schema;
mod store;
mod tables;

pub use library_version::UnsafeLibrary;
pub use migrations::LATEST_SCHEMA_VERSION;
pub use open::OpenError;
pub use store::SqliteStateStore;
