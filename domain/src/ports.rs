//! Ports: what the domain needs from the world, one role a file, each with a written contract.
//!
//! Does NOT hold adapters; a stranger can write one from a role's doc alone.

mod audit_log;
mod ccu_backups;
mod centrals;
mod config_sections;
mod devices;
mod matter_fabrics;
mod paramsets;
mod randomness;
mod sessions;
mod state_store;
mod tokens;
mod users;

pub use audit_log::AuditLog;
pub use ccu_backups::CcuBackups;
pub use centrals::Centrals;
pub use config_sections::ConfigSections;
pub use devices::Devices;
pub use matter_fabrics::{MatterFabrics, MatterIdentities};
pub use paramsets::{ParamsetCounts, Paramsets};
pub use randomness::{NoRandomness, Randomness};
pub use sessions::Sessions;
pub use state_store::{StateStore, StoreError};
pub use tokens::Tokens;
pub use users::Users;

/// Any error of an adapter's library, kept as the source of a port error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
