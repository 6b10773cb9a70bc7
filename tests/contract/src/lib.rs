//! The contract suites: one file per role, one case per line of that role's `# Contract` list.
//!
//! A case is a function named as its claim, with the contract line as its doc. Each file ends in the one list of its
//! cases, a macro that an adapter calls with an expression giving a fresh store and whatever must outlive it:
//!
//! ```text
//! loom_contract::centrals_contract!((Arc::new(MemoryStateStore::new()), ()));
//! ```
//!
//! Does NOT know any adapter.

// The cases run inside tests: a panic here is how a case fails.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a case fails by panicking")]

pub mod archive_samples;
pub mod archive_shelf;
pub mod archive_sink;
pub mod archive_source;
pub mod audit_log;
pub mod ccu_backup_files;
pub mod ccu_backups;
pub mod ccu_gateway;
pub mod ccu_restores;
pub mod ccu_restoring;
pub mod centrals;
pub mod config_batches;
pub mod config_sections;
pub mod data_dir_files;
pub mod database_bed;
pub mod database_judge;
pub mod devices;
pub mod interfaces;
pub mod key_provider;
pub mod key_switch;
pub mod key_vault;
pub mod key_wrapping;
pub mod last_seen;
pub mod matter_fabrics;
pub mod paramsets;
pub mod passwords;
pub mod resealing;
pub mod restore_target;
pub mod sbk_samples;
pub mod sealed_samples;
pub mod sessions;
pub mod snapshots;
pub mod staging_area;
pub mod state_store;
pub mod tokens;
pub mod users;

mod moments;
mod suite;
