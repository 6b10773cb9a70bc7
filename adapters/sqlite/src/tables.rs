//! The tables, one file each: its row, its queries, and the role it serves.
//!
//! Does NOT hold the tables that no role uses yet; they are in `migrations/` only.

mod audit_log;
mod auth_sessions;
mod ccu_backup_contents;
mod ccu_backups;
mod ccu_restores;
mod centrals;
mod config_batches;
mod config_sections;
mod devices;
mod interfaces;
mod last_seen;
mod matter_acl_entries;
mod matter_fabrics;
mod matter_node_identities;
mod paramset_contents;
mod paramsets;
mod resealing;
pub(crate) mod state_marks;
mod tokens;
mod users;
