//! The state store on SQLite, the embedded default; snapshots and checks of its databases.
//!
//! Reading order: [`SqliteStateStore`] and how it opens a database (`store`, `open`), what its tables are (`schema`,
//! `migrations`), one file per table with the role it serves (`tables`). Beside it, for any data dir whatever its
//! schema: [`SqliteSnapshots`] of live databases and [`SqliteJudge`] of restored ones, which share `inspect`. A
//! database of a Go daemon becomes one of ours by [`adopt_go_database`].
//!
//! Does NOT seal secrets: wrap the store in the domain's sealing decorator.

mod adopt;
mod columns;
mod connection;
mod error;
mod inspect;
mod judge;
mod library_version;
mod migrations;
mod open;
mod packed;
mod schema;
mod snapshots;
mod store;
mod tables;

pub use adopt::{AdoptError, Adopted, adopt_go_database};
pub use error::tells_damage;
pub use judge::SqliteJudge;
pub use library_version::UnsafeLibrary;
pub use migrations::LATEST_SCHEMA_VERSION;
pub use open::OpenError;
pub use snapshots::SqliteSnapshots;
pub use store::SqliteStateStore;
